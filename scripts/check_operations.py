"""Makes a table of all that each operation of the dialect must have.

    python3 scripts/check_operations.py --tool build/dev/bin/treadle-opt

| column | what makes it |
| --- | --- |
| spec | a section of docs/Spec.md with an equation and an example |
| verifier | a verifier, or constraints that the definition itself states, or no constraint |
| interpreter | the section's example runs in the reference interpreter |
| lowering | the section's example goes through the pipeline to the LLVM dialect |
| ops | a test of its text, test/Dialect/Treadle/*-ops.mlir |
| invalid | a test of each constraint |
| folds | a test of its folding or canonicalisation, where it has one |
| numbers | a test in test/Python that compares what it computes |

The examples run on constants in place of their arguments. Prints the table; exits with 1 when
something is missing that EXEMPT does not excuse, and tells of what EXEMPT excuses for nothing.
check_spec.py compares the wording of constraints.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import check_spec

SOURCE = Path(__file__).resolve().parent.parent
COLUMNS = ["spec", "verifier", "interpreter", "lowering", "ops", "invalid", "folds", "numbers"]

# (operation, column): why it need not have it.
EXEMPT = {
    ("yield", "spec"): "hands on a value: there is nothing to compute",
    ("parameter", "interpreter"): "needs weights; test/Reference/files.test has some",
    ("stack", "interpreter"): "its example needs weights; test/Reference/blocks.mlir has none",
    ("online_attention", "lowering"): "a part of attention, which no program begins with",
}


def read_records(tblgen, mlir_include):
    """The definitions of operations, by name."""
    ir = SOURCE / "include/treadle/Dialect/Treadle/IR"
    text = subprocess.run(
        [tblgen, "--dump-json", f"-I{SOURCE / 'include'}", f"-I{mlir_include}"]
        + [str(ir / "TreadleOps.td")],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    records = check_spec.json.loads(text)
    return {records[name]["opName"]: records[name] for name in records["!instanceof"]["Treadle_Op"]}


def read_sections():
    """The text of each operation's section."""
    sections = {}
    for section in re.split(r"^#+ ", (SOURCE / "docs/Spec.md").read_text(), flags=re.M):
        title, _, body = section.partition("\n")
        if match := re.fullmatch(r"treadle\.(\w+)", title):
            sections[match[1]] = body
    return sections


def split_arguments(text):
    """The parts between commas that are in no bracket."""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "(<[{") - (c in ")]}" or (c == ">" and text[i - 1] != "-"))
        if c == "," and depth == 0:
            parts.append(text[begin:i])
            begin = i + 1
    return [part.strip() for part in parts + [text[begin:]] if part.strip()]


def make_constant(name, kind):
    """Text that makes a value of a type: ones, where an extent is open two of them."""
    if kind == "index":
        return f"{name} = arith.constant 0 : index\n"
    element = re.search(r"(?:x|<|^)([a-z]+\d*)>?$", kind)[1]
    one = "true" if element == "i1" else "1" if element.startswith("i") else "1.0"
    if not kind.startswith("tensor"):
        return f"{name} = arith.constant {one} : {kind}\n"
    fixed = re.sub(r"\?", "2", kind)
    return (
        f"{name}_made = arith.constant dense<{one}> : {fixed}\n"
        f"{name} = tensor.cast {name}_made : {fixed} to {kind}\n"
    )


def close_function(text):
    """An example whose functions have constants in place of arguments."""
    result, rest = "", text
    while match := re.search(r"func\.func (?:private )?@\w+\(", rest):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(rest[end], 0)
            end += 1
        constants = ""
        for argument in split_arguments(rest[match.end() : end - 1]):
            name, _, kind = argument.partition(":")
            constants += make_constant(
                name.strip(), re.sub(r"\s*\{.*", "", kind, flags=re.S).strip()
            )
        # The body's brace is the first one that no attribute of a result has before it.
        body = re.compile(r"\{\n").search(rest, end).end()
        result += rest[: match.end()] + rest[end - 1 : body] + constants
        rest = rest[body:]
    return result + rest


def name_arguments(text):
    """An example whose tensors have the names that callers of a model need."""

    def name(match):
        dims = ", ".join(
            f'"d{i}"' if extent == "?" else '""'
            for i, extent in enumerate(match[2].split("x")[:-1])
        )
        return f'{match[0]} {{treadle.named = #treadle.named<"{match[1]}", dims = [{dims}]>}}'

    return re.sub(r"%(\w+): tensor<([^<>]*)>(?=[,)])(?!.*\n *\^)", name, text)


class Tool:
    def __init__(self, path):
        self.path = path

    def lowers(self, name, text):
        """Why an example is not lowered; empty when it is."""
        pipeline = "--treadle-model-to-llvm=cpu=x86-64-v3"
        closed = close_function(text)
        why = self.run(closed, pipeline)
        if not why or not self.run(name_arguments(text), pipeline):
            return ""
        # What works on scalars is part of a program, and no program of its own.
        command = [self.path, "-", "--treadle-set-target=cpu=x86-64-v3", "--treadle-to-linalg"]
        result = subprocess.run(command, input=closed, text=True, capture_output=True)
        gone = result.returncode == 0 and f"treadle.{name} " not in result.stdout
        return "" if gone else why

    def run(self, text, *flags):
        """Why the tool does not take a text; empty when it does."""
        command = [self.path, "-", "-o", "/dev/null", *flags]
        result = subprocess.run(command, input=text, text=True, capture_output=True)
        if result.returncode == 0:
            return ""
        errors = re.findall(r"error: (.*)", result.stderr)
        return errors[0] if errors else f"exit code {result.returncode}"


def read_tests(pattern):
    return "\n".join(path.read_text() for path in sorted(SOURCE.glob(pattern)))


def check_operation(name, record, section, tool, tests, chunks):
    """What the operation has and lacks: {column: (text, whether it is missing)}."""
    cells = {}

    def put(column, has, what="yes", why="missing"):
        cells[column] = (what if has else why, not has)

    examples = re.findall(r"^```mlir\n(.*?)^```", section, re.M | re.S)
    examples = [text for text in examples if f"treadle.{name}" in text]
    has_equation = "```text" in section
    put("spec", has_equation and examples, why="no equation" if not has_equation else "no example")

    constraints = {int(n) for n in re.findall(r"^- \(C(\d+)\)", section, re.M)}
    verifies = record["hasVerifier"] or record["hasRegionVerifier"]
    put("verifier", True, "yes" if verifies else "definition" if constraints else "none needed")

    checks = {"interpreter": lambda text: tool.run(close_function(text), "--treadle-interpret"),
              "lowering": lambda text: tool.lowers(name, text)}  # fmt: skip
    for column, check in checks.items():
        why = next((why for text in examples if (why := check(text))), "")
        put(column, examples and not why, why=why or "no example")

    word = re.compile(rf"\btreadle\.{name}\b")
    put("ops", word.search(tests["ops"]))
    tested = {number for other, kind, number in chunks if kind == "c" and other == name}
    put(
        "invalid",
        constraints <= tested,
        f"{len(constraints)}",
        f"{len(constraints - tested)} untested",
    )
    folds = record["hasFolder"] or record["hasCanonicalizer"] or record["hasCanonicalizeMethod"]
    put("folds", not folds or word.search(tests["folds"]), "yes" if folds else "none")
    put("numbers", word.search(tests["numbers"]))
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default=str(SOURCE / "build/dev/bin/treadle-opt"))
    parser.add_argument("--tblgen", default="/usr/lib/llvm-22/bin/llvm-tblgen")
    parser.add_argument("--mlir-include", default="/usr/lib/llvm-22/include")
    parser.add_argument(
        "--print-examples", action="store_true", help="on constants, and run nothing"
    )
    arguments = parser.parse_args()

    records, sections = read_records(arguments.tblgen, arguments.mlir_include), read_sections()
    if arguments.print_examples:
        for body in sections.values():
            for text in re.findall(r"^```mlir\n(.*?)^```", body, re.M | re.S):
                print(close_function(text) + "\n// -----\n")
        return 0
    tests = {"ops": read_tests("test/Dialect/Treadle/*-ops.mlir"),
             "folds": read_tests("test/Dialect/Treadle/*-canonicalize.mlir"),
             "numbers": read_tests("test/Python/**/*.py")}  # fmt: skip
    chunks = check_spec.read_chunks(SOURCE / "test/Dialect/Treadle")
    errors, unused = [], dict(EXEMPT)
    print(f"| operation | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for name, record in sorted(records.items()):
        cells = check_operation(
            name, record, sections.get(name, ""), Tool(arguments.tool), tests, chunks
        )
        row = []
        for column in COLUMNS:
            text, missing = cells[column]
            reason = unused.pop((name, column), None) if missing else None
            if missing and not reason:
                errors.append(f"{name} lacks: {column} ({text})")
            row.append("exempt" if reason else text)
        print(f"| `{name}` | {' | '.join(row)} |")
    for name, column in unused:
        print(f"check_operations: {name} has {column} and need not be exempt any more")
    for error in errors:
        print(f"check_operations: {error}")
    print(f"{len(records)} operations, {len(EXEMPT)} exemptions, {len(errors)} errors")
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
