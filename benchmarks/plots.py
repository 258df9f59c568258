"""The plots of the page: each function makes a figure of the report's rows, or nothing where there
are not the rows for it."""

import re
from itertools import cycle

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same report gives the same page.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "treadle", "font.size": 9})

from engines import ENGINES  # noqa: E402
from goals import group_rows  # noqa: E402
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402
from measure import OURS  # noqa: E402
from workloads import SETS  # noqa: E402

PALETTE = "#b2182b #2166ac #542788 #e08214 #8c6d31 #1b7837 #de77ae".split()
#: A new engine gets a colour without being named here.
COLOURS = dict(zip(ENGINES, cycle(PALETTE)))
MARKERS = {"product": "o", "attention": "^", "sentences": "s"}
COLUMNS = 2  # of plots beside each other: more are too small to be read


def make_axes(groups, height):
    """A figure with axes for each of the groups, under their names."""
    lines = -(-len(groups) // COLUMNS)
    columns = min(COLUMNS, len(groups))
    figure, axes = pyplot.subplots(
        lines, columns, figsize=(5.5 * columns, height * lines), squeeze=False
    )
    axes = list(axes.flat)
    for axis in axes[len(groups) :]:
        axis.set_visible(False)
    for axis, title in zip(axes, groups):
        axis.set_title(title)
    return figure, axes


def set_log(axis, which, steps=(1, 2, 5)):
    """A logarithmic axis with numbers as people write them."""
    getattr(axis, f"set_{which}scale")("log")
    ticks = getattr(axis, f"{which}axis")
    ticks.set_major_locator(LogLocator(subs=steps, numticks=12))
    ticks.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ticks.set_minor_formatter(NullFormatter())


def show_legend(axis, columns=4):
    """Above the plot, where it hides nothing."""
    _, labels = axis.get_legend_handles_labels()
    if labels:
        axis.set_title(axis.get_title(), pad=8 + 12 * -(-len(labels) // columns))
        axis.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1), ncol=columns, frameon=False, fontsize=8
        )


def is_right(row, engine):
    return row["engines"][engine]["error"] <= row["error_bound"]


def plot_ratios(rows):
    groups = group_rows([row for row in rows if row["ratios"]])
    if not groups:
        return None
    figure, axes = make_axes(groups, 1.2 + 0.45 * max(map(len, groups.values())))
    for axis, group in zip(axes, groups.values()):
        peers = [name for name in COLOURS if any(name in row["ratios"] for row in group)]
        height = 0.8 / len(peers)
        for i, peer in enumerate(peers):
            for y, row in enumerate(group):
                if peer not in row["ratios"]:
                    continue
                place, ratio = y + (i + 0.5) * height - 0.4, row["ratios"][peer]
                # Who is wrong is there, but pale.
                alpha = 1 if is_right(row, peer) else 0.3
                width = ratio["median"] - 1
                axis.barh(place, width, height, left=1, color=COLOURS[peer], alpha=alpha)
                axis.plot(ratio["quartiles"], [place, place], color="black", linewidth=0.6)
            axis.barh(0, 0, 0, color=COLOURS[peer], label=peer)
        axis.set_yticks(range(len(group)), [row["name"] for row in group], fontsize=8)
        axis.set_ylim(len(group) - 0.4, -0.6)
        axis.axvline(1, color="black", linewidth=0.8)
        axis.grid(axis="x", linewidth=0.3)
        low, high = axis.get_xlim()
        set_log(axis, "x", (1, 1.5, 2, 3, 5, 7) if high < 8 * low else (1, 2, 5))
        axis.set_xlabel("times as fast as the peer")
        show_legend(axis)
    figure.tight_layout()
    return figure


def plot_growth(rows, pattern, label):
    """Times of the rows whose names match, by the number in the pattern's group."""
    found = [(int(match[1]), row) for row in rows if (match := re.fullmatch(pattern, row["name"]))]
    numbers = {id(row): number for number, row in found}
    groups = group_rows([row for _, row in sorted(found, key=lambda pair: pair[0])])
    return plot_lines(
        groups,
        lambda row: numbers[id(row)],
        lambda row, engine: row["engines"][engine]["median_ms"],
        lambda row: row["bound_ms"],
        label,
        "ms",
    )


def plot_lines(groups, place, value, bound, label, unit, from_zero=False):
    """A line for each engine, and a dotted one for the bound, where a group has two places."""
    groups = {title: group for title, group in groups.items() if len(set(map(place, group))) > 1}
    if not groups:
        return None
    figure, axes = make_axes(groups, 4)
    for axis, group in zip(axes, groups.values()):
        for engine, colour in COLOURS.items():
            having = [row for row in group if engine in row["engines"]]
            if having:
                ends = [value(row, engine) for row in having]
                width = 2 if engine == OURS else 1
                axis.plot(
                    list(map(place, having)), ends, "o-", markersize=4, linewidth=width,
                    color=colour, label=engine,
                )  # fmt: skip
        axis.plot(
            list(map(place, group)), list(map(bound, group)), ":", color="grey", label="bound"
        )
        set_log(axis, "x")
        if from_zero:
            axis.set_ylim(bottom=0)
        else:
            set_log(axis, "y")
        axis.set_xticks(sorted(set(map(place, group))))
        axis.grid(linewidth=0.3)
        axis.set(xlabel=label, ylabel=unit)
        show_legend(axis)
    figure.tight_layout()
    return figure


def plot_tokens(rows):
    return plot_growth(rows, r"minilm-1x(\d+)", "tokens")


def plot_batches(rows):
    return plot_growth(rows, r"minilm-(\d+)x128", "sentences")


def plot_product_rows(rows):
    return plot_growth(rows, r"product-(\d+)x4096x4096", "rows; columns and inner 4096")


def plot_token_costs(rows):
    found = [row for row in rows if row["name"] in SETS["linear"]]
    return plot_lines(
        group_rows(sorted(found, key=lambda row: row["tokens"])),
        lambda row: row["tokens"],
        lambda row, engine: 1e3 * row["engines"][engine]["median_ms"] / row["tokens"],
        lambda row: 1e3 * row["bound_ms"] / row["tokens"],
        "real tokens of a batch; the last are of unequal lengths",
        "µs a token",
        from_zero=True,
    )


def plot_threads(rows):
    """For each row the time with one thread over that with the most."""
    by_threads = {}
    for row in rows:
        by_threads.setdefault((row["name"], row["precision"]), {})[row["threads"]] = row
    most = max((row["threads"] for row in rows), default=1)
    pairs = [(few[1], few[most]) for few in by_threads.values() if 1 in few and most in few]
    if most == 1 or not pairs:
        return None
    figure, axis = pyplot.subplots(figsize=(9, 1.2 + 0.25 * len(pairs)))
    for engine, colour in COLOURS.items():
        points = [
            (one["engines"][engine]["median_ms"] / many["engines"][engine]["median_ms"], y)
            for y, (one, many) in enumerate(pairs)
            if engine in one["engines"] and engine in many["engines"]
        ]
        if points:
            size = 40 if engine == OURS else 16
            axis.scatter(*zip(*points), s=size, color=colour, label=engine)
    names = [one["name"] + describe_limit(many) for one, many in pairs]
    precisions = {one["precision"] for one, _ in pairs}
    if len(precisions) > 1:
        names = [f"{name}, {one['precision']}" for name, (one, _) in zip(names, pairs)]
    axis.set_yticks(range(len(pairs)), names, fontsize=8)
    axis.set_ylim(len(pairs) - 0.4, -0.6)
    axis.axvline(most, color="black", linewidth=0.8)
    axis.grid(linewidth=0.3)
    axis.set(xlabel=f"times as fast with {most} threads as with one")
    show_legend(axis, columns=len(ENGINES))
    figure.tight_layout()
    return figure


def describe_limit(row):
    return "" if row["limit"] == "operations" else " (limited by reading)"


def plot_rooflines(rows):
    groups = group_rows(rows)
    if not groups:
        return None
    figure, axes = make_axes(groups, 4.5)
    for axis, group in zip(axes, groups.values()):
        size = 1 if group[0]["precision"] == "f32" else 0.5  # of what `bytes` counts
        intensities = [row["flops"] / (row["bytes"] * size) for row in group]
        for engine, colour in COLOURS.items():
            for family, marker in MARKERS.items():
                points = [
                    (intensity, row["engines"][engine]["gflops"])
                    for intensity, row in zip(intensities, group)
                    if engine in row["engines"] and row["family"] == family
                ]
                if points:
                    area = 26 if engine == OURS else 12
                    order = 3 if engine == OURS else 2
                    axis.scatter(*zip(*points), s=area, color=colour, marker=marker, zorder=order)
            if any(engine in row["engines"] for row in group):
                axis.scatter([], [], color=colour, label=engine)
        for family, marker in MARKERS.items():
            if any(row["family"] == family for row in group):
                axis.scatter([], [], color="grey", marker=marker, label=family)
        # Neighbours slow a measurement down: the largest of each ceiling is the nearest to it.
        ceilings = {
            kind: max(row["ceilings"].get(kind, 0) for row in group) / 1e9
            for row in group
            for kind in row["ceilings"]
            if kind != "footprint"
        }
        memory = ceilings.pop("memory")
        if group[0]["precision"] != "bf16":
            ceilings = {"f32": ceilings["f32"]}
        ends = min(intensities) / 2, max(*intensities, max(ceilings.values()) / memory) * 2
        for kind, peak in ceilings.items():
            axis.plot([peak / memory, ends[1]], [peak, peak], color="black", linewidth=1)
            axis.text(ends[1], peak, f"{kind} {peak:.0f} ", ha="right", va="bottom", fontsize=8)
        peak = max(ceilings.values())
        slope = [ends[0], peak / memory]
        axis.plot(slope, [memory * x for x in slope], color="black", linewidth=1)
        axis.text(ends[0], memory * ends[0], f"   memory {memory:.0f} GB/s", va="top", fontsize=8)
        set_log(axis, "x", (1,))
        set_log(axis, "y")
        axis.grid(linewidth=0.3)
        axis.set(xlabel="operations a byte", ylabel="GFLOP/s")
        show_legend(axis)
    figure.tight_layout()
    return figure
