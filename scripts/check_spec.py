"""Checks docs/Spec.md against the dialect's definitions, verifiers and tests.

    python3 scripts/check_spec.py

Every operation and attribute has a section; an operation's section labels its
inputs, (I1) and so on, in the order of its definition. The constraints of a
section, (C1) and so on, are those of the definition and the verifier, in their
words, and each has a chunk `// NAME_c1: ...` in an invalid test (`// #NAME_c1: ...`
for an attribute that has the name of an operation). Prints what
does not fit, and then exits with 1.

    python3 scripts/check_spec.py --examples

prints the examples of the sections for treadle-opt --split-input-file.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
MLIR_INCLUDE = Path("/usr/lib/llvm-22/include")


class Entry:
    """What is known, in one place, of an operation or an attribute."""

    def __init__(self):
        self.inputs = []  # Names, in order.
        self.constraints = {}  # Number: sentence.


def read_definitions(tblgen, mlir_include):
    """Entries without constraints, and the operations' records, by name."""
    ir = SOURCE / "include/treadle/Dialect/Treadle/IR"
    records = json.loads(
        subprocess.run(
            [tblgen, "--dump-json", f"-I{SOURCE / 'include'}", f"-I{mlir_include}"]
            + [str(ir / "TreadleOps.td")],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout
    )  # fmt: skip
    entries, names = {}, {}
    for record in records["!instanceof"]["Treadle_Op"]:
        name = records[record]["opName"]
        entries[name] = Entry()
        entries[name].inputs = [label for _, label in records[record]["arguments"]["args"]]
        names[record.removeprefix("Treadle_")] = name
    attributes = records["!instanceof"]["Treadle_Attr"] + records["!instanceof"]["EnumAttr"]
    for record in attributes:
        entries["#" + records[record]["mnemonic"]] = Entry()
        names[record.removeprefix("Treadle_")] = "#" + records[record]["mnemonic"]
    return entries, names


def tidy(sentence):
    return re.sub(r"[`\s]+", " ", sentence).strip().rstrip(".")


def read_labels(text):
    """Yields (name or "", number, sentence) of the labels in comments: `// (C1) ...`,
    or `// (mask C1, stage C1) ...` where the name does not follow from the place."""
    labelled = r"^ *// \(((?:\w+ )?C\d+[^)]*)\) (.*(?:\n *// (?!\().*)*)"
    for comment in re.finditer(labelled, text, re.M):
        sentence = tidy(re.sub(r"\n *// ", " ", comment[2]))
        for name, number in re.findall(r"(\w+ )?C(\d+)", comment[1]):
            yield name.strip(), int(number), sentence


def read_code(entries, names, errors):
    """Fills in the constraints of definitions and verifiers."""
    places = []  # (class, text)
    for path in sorted(SOURCE.glob("include/treadle/Dialect/Treadle/IR/*.td")):
        places += re.findall(r"^def Treadle_(\w+)(.*?)^}", path.read_text(), re.M | re.S)
    for path in sorted(SOURCE.glob("lib/Dialect/Treadle/IR/*.cpp")):
        text = path.read_text()
        verifier = r"^LogicalResult (\w+)::verify(?:Regions)?\((.*?)^}"
        places += re.findall(verifier, text, re.M | re.S)
        # Labels elsewhere have the name in them.
        places.append(("", re.sub(verifier, "", text, flags=re.M | re.S)))
    for place, text in places:
        for name, number, sentence in read_labels(text):
            key = "#" + name if "#" + name in entries else name or names.get(place)
            if key not in entries:
                errors.append(f"the label (C{number}) '{sentence}' belongs to no one")
            elif number in entries[key].constraints:
                errors.append(f"{key} has (C{number}) twice in the code")
            else:
                entries[key].constraints[number] = sentence


def read_spec(path):
    """Entries by name, as the spec has them, and its examples."""
    entries, examples = {}, []
    for section in re.split(r"^#+ ", path.read_text(), flags=re.M):
        title, _, body = section.partition("\n")
        examples += re.findall(r"^```mlir\n(.*?)^```", body, re.M | re.S)
        match = re.fullmatch(r"(#?)treadle\.(\w+)", title)
        if not match:
            continue
        entry = entries[match[1] + match[2]] = Entry()
        rows = re.findall(r"^\| \(I(\d+)\) \| `(\w+)` ", body, re.M)
        if [int(number) for number, _ in rows] == list(range(1, len(rows) + 1)):
            entry.inputs = [name for _, name in rows]
        for number, sentence in re.findall(r"^- \(C(\d+)\) (.*(?:\n  .*)*)", body, re.M):
            entry.constraints[int(number)] = tidy(sentence)
    return entries, examples


def read_chunks(folder):
    """The labels of the chunks of invalid tests: (name, "c" or "i", number)."""
    labels = set()
    for path in sorted(folder.glob("*-invalid.mlir")):
        for line in re.findall(r"^// ((?:#?\w+_[ci]\d+(?:, )?)+): ", path.read_text(), re.M):
            for name, kind, number in re.findall(r"(#?\w+?)_([ci])(\d+)", line):
                labels.add((name, kind, int(number)))
    return labels


def compare(code, spec, chunks, errors):
    for name in sorted(set(code) | set(spec)):
        if name not in spec:
            errors.append(f"Spec.md has no section on {name}")
            continue
        if name not in code:
            errors.append(f"Spec.md has a section on {name}, which the dialect has not")
            continue
        if code[name].inputs != spec[name].inputs:
            errors.append(
                f"{name} has the inputs {code[name].inputs}, in Spec.md {spec[name].inputs}"
            )
        checked, told = code[name].constraints, spec[name].constraints
        if sorted(checked) != list(range(1, len(checked) + 1)):
            errors.append(f"{name} has labels with gaps: {sorted(checked)}")
        titles = {name, name.lstrip("#")} - (set(code) - {name})
        tested = {number for other, kind, number in chunks
                  if kind == "c" and other in titles}  # fmt: skip
        for number in sorted(set(checked) | set(told) | tested):
            label = f"{name} (C{number})"
            if number not in checked:
                errors.append(f"{label} is checked nowhere")
            if number not in told:
                errors.append(f"{label} is not in Spec.md")
            if number not in tested:
                errors.append(f"{label} has no chunk in an invalid test")
            # The spec may go on where the code is the formula.
            sentence = checked.get(number, "")
            if not told.get(number, sentence).startswith(sentence):
                errors.append(f"{label} is '{sentence}', in Spec.md '{told[number]}'")
    for name, kind, number in sorted(chunks):
        entry = code.get(name) or code.get("#" + name)
        if not entry or (kind == "i" and number > len(entry.inputs)):
            errors.append(f"the chunk {name}_{kind}{number} tests what there is not")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", action="store_true", help="print the examples")
    parser.add_argument("--spec", type=Path, default=SOURCE / "docs/Spec.md")
    parser.add_argument("--tblgen", default="/usr/lib/llvm-22/bin/llvm-tblgen")
    parser.add_argument("--mlir-include", default=MLIR_INCLUDE, type=Path)
    arguments = parser.parse_args()

    spec, examples = read_spec(arguments.spec)
    if arguments.examples:
        print("\n// -----\n\n".join(examples), end="")
        return 0
    errors = []
    code, names = read_definitions(arguments.tblgen, arguments.mlir_include)
    read_code(code, names, errors)
    compare(code, spec, read_chunks(SOURCE / "test/Dialect/Treadle"), errors)
    for error in errors:
        print(f"check_spec: {error}")
    if not errors:
        constraints = sum(len(entry.constraints) for entry in code.values())
        print(f"{len(code)} sections, {constraints} constraints, all tested")
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
