"""Changes the texts of the tests at random and looks for crashes of treadle-opt.

    python3 scripts/mutate_tests.py --tool build/dev/bin/treadle-opt --texts 10000

Each text is a chunk of a test with a few changes: tokens and lines deleted, repeated,
swapped, numbers made 0, -1 or huge, types exchanged, two chunks spliced. It is run through
the passes of the test it comes from, or through some pass or pipeline of the dialect. A
diagnostic is what should come of it. A signal, a sanitizer's report, an exit code that is
neither 0 nor 1, and no end within the time limit are crashes: each kind is shrunk to a
small text. Those with nothing of Treadle's on the stack, and those that the stock mlir-opt
has too, are MLIR's, and are only told; after any other the script exits with 1.

Text number N of a seed is always the same: --seed S --first N --texts 1 makes it again.
"""

import argparse
import concurrent.futures
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
SEPARATOR = "\n// -----\n"
TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|[%@#!^][\w.$-]+|-?\d+\.\d*(?:[eE][+-]?\d+)?|-?\b\d+\b'
    r"|[A-Za-z_][\w.]*|->|\s+|."
)
TYPE = re.compile(r"(?:tensor|memref|vector)<[^<>]*>|\b(?:index|[fi]\d+|bf16)\b")
NUMBER = re.compile(r"(?<![\w.%@#!^])-?\d+(?:\.\d*(?:[eE][+-]?\d+)?)?")
INTEGERS = ["0", "0", "-1", "1", "2", "3", "7", "64", "1000000007", "2147483648",
            "9223372036854775807", "-9223372036854775808", "18446744073709551616"]  # fmt: skip
FLOATS = ["0.0", "-1.0", "1.0e-320", "1.0e+308", "0x7FF8000000000000", "0x7FF0000000000000"]
TYPES = ["f32", "f64", "f16", "bf16", "i1", "i32", "i64", "index", "tensor<f32>", "tensor<*xf32>",
         "tensor<?xf32>", "tensor<?x?xf32>", "tensor<0x4xf32>", "tensor<?x?x?xf32>",
         "tensor<2x3x4x5xf32>", "tensor<4xi64>", "tensor<?xi1>", "tensor<4xcomplex<f32>>",
         "tensor<9223372036854775807x2xf32>", "memref<4x4xf32>", "vector<4xf32>",
         "tensor<2x!treadle.none>", "tuple<>", "none"]  # fmt: skip


class Chunk:
    """One text of a test, and the arguments that its RUN lines give to treadle-opt."""

    def __init__(self, text, runs, is_valid):
        self.text = text
        self.runs = runs
        self.is_valid = is_valid


def read_chunks():
    """Chunks of all tests, and those of the examples of the specification."""
    chunks = []
    for path in sorted(SOURCE.glob("test/**/*.mlir")) + sorted(SOURCE.glob("examples/**/*.mlir")):
        text = path.read_text()
        runs = []
        for line in re.findall(r"^// RUN:(.*)", text.replace("\\\n// RUN:", ""), re.M):
            for command in re.findall(r"treadle-opt ([^|<>]*)", line):
                flags = re.findall(
                    r"(--?(?:treadle|pass-pip|canon|cse)[\w-]*(?:='[^']*'|=\S+)?)", command
                )
                flags = [flag.replace("'", "") for flag in flags]
                if flags and not any("%" in flag for flag in flags):
                    runs.append(flags)
        is_valid = "expected-error" not in text
        # Comments have nothing that could be changed.
        text = re.sub(r"^\s*//(?! -----).*\n|// CHECK.*", "", text, flags=re.M)
        parts = [part.strip() + "\n" for part in text.split("// -----") if part.strip()]
        chunks += [Chunk(part, runs, is_valid) for part in parts]
    spec = (SOURCE / "docs/Spec.md").read_text()
    examples = re.findall(r"^```mlir\n(.*?)^```", spec, re.M | re.S)
    return chunks, [Chunk(text, [], True) for text in examples]


def replace_at(text, match, new):
    return text[: match.start()] + new + text[match.end() :]


def change_tokens(source, text):
    tokens = TOKEN.findall(text)
    places = [i for i, token in enumerate(tokens) if not token.isspace()]
    if len(places) < 2:
        return text
    i, j = source.choice(places), source.choice(places)
    kind = source.randrange(4)
    if kind == 0:
        tokens[i] = ""
    elif kind == 1:
        tokens[i] += " " + tokens[i]
    elif kind == 2:
        tokens[i], tokens[j] = tokens[j], tokens[i]
    else:
        tokens[i] = tokens[j]
    return "".join(tokens)


def change_lines(source, text):
    lines = text.splitlines(keepends=True)
    i, j = source.randrange(len(lines)), source.randrange(len(lines))
    kind = source.randrange(3)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    else:
        lines[i], lines[j] = lines[j], lines[i]
    return "".join(lines)


def change_number(source, text):
    matches = list(NUMBER.finditer(text))
    if not matches:
        return text
    match = source.choice(matches)
    return replace_at(text, match, source.choice(FLOATS if "." in match[0] else INTEGERS))


def replace_some(source, text, match, new):
    """Mostly wherever the same is: a program whose types agree gets further."""
    if source.random() < 0.9:
        return text.replace(match[0], new)
    return replace_at(text, match, new)


def change_extent(source, text):
    """One extent of a shape."""
    shapes = list(re.finditer(r"(?<=<)(?:(?:\?|\d+)x)+(?=\w)", text))
    if not shapes:
        return text
    match = source.choice(shapes)
    extents = list(re.finditer(r"\?|\d+", match[0]))
    new = source.choice(["?", "0", "1", "2", "5", "33", "9223372036854775807"])
    return replace_some(source, text, match, replace_at(match[0], source.choice(extents), new))


def change_equal_extents(source, text):
    """All extents of one number, in all shapes."""
    extents = re.findall(r"(?<=[x<])\d+(?=x)", text)
    if not extents:
        return text
    return re.sub(
        rf"(?<=[x<]){source.choice(extents)}(?=x)", source.choice(["?", "0", "1", "3", "40"]), text
    )


def change_type(source, text):
    types = list(TYPE.finditer(text))
    if not types:
        return text
    match = source.choice(types)
    new = source.choice(types)[0] if source.random() < 0.5 else source.choice(TYPES)
    return replace_some(source, text, match, new)


def change_element_type(source, text):
    """The element type of every tensor, so that what is left fits together."""
    old = source.choice(["f32", "f32", "i64", "i32", "f64"])
    return re.sub(rf"(?<![\w%@]){old}\b|(?<=x){old}\b", source.choice(TYPES[:7]), text)


def change_attribute(source, text):
    """A word or list inside an attribute, or the whole of a clause `name(...)`."""
    kind = source.randrange(3)
    if kind == 0:
        matches = list(re.finditer(r" \w+\([^()]*\)", text))
    elif kind == 1:
        matches = list(re.finditer(r"(?<=[<,\[])\s*\w+(?: = [\w.]+)?\s*(?=[,>\]])", text))
    else:
        matches = list(re.finditer(r",\s*[%#]?[\w.]+(?:<[^<>]*>)?(?=[,\)\]])", text))
    if not matches:
        return text
    match = source.choice(matches)
    new = source.choice(["", match[0] * 2, source.choice(matches)[0]])
    return replace_at(text, match, new)


# The first two break most programs before a pass sees them, so they are rare.
CHANGES = [change_tokens, change_lines, *[change_number] * 4, *[change_extent] * 3,
           *[change_equal_extents] * 4, *[change_type] * 2, *[change_element_type] * 2,
           *[change_attribute] * 3]  # fmt: skip


def make_text(chunks, passes, seed, number):
    """Text `number` of a seed: the arguments it is run with, and itself."""
    source = random.Random(f"{seed} {number}")
    chunk = source.choice(chunks)
    # Most of what is invalid already does not reach a pass.
    while not chunk.is_valid and source.random() < 0.9:
        chunk = source.choice(chunks)
    text = chunk.text
    if source.random() < 0.04:
        lines, others = text.splitlines(True), source.choice(chunks).text.splitlines(True)
        text = "".join(
            lines[: source.randrange(len(lines) + 1)] + others[source.randrange(len(others)) :]
        )
    while True:
        text = source.choice(CHANGES)(source, text) or text
        if source.random() < 0.65:
            break
    # A separator would make it two.
    text = text.replace("// -----", "")
    if chunk.runs and source.random() < 0.5:
        return source.choice(chunk.runs), text
    return source.choice(passes), text


class Tool:
    def __init__(self, path, timeout, memory):
        self.path = path
        self.timeout = timeout
        self.memory = memory

    def list_passes(self):
        """Arguments that run each pass and pipeline of the dialect, and some of MLIR's."""
        text = subprocess.run(
            [self.path, "--help"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        names = sorted(set(re.findall(r"^ +--(treadle-[\w-]+) ", text, re.M)))
        return [["--canonicalize", "--cse"], ["--canonicalize"]] + [[f"--{name}"] for name in names]

    def advance(self, chunks):
        """What the pipelines make of some chunks, stage by stage, as chunks for the next one."""
        pipelines = ["treadle-model-to-structured", "treadle-structured-to-tiled",
                     "treadle-tiled-to-buffers", "treadle-buffers-to-llvm"]  # fmt: skip
        advanced = []
        texts = [chunk.text for chunk in chunks]
        for pipeline, following in zip(pipelines, pipelines[1:]):
            flags = [
                "--split-input-file",
                f"--{pipeline}=cpu=x86-64-v3",
                "--mlir-print-local-scope",
            ]
            result = subprocess.run([self.path, "-", *flags], text=True,
                                    input=SEPARATOR.join(texts),
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
            # A chunk that is refused leaves an empty place.
            texts = [text for text in result.stdout.split("// -----") if text.strip()]
            advanced += [Chunk(text, [[f"--{following}"]], True) for text in texts]
        return advanced

    def run(self, arguments, texts):
        """Runs some texts in one process. None when it ended as it should, or how it ended."""

        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if self.memory:
                resource.setrlimit(resource.RLIMIT_AS, (self.memory << 20,) * 2)

        with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
            file.write(SEPARATOR.join(texts))
            file.flush()
            command = [self.path, file.name, "--split-input-file", "-o", os.devnull, *arguments]
            try:
                result = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, timeout=self.timeout, preexec_fn=limit,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return "no end in time"
        if result.returncode in (0, 1):
            return None
        message = result.stderr.decode(errors="replace")
        owner = UPSTREAM if is_upstream(message) else ""
        return f"{owner}{describe_code(result.returncode)} {find_place(message)}"


UPSTREAM = "upstream: "


def crashes_stock(stock, timeout, arguments, text):
    """Whether MLIR's own tool crashes on a text, too: while it reads it, or in its own passes."""
    own = [flag for flag in arguments if not flag.startswith("--treadle")]
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
        file.write(text)
        file.flush()
        command = [stock, file.name, "--allow-unregistered-dialect", "-o", os.devnull, *own]
        try:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, timeout=timeout)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return False
    return result.returncode not in (0, 1)


def is_upstream(message):
    """Whether a stack was written and no function of Treadle is on it."""
    frames = re.findall(r"^ *#\d+ 0x[0-9a-f]+ (?:in )?(.*)", message, re.M)
    other = re.compile(
        r"\((?:/usr)?/lib\S*\.so|/(?:csu|nptl|sysdeps|signal|stdlib|intl)/|\bmain\b|_start\b"
    )
    return bool(frames) and all(other.search(frame) for frame in frames)


def describe_code(code):
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def find_place(message):
    """What a crash says of where it was: an assertion, or the first named functions."""
    for pattern in (r"Assertion `(.*?)' failed", r"(LLVM ERROR: .*)", r"SUMMARY: (.*)",
                    r"runtime error: (.*)"):  # fmt: skip
        if match := re.search(pattern, message):
            return re.sub(r"0x[0-9a-f]+|\d{4,}", "N", match[1])
    frames = re.findall(r"^ *#\d+ 0x[0-9a-f]+ (?:in )?([^\n]+)", message, re.M)
    named = [re.sub(r"\(.*", "", frame) for frame in frames if not frame.startswith("(")]
    named = [name for name in named if not re.match(r"llvm::sys::|SignalHandler|__", name)]
    return "in " + " < ".join(named[:3])


def find_crashes(tool, arguments, numbered):
    """Halves a batch that crashed until each crash has its text: [(number, text, how)]."""
    how = tool.run(arguments, [text for _, text in numbered])
    if how is None:
        return []
    if len(numbered) == 1:
        return [(*numbered[0], how)]
    middle = len(numbered) // 2
    found = find_crashes(tool, arguments, numbered[:middle])
    found += find_crashes(tool, arguments, numbered[middle:])
    return found


def shrink(tool, arguments, text, how, seconds):
    """A smaller text that crashes in the same way."""
    end = time.monotonic() + seconds

    def reduce(parts, join):
        size = max(1, len(parts) // 2)
        while size and time.monotonic() < end:
            i = 0
            while i < len(parts) and time.monotonic() < end:
                rest = parts[:i] + parts[i + size :]
                if rest and tool.run(arguments, [join(rest)]) == how:
                    parts = rest
                else:
                    i += size
            size //= 2
        return parts

    text = "".join(reduce(text.splitlines(keepends=True), "".join))
    return "".join(reduce(TOKEN.findall(text), "".join))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default=str(SOURCE / "build/dev/bin/treadle-opt"))
    parser.add_argument("--stock", default="/usr/lib/llvm-22/bin/mlir-opt",
                        help="MLIR's own tool, which is asked whether a crash is MLIR's")  # fmt: skip
    parser.add_argument("--texts", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seed", type=int, help="whatever the clock says when absent")
    parser.add_argument("--first", type=int, default=0, help="number of the first text (0)")
    parser.add_argument("--batch", type=int, default=25, help="texts in a process (25)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds of a process (60)")
    parser.add_argument("--memory", type=int, default=4096,
                        help="MiB of a process; 0, as sanitizers need: no limit (4096)")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--shrink", type=float, default=20, help="seconds for each kind (20)")
    parser.add_argument("--print", action="store_true", help="print the texts and run nothing")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    print(f"seed {seed}", flush=True)

    tool = Tool(arguments.tool, arguments.timeout, arguments.memory)
    chunks, examples = read_chunks()
    chunks += examples + tool.advance(examples)
    passes = tool.list_passes()
    batches = {}  # Texts with the same arguments share processes.
    for number in range(arguments.first, arguments.first + arguments.texts):
        flags, text = make_text(chunks, passes, seed, number)
        batches.setdefault(tuple(flags), []).append((number, text))
    if arguments.print:
        for flags, numbered in batches.items():
            for number, text in numbered:
                print(f"// {number}: {' '.join(flags)}\n{text}\n// -----")
        return 0

    begin = time.monotonic()
    kinds = {}  # How: [(number, arguments, text)].
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = {}
        for flags, numbered in batches.items():
            for i in range(0, len(numbered), arguments.batch):
                part = numbered[i : i + arguments.batch]
                work[pool.submit(find_crashes, tool, flags, part)] = flags
        for done in concurrent.futures.as_completed(work):
            for number, text, how in done.result():
                kinds.setdefault(how, []).append((number, work[done], text))
    ours = 0
    for how, crashes in kinds.items():
        # Without names on the stack, crashes of one kind need not have one cause.
        for number, flags, text in sorted(crashes, key=lambda crash: len(crash[2])):
            small = shrink(tool, flags, text, how, arguments.shrink)
            is_ours = not how.startswith(UPSTREAM) and not crashes_stock(
                arguments.stock, arguments.timeout, flags, small
            )
            if is_ours or how.startswith(UPSTREAM):
                break
        ours += is_ours
        if not is_ours and not how.startswith(UPSTREAM):
            how = UPSTREAM + how
        print(f"\n{how}\n  {len(crashes)} times, as text {number}: treadle-opt {' '.join(flags)}")
        print("\n".join("    " + line for line in small.splitlines()), flush=True)
    seconds = time.monotonic() - begin
    counts = f"{ours} kinds of crashes, {len(kinds) - ours} upstream"
    print(f"{arguments.texts} texts, {counts}, {seconds:.0f} s")
    return int(bool(ours))


if __name__ == "__main__":
    sys.exit(main())
