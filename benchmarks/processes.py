"""Engines, each in a process of its own.

An engine has threads that spin between two calls, waiting for work, and would
disturb whatever is measured next. So one engine's process runs at a time: the
others are stopped, all their threads, until it is their turn.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Optional

import numpy as np
from engines import make_engine
from engines.base import Unsupported

PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
CALIBRATION_SECONDS = 0.3  # for each variant


@dataclass(frozen=True)
class Prepared:
    """What came of a workload in an engine: a variant and its result, or why there is none.

    `calibration` has for each variant the milliseconds of its quickest call, or why it has none.
    """

    variant: str = ""
    calibration: dict = field(default_factory=dict)
    result: Optional[np.ndarray] = None
    unsupported: str = ""


class Runner:
    """What happens inside the process of an engine."""

    def __init__(self, name, context):
        self.make = lambda: make_engine(name, context)
        self.engine = None
        self.case = None
        self.inputs = []

    def prepare(self, workload, seed):
        """Takes a workload in the variant that is the fastest here.

        An engine that cannot do it, or fails at it, says so: others go on."""
        self.case, self.inputs = None, []
        gc.collect()
        try:
            self.engine = self.engine or self.make()
            data = workload.make_data(seed)
            variants = self.engine.variants(workload, data.constants)
        except Unsupported as reason:
            return Prepared(unsupported=str(reason))
        times, failures = {}, {}
        for name, make in variants.items():
            try:
                self.case = None  # the threads of one variant are not to be in another's way
                self.case = make()
                times[name] = self._calibrate(data)
            except Unsupported as reason:
                failures[name] = str(reason)
            except Exception as error:  # whatever a peer raises for what it does not do
                failures[name] = f"{type(error).__name__}: {str(error)[:300]}"
        if not times:
            return Prepared(unsupported="; ".join(dict.fromkeys(failures.values())))
        best = min(times, key=times.get)
        if best != list(variants)[-1]:
            self.case = None
            self.case = variants[best]()
        self.inputs = [self.case.prepare(inputs) for inputs in data.inputs]
        result = np.array(self.case.finish(self.case.run(self.inputs[0])))
        for inputs in self.inputs[1:]:
            self.case.run(inputs)
        milliseconds = {name: seconds * 1e3 for name, seconds in times.items()}
        return Prepared(best, {**milliseconds, **failures}, result)

    def measure(self, calls):
        """The seconds of each of so many calls, one after the other, after one more."""
        run, inputs = self.case.run, self.inputs
        run(inputs[-1])
        return [measure_seconds(lambda: run(inputs[i % len(inputs)])) for i in range(calls)]

    def measure_starts(self, workload, seed, count):
        """The seconds until the model is loaded, and until it has also run once, so many times."""
        if not self.case.reload:
            return []
        inputs, starts = workload.make_data(seed).inputs[0], []
        for _ in range(count):
            start = time.perf_counter()
            case = self.case.reload()
            loaded = time.perf_counter()
            case.run(case.prepare(inputs))
            starts.append((loaded - start, time.perf_counter() - start))
        return starts

    def _calibrate(self, data):
        """The seconds of the quickest call."""
        run, inputs = self.case.run, [self.case.prepare(each) for each in data.inputs]
        run(inputs[0])  # the first one may compile
        seconds, end = [], time.perf_counter() + CALIBRATION_SECONDS
        while len(seconds) < 2 or (time.perf_counter() < end and len(seconds) < 50):
            seconds.append(measure_seconds(lambda: run(inputs[len(seconds) % len(inputs)])))
        return min(seconds)


def measure_seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def serve(connection, *arguments):
    # However the benchmark ends, no stopped process is to be left behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    runner = Runner(*arguments)
    connection.send(None)
    while True:
        method, method_arguments = connection.recv()
        connection.send(getattr(runner, method)(*method_arguments))


class Ended(Exception):
    """The process of an engine ended by itself: the text says how."""


class Process:
    """An engine that runs only while it is asked for something."""

    def __init__(self, name, context):
        self.name, self.context = name, context
        self._start(name, context)

    def _start(self, name, context):
        # OpenMP reads it when it is loaded.
        os.environ["OMP_NUM_THREADS"] = str(context.threads)
        # Python's watcher of semaphores complains about those of processes that are killed.
        os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
        spawn = multiprocessing.get_context("spawn")
        self.connection, other = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(other, name, context))
        self.process.start()
        other.close()
        self._receive()

    def prepare(self, workload, seed):
        """Peers may abort at what they cannot do: then a new process does the next workload."""
        try:
            return self._ask("prepare", workload, seed)
        except Ended as reason:
            self._start(self.name, self.context)
            return Prepared(unsupported=str(reason))

    def measure(self, calls):
        return self._ask("measure", calls)

    def measure_starts(self, workload, seed, count):
        return self._ask("measure_starts", workload, seed, count)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # the only signal that a stopped process heeds
        self.process.join()

    def _ask(self, method, *arguments):
        os.kill(self.process.pid, signal.SIGCONT)
        self.connection.send((method, arguments))
        return self._receive()

    def _receive(self):
        try:
            answer = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            raise Ended(f"the process of {self.name} ended {how}") from None
        os.kill(self.process.pid, signal.SIGSTOP)
        return answer
