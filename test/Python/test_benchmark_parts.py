"""Parts of the benchmarks that need no measurement: models for peers, and what rows come to."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys

import gguf
import ml_dtypes
import numpy as np
import pytest
from conftest import SOURCE
from safetensors.numpy import load_file, save_file

sys.path.insert(0, str(SOURCE / "benchmarks"))

import goals  # noqa: E402
import report  # noqa: E402
from engines import ENGINES  # noqa: E402
from engines.base import Case, Context  # noqa: E402
from models.minilm_gguf import write_model  # noqa: E402
from processes import Process  # noqa: E402
from workloads import SETS, parse_workload, select_rows  # noqa: E402
from workloads.base import ROUNDOFF  # noqa: E402
from workloads.sentences import Sentences  # noqa: E402

HIDDEN, LAYERS, VOCABULARY = 32, 2, 50


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models") / "bert"
    script = SOURCE / "test" / "Inputs" / "make_tiny_bert.py"
    sizes = ["--hidden", HIDDEN, "--layers", LAYERS, "--heads", 4, "--vocab", VOCABULARY]
    subprocess.run([sys.executable, script, directory, *map(str, sizes)], check=True)
    # What checkpoints have besides the encoder.
    tensors = load_file(directory / "model.safetensors")
    tensors["pooler.dense.weight"] = np.ones((HIDDEN, HIDDEN), np.float32)
    tensors["embeddings.position_ids"] = np.arange(8)[np.newaxis]
    save_file(tensors, directory / "model.safetensors")
    return directory


def read_gguf(path):
    """Fields and tensors, these as they are stored."""
    reader = gguf.GGUFReader(path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    return fields, {tensor.name: tensor for tensor in reader.tensors}


def test_gguf_parameters(tiny_bert, tmp_path):
    write_model(tiny_bert, tmp_path / "model.gguf", "f32")
    fields, _ = read_gguf(tmp_path / "model.gguf")
    config = json.loads((tiny_bert / "config.json").read_text())
    expected = {
        "general.architecture": "bert",
        "bert.block_count": LAYERS,
        "bert.embedding_length": HIDDEN,
        "bert.feed_forward_length": 4 * HIDDEN,
        "bert.context_length": config["max_position_embeddings"],
        "bert.attention.head_count": 4,
        "bert.attention.causal": False,
        "bert.pooling_type": 1,  # the mean
        "bert.vocab_size": VOCABULARY,
        "tokenizer.ggml.model": "none",
        "tokenizer.ggml.token_type_count": 2,
    }
    assert expected == {name: fields.get(name) for name in expected}
    assert fields["bert.attention.layer_norm_epsilon"] == np.float32(config["layer_norm_eps"])


def test_gguf_tensors(tiny_bert, tmp_path):
    write_model(tiny_bert, tmp_path / "model.gguf", "f32")
    _, tensors = read_gguf(tmp_path / "model.gguf")
    source = load_file(tiny_bert / "model.safetensors")
    attention = "encoder.layer.1.attention"
    expected = {
        "token_embd.weight": source["embeddings.word_embeddings.weight"],
        "position_embd.weight": source["embeddings.position_embeddings.weight"],
        "token_types.weight": source["embeddings.token_type_embeddings.weight"],
        "token_embd_norm.bias": source["embeddings.LayerNorm.bias"],
        "blk.1.attn_qkv.weight": np.concatenate(
            [source[f"{attention}.self.{part}.weight"] for part in ("query", "key", "value")]
        ),
        "blk.1.attn_output.weight": source[f"{attention}.output.dense.weight"],
        "blk.1.attn_output_norm.weight": source[f"{attention}.output.LayerNorm.weight"],
        "blk.1.ffn_up.weight": source["encoder.layer.1.intermediate.dense.weight"],
        "blk.1.ffn_down.bias": source["encoder.layer.1.output.dense.bias"],
        "blk.1.layer_output_norm.weight": source["encoder.layer.1.output.LayerNorm.weight"],
    }
    for name, tensor in expected.items():
        assert np.array_equal(tensors[name].data, tensor), name
    # Five for the embeddings and twelve for each layer: no pooler, no positions' numbers.
    assert len(tensors) == 5 + 12 * LAYERS


@pytest.mark.parametrize("stored", ["bf16", "f16"])
def test_gguf_in_16_bits(tiny_bert, tmp_path, stored):
    write_model(tiny_bert, tmp_path / "model.gguf", stored)
    _, tensors = read_gguf(tmp_path / "model.gguf")
    source = load_file(tiny_bert / "model.safetensors")["encoder.layer.0.output.dense.weight"]
    dtype = {"bf16": ml_dtypes.bfloat16, "f16": np.float16}[stored]
    assert np.array_equal(tensors["blk.0.ffn_down.weight"].data.view(dtype), source.astype(dtype))
    # Norms, biases and what is looked up keep their precision.
    kept = {name for name, tensor in tensors.items() if tensor.tensor_type.name == "F32"}
    assert {"token_embd.weight", "blk.0.ffn_down.bias", "blk.0.layer_output_norm.weight"} <= kept
    assert len(tensors) - len(kept) == 4 * LAYERS


def test_llamacpp_that_cannot_be_built(tmp_path):
    """Says why, and is no error: the benchmarks go on without it."""
    for name in ("scripts/setup-llamacpp.sh", "benchmarks/requirements-llamacpp.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text((SOURCE / name).read_text())
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        "#!/bin/sh\necho $CMAKE_ARGS\necho 'x.cpp:1:2: error: no such thing'; exit 1\n"
    )
    python.chmod(0o755)
    script = ["bash", tmp_path / "scripts" / "setup-llamacpp.sh", tmp_path / "venv"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warning: llama.cpp cannot be built here" in done.stderr
    assert "x.cpp:1:2: error: no such thing" in done.stderr
    assert f"try again: scripts/setup-llamacpp.sh {tmp_path}" in done.stderr
    assert "-DGGML_NATIVE=ON" in (tmp_path / "build" / "llamacpp.log").read_text()


def test_sets_of_rows(minilm_source):
    """Each row is one, under its own name, and sets have what they say."""
    for name, rows in SETS.items():
        assert len(rows) == len(set(rows)), name
        for row in rows:
            workload = parse_workload(row, minilm_source)
            assert workload and workload.name == row, row
    assert set(goals.GOALS) | set(goals.SHARES) | set(SETS["linear"]) <= set(SETS["goals"])
    skinny = {row.split("x")[0] for row in SETS["goals"] if goals.is_skinny(make_row(row))}
    assert skinny == {f"product-{rows}" for rows in (1, 4, 16, 48, 100)}
    assert select_rows("goals") == SETS["goals"]
    # Linear is what attention does not bend: a token costs the same in each.
    work = [parse_workload(row, minilm_source) for row in SETS["linear"]]
    each = [workload.flops / workload.tokens for workload in work]
    assert max(each) / min(each) < 1.01


def test_roundoff():
    for precision, kind in ("f32", np.float32), ("bf16", ml_dtypes.bfloat16), ("f16", np.float16):
        assert ROUNDOFF[precision] == ml_dtypes.finfo(kind).eps / 2


def test_tokens_are_real_ones():
    assert Sentences(3, 2, 10).tokens == 2 + 6 + 10


def make_row(name, ms=None, precision="f32", threads=1, **keys):
    """A row as measure_row makes it: `ms` has the median of each engine."""
    ms = ms or {}
    engine = {"error": 1e-6, "share": 0.5, "gflops": 1.0, "variant": ""}
    peers = {name: time for name, time in ms.items() if name != "treadle"}
    row = {
        "name": name,
        "family": {"minilm": "sentences", "product": "product"}.get(
            name.split("-")[0], "attention"
        ),
        "precision": precision,
        "threads": threads,
        "flops": 10**9,
        "bytes": 10**7,
        "tokens": None,
        "error_bound": 1e-5,
        "ceilings": {"f32": 1e11, "memory": 1e10, "footprint": 1e10},
        "bound_ms": 10.0 / threads,
        "limit": "operations",
        "engines": {name: {**engine, "median_ms": time} for name, time in ms.items()},
        "ratios": {
            name: {"median": time / ms["treadle"], "quartiles": [1.0, 1.0]}
            for name, time in peers.items()
        },
        "unsupported": {},
        "peer": min(peers, key=peers.get, default=None),
    }
    return {**row, **keys}


def test_geometric_mean():
    rows = [
        make_row("product-1x8x8", {"treadle": 1, "torch": 2, "openvino": 3}),
        make_row("product-100x8x8", {"treadle": 1, "torch": 9, "openvino": 8, "onnxruntime": 10}),
        make_row("product-101x8x8", {"treadle": 1, "torch": 0.1}),
        make_row("minilm-1x128", {"treadle": 1, "torch": 0.1}),
    ]
    means = goals.geometric_means(rows)
    assert means.keys() == {"f32, 1 thread"}
    mean = means["f32, 1 thread"]
    assert mean["rows"] == 2
    assert mean["ratio"] == pytest.approx((2 * 8) ** 0.5)
    assert mean["of_onednn_and_onnxruntime"] == pytest.approx((2 * 9) ** 0.5)

    # Who is wrong is no peer.
    rows[0]["engines"]["torch"]["error"] = 1e-4
    mean = goals.geometric_means(rows)["f32, 1 thread"]
    assert mean["ratio"] == pytest.approx((3 * 8) ** 0.5)
    assert mean["of_onednn_and_onnxruntime"] == pytest.approx(9)


def test_cost_of_tokens():
    def costs(*ms):
        batches = zip((1, 2, 4), ms)
        rows = [
            make_row(f"minilm-{count}x128", {"treadle": time}, tokens=count * 128)
            for count, time in batches
        ]
        return goals.token_costs(rows)

    assert costs(1, 2) == {}, "a line goes through any two points"
    linear = costs(12.8, 25.6, 51.2)["f32, 1 thread"]
    assert linear["tokens"] == [128, 512]
    assert linear["engines"]["treadle"]["factor"] == pytest.approx(1)
    assert linear["engines"]["treadle"]["ms_a_token"] == pytest.approx(0.1)
    bent = costs(12.8, 25.6, 8 * 51.2)["f32, 1 thread"]["engines"]["treadle"]
    assert bent["factor"] == pytest.approx(4)  # the mean is twice the first, the last eight times


def test_scaling_with_threads():
    rows = []
    for threads in (1, 2):
        rows += [
            make_row("product-2048x2048x2048", {"treadle": 19 / threads}, threads=threads),
            make_row("minilm-8x128", {"treadle": [20, 12.5][threads - 1]}, threads=threads),
            # Reading limits it; it is too short; it is not there with one thread.
            make_row("decode-32x8x4096x128", {"treadle": 9}, threads=threads, limit="bytes"),
            make_row("product-4x8x8", {"treadle": 0.01}, threads=threads),
        ]
    rows.append(make_row("minilm-1x128", {"treadle": 1}, threads=2))
    scaling = goals.thread_scaling(rows)
    assert scaling.keys() == {"f32, 2 threads"}
    scaling = scaling["f32, 2 threads"]
    assert scaling["rows"] == {"product-2048x2048x2048": 2, "minilm-8x128": 1.6}
    assert scaling["mean"] == pytest.approx((2 * 1.6) ** 0.5)
    assert scaling["machine"] == pytest.approx(2)


def test_goals_by_machine():
    row = make_row("minilm-1x128")
    assert goals.goal_of(row) == 1.3
    assert goals.goal_of({**row, "precision": "bf16"}) == 1.5
    tiles = {**row["ceilings"], "bf16_tile": 1e12}
    assert goals.goal_of({**row, "precision": "bf16", "ceilings": tiles}) == 2.5
    assert goals.goal_of({**row, "ceilings": tiles}) == 1.3
    assert goals.goal_of(make_row("minilm-1x127")) is None


def test_summary(capsys):
    rows = [
        make_row("minilm-1x128", {"treadle": 10, "openvino": 14}, tokens=128),
        make_row("minilm-2x128", {"treadle": 20}, tokens=256),
        make_row("minilm-4x128", {"treadle": 41}, tokens=512),
        make_row("minilm-8x128", {"treadle": 90, "openvino": 91}, tokens=1024),
        make_row("product-4x8x8", {"treadle": 2, "torch": 3}),
        make_row("product-2048x2048x2048", {"treadle": 60}),
        make_row("product-2048x2048x2048", {"treadle": 31}, threads=2),
    ]
    report.print_summary(rows)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for text in (
        "minilm-1x128 1 1.40 (1.00 to 1.00) of openvino 1.3 met 50.0% 1.0e-06 of 1.0e-06",
        "minilm-8x128 1 1.01 (1.00 to 1.00) of openvino 1.2 missed 50.0% 1.0e-06 of 1.0e-06",
        "product-2048x2048x2048 1 no peer 50.0% 0.95 missed 1.0e-06",
        "f32, 1 thread: geometric mean of 1 products of up to 100 rows: 1.50 of the best peer,"
        " 1.50 of the better of oneDNN and ONNX Runtime, 1.1 met",
        "f32, 1 thread: cost of a real token in batches of 128 to 1024: treadle 81.0 us within a"
        " factor of 1.09, 1.05 missed",
        "f32, 2 threads beside 1: 1.94 times as fast at least (product-2048x2048x2048), 1.85 met;"
        " 1.94 in the mean of 1 rows that operations limit; the machine 2.00",
    ):
        assert text in lines, (text, lines)


def write_page(rows, folder):
    from page import PLOTS, write_page  # needs matplotlib

    machine = {"cpu": "a & b", "cpus": 2, "system": "Linux", "versions": {"treadle": "1"}}
    text = write_page({"rows": rows, "machine": machine}, folder).read_text()
    return text, [title for title, _, _ in PLOTS if f"<h2>{title}</h2>" in text], len(PLOTS)


def test_page_has_all_plots(tmp_path):
    times = dict.fromkeys(ENGINES, 20) | {"treadle": 10}
    rows = [
        make_row(name, times, precision, threads, tokens=len(name))
        for name in {**dict.fromkeys(SETS["goals"]), **dict.fromkeys(SETS["scaling"])}
        for precision in ("f32", "bf16")
        for threads in (1, 2)
    ]
    rows[0]["engines"]["llamacpp"]["error"] = 1
    text, titles, count = write_page(rows, tmp_path)
    assert len(titles) == count
    assert "a &amp; b" in text
    for engine in ENGINES:
        assert text.count(f">{engine}</text>") >= 4 * (count - 2), engine
    assert 'class="wrong">1.0e+00 (wrong)' in text
    assert text.count('class="missed">3') == 0 and text.count('class="met">1.3') == 2 * 2 * 2


def test_page_of_little(tmp_path):
    """What there are no rows for has no plot: of one row, and of one that nobody measured."""
    _, titles, _ = write_page([make_row("product-3x4x4", {"treadle": 1})], tmp_path)
    assert titles == ["Roofline"]
    row = make_row("product-3x4x4", unsupported={"treadle": "no <such> precision"})
    text, titles, _ = write_page([row], tmp_path)
    assert "no &lt;such&gt; precision" in text


class Aborting:
    """An engine that ends its process at one row."""

    def __init__(self, context):
        pass

    def variants(self, workload, constants):
        if workload.rows == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"one": lambda: Case(dict, lambda data: data["x"])}


def test_engine_that_aborts(monkeypatch, tmp_path):
    """Is left out of the row, with a reason, and does the next."""
    monkeypatch.setitem(ENGINES, "aborting", (__name__, "Aborting", "numpy"))
    fork = multiprocessing.get_context("fork")  # knows of this engine
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: fork)
    with Process("aborting", Context(1, "f32", tmp_path, "")) as process:
        answer = process.prepare(parse_workload("product-2x4x4", None), 0)
        assert answer.unsupported == "the process of aborting ended by SIGKILL"
        assert process.prepare(parse_workload("product-3x4x4", None), 0).variant == "one"
        assert len(process.measure(2)) == 2
