"""Puts the pages of the documentation together.

    python3 scripts/make_docs.py FOLDER

They are those of docs/, README.md as the first, those that links lead to, and what is made
of tables: the dialect's operations and attributes, the passes, the errors. A link to a file
of the repository becomes one to a copy of it, one to a folder that has no page its name
alone. Exits with 1 when a link leads nowhere. Needs mlir-tblgen and nothing else.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[([^\]\[]*)\]\(([^()\s]+)\)")


def run_tblgen(tblgen, mlir_include, generator, table, *arguments):
    command = [tblgen, generator, *arguments, f"-I{SOURCE / 'include'}", f"-I{mlir_include}"]
    command.append(str(SOURCE / "include/treadle" / table))
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def make_error_page():
    text = (SOURCE / "include/treadle-c/Errors.def").read_text()
    page = (
        "# Errors\n\nWhat `treadle explain` tells. The exit code is that of a tool that gives up.\n"
    )
    string = r"((?:\"(?:[^\"\\]|\\.)*\"\s*)+)"
    entry = rf"^TREADLE_ERROR\((E\d+), (\d+), (\w+),\s*{string},\s*{string}\)"
    for code, status, name, title, explanation in re.findall(entry, text, re.M):
        parts = ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', part)) for part in (title, explanation)]
        title, explanation = (part.replace('\\"', '"') for part in parts)
        page += f"\n## {code}\n\n**{title}** (`{name}`, exit code {status})\n\n{explanation}\n"
    return page


def make_pages(tblgen, mlir_include):
    """The text of each page by its name; links are as they are in the repository."""
    pages, origins = {}, {}
    listed = [(path.name, path) for path in sorted((SOURCE / "docs").glob("*.md"))]
    listed += [("index.md", SOURCE / "README.md"), ("CONTRIBUTING.md", SOURCE / "CONTRIBUTING.md")]
    listed += [(f"{path.parent.parent.name}-{path.parent.name}.md", path)
               for path in sorted(SOURCE.glob("examples/*/README.md"))]  # fmt: skip
    listed += [(f"examples-ideas-{path.name}", path)
               for path in sorted(SOURCE.glob("examples/ideas/[a-z]*.md"))]  # fmt: skip
    for folder in ("benchmarks", "python"):
        listed.append((f"{folder}.md", SOURCE / folder / "README.md"))
    for name, path in listed:
        pages[name], origins[name] = path.read_text(), path
    pages["Dialect.md"] = run_tblgen(
        tblgen,
        mlir_include,
        "-gen-dialect-doc",
        "Dialect/Treadle/IR/TreadleOps.td",
        "-dialect=treadle",
    )
    for table, name, title in (
        ("Dialect/Treadle/Transforms", "Passes", "Passes"),
        ("Conversion", "Passes-Conversion", "Passes to other dialects"),
        ("Reference", "Passes-Reference", "Passes that run programs"),
    ):
        text = run_tblgen(tblgen, mlir_include, "-gen-pass-doc", f"{table}/Passes.td")
        pages[f"{name}.md"] = f"# {title}\n\n{text}"
    pages["Errors.md"] = make_error_page()
    return pages, origins


def change_links(name, text, origins, copied, errors):
    """Has the links of a page lead to pages and to copies of files."""
    names = {path: page for page, path in origins.items()}
    origin = origins.get(name, SOURCE / "docs" / name)

    def change(match):
        label, target = match.groups()
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target) or not path:
            return match[0]
        file = (origin.parent / path).resolve()
        if file.is_dir() and file / "README.md" in names:
            file = file / "README.md"
        if file in names:
            return f"[{label}]({names[file]}{'#' + anchor if anchor else ''})"
        if not file.is_relative_to(SOURCE) or not file.exists():
            errors.append(f"{origin.relative_to(SOURCE)}: the link {target} leads nowhere")
            return label
        if file.is_dir():
            return f"`{label}`"
        copied.add(file)
        return f"[{label}](source/{file.relative_to(SOURCE)}.txt)"

    # What is code is no link.
    parts = re.split(r"(^```.*?^```|`[^`\n]*`)", text, flags=re.M | re.S)
    return "".join(part if i % 2 else LINK.sub(change, part) for i, part in enumerate(parts))


def find_anchors(text):
    """The anchors of the headings of a page, as mkdocs makes them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for heading in re.findall(r"^#+ (.*)", text, re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        plain = re.sub(r"[^\w\s-]", "", plain.encode("ascii", "ignore").decode()).strip().lower()
        yield re.sub(r"[-\s]+", "-", plain)


def check_anchors(pages, errors):
    anchors = {name: set(find_anchors(text)) for name, text in pages.items()}
    for name, text in pages.items():
        # The generated pages are mlir-tblgen's, with anchors of its own making.
        if name.startswith("Passes") or name == "Dialect.md":
            continue
        for _, target in LINK.findall(text):
            path, _, anchor = target.partition("#")
            if anchor and not re.match(r"\w+:", target) and anchor not in anchors[path or name]:
                errors.append(f"{name}: the link {target} leads to no heading")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tblgen", default="/usr/lib/llvm-22/bin/mlir-tblgen")
    parser.add_argument("--mlir-include", default="/usr/lib/llvm-22/include")
    arguments = parser.parse_args()

    errors, copied = [], set()
    pages, origins = make_pages(arguments.tblgen, arguments.mlir_include)
    pages = {
        name: change_links(name, text, origins, copied, errors) for name, text in pages.items()
    }
    check_anchors(pages, errors)
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    for name, text in pages.items():
        (arguments.folder / name).write_text(text)
    for file in copied:
        # As text, which a browser shows and does not fetch.
        copy = arguments.folder / "source" / f"{file.relative_to(SOURCE)}.txt"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    for error in errors:
        print(f"make_docs: {error}")
    print(f"{len(pages)} pages, {len(copied)} files, {len(errors)} dead links")
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
