"""The engines that are compared, each in a process of its own.

An engine has threads that spin between two calls, waiting for work, and would
disturb whatever is measured next. So one engine's process runs at a time: the
others are stopped, all their threads, until it is their turn.
"""

import ctypes
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass

import numpy as np

PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


@dataclass(frozen=True)
class Batch:
    """Token ids [batch, sequence], of which row i has `lengths[i]`; the rest is padding."""

    ids: np.ndarray
    lengths: np.ndarray


class Treadle:
    def __init__(self, artifact, threads):
        import treadle

        self.model = treadle.load(artifact, threads)

    @staticmethod
    def make_inputs(batch):
        return {"ids": batch.ids, "lengths": batch.lengths}

    def run(self, inputs):
        return self.model.run("embed", **inputs)["embeddings"]


class OnnxRuntime:
    def __init__(self, model, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    @staticmethod
    def make_inputs(batch):
        mask = np.arange(batch.ids.shape[1]) < batch.lengths[:, np.newaxis]
        return {"input_ids": batch.ids, "attention_mask": mask.astype(np.int64)}

    def run(self, inputs):
        return self.session.run(None, inputs)[0]


class Runner:
    """What happens inside the process of an engine."""

    def __init__(self, engine_class, model, threads):
        self.make_engine = lambda: engine_class(model, threads)
        self.engine = self.make_engine()
        self.inputs = []

    def prepare(self, batches):
        """Takes the inputs to measure with; returns the embeddings of each."""
        self.inputs = [self.engine.make_inputs(batch) for batch in batches]
        return [self.engine.run(inputs) for inputs in self.inputs]

    def measure(self, calls):
        """The seconds of each of so many calls, one after the other, after one more."""
        self.engine.run(self.inputs[-1])
        return [
            measure_seconds(lambda: self.engine.run(self.inputs[i % len(self.inputs)]))
            for i in range(calls)
        ]

    def measure_starts(self, count):
        """The seconds until the model is loaded and until it has run once, so many times."""
        starts = []
        for _ in range(count):
            start = time.perf_counter()
            engine = self.make_engine()
            loaded = time.perf_counter()
            engine.run(self.inputs[0])
            starts.append((loaded - start, time.perf_counter() - start))
        return starts


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
        method, argument = connection.recv()
        connection.send(getattr(runner, method)(argument))


class Process:
    """An engine that runs only while it is asked for something."""

    def __init__(self, name, engine_class, model, threads):
        self.name = name
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, engine_class, model, threads))
        self.process.start()
        other.close()
        self._receive()

    def prepare(self, batches):
        return self._ask("prepare", batches)

    def measure(self, calls):
        return self._ask("measure", calls)

    def measure_starts(self, count):
        return self._ask("measure_starts", count)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # the only signal that a stopped process heeds
        self.process.join()

    def _ask(self, method, argument):
        os.kill(self.process.pid, signal.SIGCONT)
        self.connection.send((method, argument))
        return self._receive()

    def _receive(self):
        try:
            answer = self.connection.recv()
        except EOFError:
            raise SystemExit(f"error: the process of {self.name} ended") from None
        os.kill(self.process.pid, signal.SIGSTOP)
        return answer
