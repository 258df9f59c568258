"""Runs programs in every way there is, compares, and makes what fails small."""

import multiprocessing
import os
import re
import signal
import tempfile
import time
from multiprocessing import connection
from pathlib import Path

import attention_oracle as oracle
import numpy as np
import treadle
from interpreter import Interpreter
from programs import Program
from tiles import make_tile_target

from .attention import Attention
from .blocks import Block
from .multi_head import MultiHead
from .positions import Added, Rotary
from .state import Cache

#: Kinds of program, and how many in a hundred are of each.
FAMILIES = {
    "attention": (Attention, 58),
    "multi_head": (MultiHead, 6),
    "rotary": (Rotary, 12),
    "added": (Added, 5),
    "block": (Block, 15),
    "cache": (Cache, 4),
}
STRATEGIES = ("rows", "online", "split", "decomposed")
#: What is not a strategy of the compiler.
INTERPRETER = "interpreter"
OPTIONS = {way: [f"--attention={way}"] for way in STRATEGIES}
#: Products of bf16, in those that have them, as plans that stand in the program: whatever the
#: number of queries and the instructions of the CPU are. Two tiles of keys are a few more than 32.
PLANS = {
    f"{strategy}-bf16": f"plan(#treadle.attention_plan<strategy = {strategy}, queries = 32, "
    f"keys = 32, tileRows = 12, {rest}precision = bf16>)"
    for strategy, rest in (("rows", ""), ("online", "blocks = 2, "), ("split", "splits = 3, "))
}
WAYS = (*STRATEGIES, *PLANS, INTERPRETER)
#: The same in tile registers, which vectors emulate: code that takes long to compile, and so is
#: made only when it is asked for.
TILES = {
    way.replace("bf16", "tiles"): plan.replace("12", "32").replace(">", ", unit = amx_bf16>")
    for way, plan in PLANS.items()
}
PLANS |= TILES


def draw_program(seed, index, family=None):
    """Program `index` of a run, which depends on nothing else."""
    if family is None:
        rng = np.random.default_rng([seed, index, 2])
        shares = np.array([share for _, share in FAMILIES.values()]) / 100
        family = str(rng.choice(list(FAMILIES), p=shares))
    return FAMILIES[family][0].draw((seed, index))


def ways_of(case, ways):
    """Those of `ways` that a program is for. Strategies matter to attention alone: the rest is
    compiled once."""
    if isinstance(case, (Attention, MultiHead)):
        # The strategy asks for a number of keys that is known.
        known = [w for w in ways if not w.startswith("rows") or case.keys_are_known()]
        return tuple(w for w in known if w not in PLANS or isinstance(case, Attention))
    return tuple(way for way in ways if way in (INTERPRETER, "online"))


def difference(case, way, outputs, expected):
    """What is wrong with a program's results, or None."""
    exact = (
        way == INTERPRETER
        and case.element in ("f32", "f64")
        and getattr(case, "stored", case.element) == case.element
    )
    for name, (value, bound) in expected.items():
        actual = np.asarray(outputs[name])
        if actual.shape != value.shape:
            return f"{name} is {actual.shape}, expected {value.shape}"
        actual = actual.astype(np.float64)
        if exact:
            # An angle of 2^20 is good to 1e-9 in float64.
            bound = 1e-2 * bound + oracle.UNIT * np.where(np.isfinite(value), np.abs(value), 0)
        finite = np.isfinite(value)
        # The log-sum-exp of a query that is NaN is not specified.
        settled = finite | (name != "log_sum_exp") | ~np.isnan(value)
        same = np.where(np.isnan(value), np.isnan(actual), actual == value)
        with np.errstate(invalid="ignore"):
            # What is below the smallest normal number may become zero.
            slack = np.where(bound > 0, bound + 2.0**-126, 0)
            good = np.where(finite, np.abs(actual - value) <= slack, same | ~settled)
        if not good.all():
            at = tuple(int(i) for i in np.argwhere(~good)[0])
            return (
                f"{name}: {int((~good).sum())} of {good.size} are wrong, first at {list(at)}: "
                f"{actual[at]!r}, expected {value[at]!r} within {slack[at]:.2e}"
            )
    return None


def assemble(cases, way=None):
    program = Program(make_tile_target() if way in TILES else "")
    for i, case in enumerate(cases):
        case.add_to(program, f"p{i}")
        if way in PLANS:
            text = program.functions[-1].replace("indexing_maps", f"{PLANS[way]} indexing_maps", 1)
            program.functions[-1] = text
        # A dimension of one name is one of all entry points, with the least of their limits.
        program.functions[-1] = program.functions[-1].replace('"dim_', f'"p{i}_')
    return program


def compile_and_run(cases, way, directory):
    """What is wrong with each program of a list, or None; the list is one module."""
    directory = Path(tempfile.mkdtemp(dir=directory))
    program = assemble(cases, way)
    given = {f"p{i}": case.inputs() for i, case in enumerate(cases)}
    outputs, refused = {}, None
    if way == INTERPRETER:
        outputs = Interpreter(program, directory).run_all(given)
        if all(isinstance(result, Exception) for result in outputs.values()):
            refused = outputs["p0"]
    else:
        try:
            model = program.load(directory, *OPTIONS.get(way, []))
            for entry, arrays in given.items():
                try:
                    outputs[entry] = model.run(entry, **arrays)
                except treadle.Error as error:
                    outputs[entry] = error
        except AssertionError as error:
            refused = error
    if refused:
        if len(cases) == 1:
            return [f"is refused: {first_error(refused, directory)}"]
        # One of them spoils the module: halves.
        middle = len(cases) // 2
        parts = cases[:middle], cases[middle:]
        return [text for part in parts for text in compile_and_run(part, way, directory)]
    found = []
    for case, (entry, arrays) in zip(cases, given.items()):
        if isinstance(outputs[entry], Exception):
            found.append(f"does not run: {first_error(outputs[entry], directory)}")
        else:
            expected = case.expected(arrays, **({"narrow": True} if way in PLANS else {}))
            found.append(difference(case, way, outputs[entry], expected))
    return found


def first_error(error, directory):
    """The line that says what is wrong, without where the file lies."""
    lines = [line for line in str(error).splitlines() if "error" in line] or str(error).splitlines()
    return (lines or [""])[0].replace(str(directory), "")


def _child(pipe, cases, ways):
    with tempfile.TemporaryDirectory() as directory:
        for way in ways:
            mine = [i for i, case in enumerate(cases) if way in ways_of(case, ways)]
            wrong = compile_and_run([cases[i] for i in mine], way, directory) if mine else []
            pipe.send((way, dict(zip(mine, wrong))))
    pipe.send(None)


class Batch:
    """Programs that are being run in a process of their own, which may die of them."""

    def __init__(self, cases, ways):
        self.cases, self.ways, self.found = cases, ways, {}
        context = multiprocessing.get_context("fork")
        self.pipe, other = context.Pipe(duplex=False)
        self.process = context.Process(target=_child, args=(other, cases, ways))
        self.process.start()
        other.close()
        self.done = False

    def receive(self):
        """Takes what has come; `done` when nothing more will."""
        try:
            message = self.pipe.recv()
        except EOFError:
            message = None
            self.process.join()
            if self.process.exitcode != 0:
                self.found["died"] = self.process.exitcode
        if message is None:
            self.process.join()
            self.done = True
        else:
            self.found[message[0]] = message[1]

    def failures(self):
        """[(case, way, what is wrong)]. One that kills its process is found by halves."""
        out = []
        for way, wrong in self.found.items():
            if way != "died":
                out += [(self.cases[i], way, text) for i, text in wrong.items() if text]
        if "died" in self.found:
            left = [way for way in self.ways if way not in self.found]
            if len(self.cases) == 1:
                code = -self.found["died"]
                name = signal.Signals(code).name if code > 0 else str(code)
                out.append((self.cases[0], left[0], f"kills the process: {name}"))
                left = left[1:]
            if left:
                middle = (len(self.cases) + 1) // 2
                for part in (self.cases[:middle], self.cases[middle:]):
                    if part:
                        out += run_alone(part, tuple(left))
        return out


def run_alone(cases, ways):
    """The failures of a list of programs."""
    batch = Batch(cases, ways)
    while not batch.done:
        batch.receive()
    return batch.failures()


def kind_of(text):
    """What is wrong, without numbers and names."""
    return re.sub(r"[\d.:]+|%\w+", "", text)[:60] if "refused" in text else text.split(":")[0]


def shrink(case, way, seconds=60):
    """A simpler program that fails in the same way, and how."""
    until = time.monotonic() + seconds
    failures = run_alone([case], (way,))
    if not failures:
        return case, "does not fail alone"
    text = failures[0][2]
    again = True
    while again:
        again = False
        for simpler in case.simpler():
            if time.monotonic() > until:
                return case, text
            try:
                failures = run_alone([simpler], (way,))
            except Exception:  # it is no program
                continue
            # A program that is refused for another reason is another matter.
            if failures and kind_of(failures[0][2]) == kind_of(text):
                case, text, again = simpler, failures[0][2], True
                break
    return case, text


def run(cases, ways, size, jobs):
    """Yields the failures of each batch of programs as it ends."""
    waiting = [cases[i : i + size] for i in range(0, len(cases), size)][::-1]
    running = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            batch = Batch(waiting.pop(), ways)
            running[batch.pipe] = batch
        for pipe in connection.wait(list(running)):
            running[pipe].receive()
            if running[pipe].done:
                batch = running.pop(pipe)
                yield len(batch.cases), batch.failures()


def available_jobs():
    return len(os.sched_getaffinity(0))
