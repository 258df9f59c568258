"""What rows come to together, and what they should come to."""

import math
import re

from measure import OURS
from workloads import SETS

#: Times as fast as the best peer: in float32; in bf16; in bf16 on a CPU with tiles for it (AMX).
GOALS = {
    "product-2048x2048x2048": (1.0, 1.0, 1.0),
    "product-512x4096x4096": (1.0, 1.0, 1.0),
    "minilm-1x128": (1.3, 1.5, 2.5),
    "minilm-8x128": (1.2, 1.3, 2.0),
    "minilm-32x5..200": (1.5, 2.0, 3.0),
    "attention-8x2048x128-full": (1.2, 1.5, 2.0),
    "attention-8x2048x64-full": (1.2, 1.5, 2.0),
    "attention-8x2048x128-causal": (1.3, 1.5, 2.0),
    "attention-8x2048x64-causal": (1.3, 1.5, 2.0),
    "attention-8x2048x128-window256": (2.0, 2.0, 3.0),
    "attention-8x2048x64-window256": (2.0, 2.0, 3.0),
    "decode-32x8x4096x128": (1.2, 1.2, 1.2),
}
#: The share of the ceiling; of the first two in float32 alone.
SHARES = {
    "product-2048x2048x2048": 0.95,
    "product-512x4096x4096": 0.95,
    "decode-32x8x4096x128": 0.9,
}
SKINNY_GOAL = 1.1  # the geometric mean over skinny products
LINEAR_GOAL = 1.05  # the largest factor between the cost of a token and the mean cost
THREADS_GOAL = 0.925  # 1.85 of two threads: the least share of their number

#: Beside whom skinny products are to be faster: oneDNN, by torch, and ONNX Runtime.
SKINNY_PEERS = ("torch", "onnxruntime")
#: Rows that take less say more of how threads wake than of how they share work.
SCALING_MS = 1.0


def describe_setting(row):
    return f"{row['precision']}, {row['threads']} thread{'s' if row['threads'] > 1 else ''}"


def group_rows(rows):
    """By precision and number of threads."""
    groups = {}
    for row in rows:
        groups.setdefault(describe_setting(row), []).append(row)
    return groups


def goal_of(row):
    """Times as fast as the best peer; None where there is no goal."""
    if row["name"] not in GOALS:
        return None
    f32, bf16, tiles = GOALS[row["name"]]
    if "bf16_tile" in row["ceilings"]:
        bf16 = tiles
    return {"f32": f32, "bf16": bf16}.get(row["precision"])


def share_goal_of(row):
    if row["family"] == "product" and row["precision"] != "f32":
        return None
    return SHARES.get(row["name"])


def best_ratio(row, peers=None):
    """The median ratio to the best peer, or to the best one of some; None where there is none.
    Nobody is the best by being wrong."""
    right = [
        name
        for name in row["ratios"]
        if (peers is None or name in peers) and row["engines"][name]["error"] <= row["error_bound"]
    ]
    best = min(right, key=lambda name: row["engines"][name]["median_ms"], default=None)
    return row["ratios"][best]["median"] if best else None


def geometric_mean(numbers):
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def is_skinny(row):
    """Products of up to a hundred rows."""
    return row["family"] == "product" and int(re.match(r"product-(\d+)x", row["name"])[1]) <= 100


def geometric_means(rows):
    """For each precision and number of threads: of the best ratio over the skinny products, to
    the best of all peers and to the best of those that there is a goal for."""
    means = {}
    for setting, group in group_rows(filter(is_skinny, rows)).items():
        ratios = [ratio for row in group if (ratio := best_ratio(row))]
        named = [ratio for row in group if (ratio := best_ratio(row, SKINNY_PEERS))]
        if ratios:
            means[setting] = {
                "rows": len(ratios),
                "ratio": geometric_mean(ratios),
                "of_onednn_and_onnxruntime": geometric_mean(named) if named else None,
            }
    return means


def token_costs(rows):
    """For each precision and number of threads, and each engine in all of the rows: the cost of a
    real token, as the geometric mean over batches of more and more of them, and the largest factor
    between it and that in one batch. 1 is linear."""
    costs = {}
    for setting, group in group_rows(r for r in rows if r["name"] in SETS["linear"]).items():
        if len(group) < 3:
            continue
        tokens = [row["tokens"] for row in group]
        costs[setting] = {"tokens": [min(tokens), max(tokens)], "engines": {}}
        for name in group[0]["engines"]:
            if not all(name in row["engines"] for row in group):
                continue
            each = [row["engines"][name]["median_ms"] / row["tokens"] for row in group]
            mean = geometric_mean(each)
            factor = max(max(each) / mean, mean / min(each))
            costs[setting]["engines"][name] = {"ms_a_token": mean, "factor": factor}
    return costs


def thread_scaling(rows):
    """For each precision and number of threads above 1: how many times as fast as one thread our
    rows are that operations limit, and how many times as many operations the machine then does."""
    single = {(row["name"], row["precision"]): row for row in rows if row["threads"] == 1}
    scaling = {}
    for setting, group in group_rows(row for row in rows if row["threads"] > 1).items():
        times, machine = {}, []
        for row in group:
            one = single.get((row["name"], row["precision"]))
            if not one or row["limit"] != "operations":
                continue
            if OURS not in row["engines"] or OURS not in one["engines"]:
                continue
            if one["engines"][OURS]["median_ms"] < SCALING_MS:
                continue
            times[row["name"]] = (
                one["engines"][OURS]["median_ms"] / row["engines"][OURS]["median_ms"]
            )
            machine.append(row["flops"] / row["bound_ms"] / (one["flops"] / one["bound_ms"]))
        if times:
            scaling[setting] = {
                "threads": group[0]["threads"],
                "rows": times,
                "mean": geometric_mean(times.values()),
                "machine": geometric_mean(machine),
            }
    return scaling
