"""The benchmarks still run: tiny shapes, Treadle alone, and no look at the times."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from conftest import SOURCE

BENCH = SOURCE / "benchmarks" / "bench.py"
SMALL = ["product-3x20x10", "attention-2x9x8-full", "attention-2x9x8-causal",
         "attention-2x9x8-window3", "decode-4x2x12x8"]  # fmt: skip
NUMBER = (int, float)

#: What is in the report: types by name, and for what has names of its own one for all of them.
ENGINE = {
    "variant": str,
    "calibration": {"*": (*NUMBER, str)},
    "error": NUMBER,
    "median_ms": NUMBER,
    "min_ms": NUMBER,
    "gflops": NUMBER,
    "share": NUMBER,
    "rounds_ms": [[NUMBER]],
}
START = {"start_ms": {"load": NUMBER, "load_and_call": NUMBER}}
ROW = {
    "name": str,
    "family": str,
    "precision": str,
    "threads": int,
    "flops": int,
    "bytes": int,
    "tokens": (int, type(None)),
    "error_bound": NUMBER,
    "ceilings": {"*": NUMBER},
    "bound_ms": NUMBER,
    "limit": str,
    "engines": {"*": ENGINE},
    "unsupported": {"*": str},
    "ratios": {"*": {"median": NUMBER, "quartiles": [NUMBER]}},
    "peer": (str, type(None)),
}
REPORT = {
    "schema": int,
    "machine": {
        "cpu": str,
        "cpus": int,
        "features": [str],
        "system": str,
        "versions": {"*": str},
    },
    "load_average": {"before": [NUMBER], "after": [NUMBER]},
    "compile_s": [NUMBER],
    "geometric_means": {
        "*": {"rows": int, "ratio": NUMBER, "of_onednn_and_onnxruntime": (*NUMBER, type(None))}
    },
    "token_costs": {
        "*": {"tokens": [int], "engines": {"*": {"ms_a_token": NUMBER, "factor": NUMBER}}}
    },
    "thread_scaling": {
        "*": {"threads": int, "rows": {"*": NUMBER}, "mean": NUMBER, "machine": NUMBER}
    },
    "rows": [ROW],
}


def check(value, layout, path="report"):
    if isinstance(layout, list):
        assert isinstance(value, list), path
        for i, item in enumerate(value):
            check(item, layout[0], f"{path}[{i}]")
    elif isinstance(layout, dict):
        assert isinstance(value, dict), path
        if "*" not in layout:
            assert value.keys() == layout.keys(), path
        for name, item in value.items():
            check(item, layout.get(name, layout.get("*")), f"{path}.{name}")
    else:
        assert isinstance(value, layout), path


def run(output, *arguments):
    command = [sys.executable, "-B", BENCH, "--engines", "treadle", "--threads", "1"]
    command += ["--rounds", "2", "--starts", "1", "--tool", os.environ["TREADLE_TOOL"]]
    command += ["--output", output, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(autouse=True)
def compiler():
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")


def test_report(tmp_path):
    done = run(tmp_path, "--rows", *SMALL)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    check(report, REPORT)
    assert [row["name"] for row in report["rows"]] == SMALL
    for row in report["rows"]:
        assert not row["unsupported"] and row["peer"] is None
        engine = row["engines"]["treadle"]
        assert 0 <= engine["error"] <= row["error_bound"]
        assert len(engine["rounds_ms"]) == 2
        assert {"f32", "memory", "footprint"} <= row["ceilings"].keys()

    # A row that is measured again replaces its like, and the others stay.
    done = run(tmp_path, "--no-page", "--add", "--rows", SMALL[0], "product-5x20x10")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert [row["name"] for row in rows] == [*SMALL[1:], SMALL[0], "product-5x20x10"]


def test_sentences(tmp_path, minilm_source):
    done = run(tmp_path, "--no-page", "--rows", "minilm-3x2..5", "--model", minilm_source)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "report.json").read_text())["rows"]
    check(row["engines"]["treadle"], {**ENGINE, **START})
    assert 0 < row["engines"]["treadle"]["error"] <= row["error_bound"]


def test_page_needs_nothing_else(tmp_path):
    run(tmp_path, "--rows", "product-3x20x10", "product-3x20x12")
    used = []

    class Links(HTMLParser):
        def handle_starttag(self, tag, attributes):
            used.append(tag)
            for name, value in attributes:
                if name in ("src", "href", "xlink:href"):
                    assert value.startswith("#"), (tag, name, value)

    text = (tmp_path / "report.html").read_text()
    Links().feed(text)
    assert "svg" in used and "table" in used
    assert "product-3x20x12" in text


def test_wrong_result_fails(tmp_path):
    """A tool that compiles another program than it is given: one of twice the product."""
    tool = tmp_path / "tool"
    tool.write_text(
        "#!/bin/sh\n[ $1 = compile ] && "
        "sed -i 's/return %y/%z = arith.addf %y, %y : tensor<?x20xf32>\\n  return %z/' \"$2\"\n"
        f'exec "{os.environ["TREADLE_TOOL"]}" "$@"\n'
    )
    tool.chmod(0o755)
    done = run(tmp_path, "--no-page", "--rows", "product-3x20x10", "--tool", tool)
    assert done.returncode == 1
    assert "error: product-3x20x10, f32, 1 thread: the error is" in done.stderr


def make_failing_tool(folder, verb, text):
    """A tool that knows all verbs but one."""
    tool = folder / "tool"
    tool.write_text(
        f"#!/bin/sh\n[ $1 = {verb} ] && echo '{text}' >&2 && exit 2\n"
        f'exec "{os.environ["TREADLE_TOOL"]}" "$@"\n'
    )
    tool.chmod(0o755)
    return tool


def test_failing_tool_fails(tmp_path):
    tool = make_failing_tool(tmp_path, "compile", "nothing is compiled today")
    done = run(tmp_path, "--no-page", "--rows", "product-3x20x10", "--tool", tool)
    assert done.returncode == 1
    reason = "RuntimeError: nothing is compiled today"
    assert f"error: product-3x20x10, f32, 1 thread: {reason}" in done.stderr


def test_missing_ceilings_fail(tmp_path):
    """Without a ceiling there is no share of it."""
    tool = make_failing_tool(tmp_path, "bench", "error[E0102]: no option --ceilings")
    done = run(tmp_path, "--no-page", "--rows", "product-3x20x10", "--tool", tool)
    assert done.returncode == 1
    assert f"error: {tool} measures no ceilings: error[E0102]" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_precision_is_said(tmp_path):
    """A tool that knows no such precision leaves Treadle out of the row, with its reason."""
    tool = make_failing_tool(tmp_path, "compile", "error[E0101]: no such precision")
    rows = ["--no-page", "--rows", "product-3x20x10", "--precision", "bf16"]
    done = run(tmp_path, *rows, "--tool", tool)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert "--precision=bf16: error[E0101]" in row["unsupported"]["treadle"]


def test_weights_of_f16_are_measured(tmp_path):
    """Its error is that of rounding weights, which f32 does not have."""
    done = run(tmp_path, "--no-page", "--rows", "product-3x20x64", "--precision", "f16")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert row["precision"] == "f16"
    assert 1e-5 < row["engines"]["treadle"]["error"] < 1e-3


def test_engine_that_is_not_installed(tmp_path):
    done = run(tmp_path, "--rows", "product-3x20x10", "--engines", "treadle", "iree")
    assert done.returncode == 2
    assert "error: iree is not installed here" in done.stderr


def test_no_tool_and_no_model(tmp_path):
    done = run(tmp_path, "--rows", "product-3x20x10", "--tool", tmp_path / "treadle")
    assert done.returncode == 2
    assert f"error: there is no program {tmp_path}/treadle: make builds one" in done.stderr
    done = run(tmp_path, "--rows", "minilm-1x8", "--model", tmp_path)
    assert done.returncode == 2
    assert f"error: there is no {tmp_path}/model.safetensors: " in done.stderr


def test_unknown_row(tmp_path):
    done = run(tmp_path, "--rows", "product-3x0x10")
    assert done.returncode == 2
    assert "'product-3x0x10' is no set, matches no row, and is not like" in done.stderr
