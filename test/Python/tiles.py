"""Programs for CPUs with tile registers (AMX), on CPUs without them."""

import json

from programs import Program

import treadle


def make_tile_target(l1=49152, l2=2097152, features=""):
    """The attribute of a module for a CPU with tiles, but, unless it is given, without the feature:
    that has them emulated."""
    return (
        'treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx,+avx2,+fma,+f16c,'
        f'+bmi,+bmi2{features}", vectorBits = 512, registers = 32, '
        f"l1 = {l1}, l2 = {l2}, tile = amx_bf16>"
    )


def load_as_machine_code(program, directory, *caches):
    """The model of a program with instructions for tiles, for a CPU with such caches. Only with the
    fixture `tile_instructions` it runs everywhere."""
    made = Program(make_tile_target(*caches, features=",+amx-tile,+amx-bf16"))
    made.functions, made.weights = program.functions, program.weights
    compiled = made.compile(directory, "--precision=bf16")
    assert compiled.returncode == 0, compiled.stderr
    # The runtime would not load what the CPU does not have.
    path = directory / "program.treadle" / "model.json"
    description = json.loads(path.read_text())
    features = description["target"]["features"]
    assert {"amx-bf16", "amx-tile"} <= set(features)
    description["target"]["features"] = [f for f in features if not f.startswith("amx")]
    path.write_text(json.dumps(description))
    return treadle.load(path.parent, threads=2)
