"""The report as one page of HTML that needs nothing else: plots are SVG inside of it."""

import html
import io
import re

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same report gives the same page.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "treadle", "font.size": 9})

from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import ScalarFormatter  # noqa: E402
from measure import OURS  # noqa: E402
from report import describe_setting  # noqa: E402
from workloads import SETS  # noqa: E402

COLOURS = {
    "treadle": "#b2182b",
    "onnxruntime": "#2166ac",
    "openvino": "#542788",
    "torch": "#e08214",
    "inductor": "#1b7837",
}
STYLE = """body { font: 15px sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse } td, th { padding: .15em .7em; text-align: right }
td:first-child, th:first-child, td.text { text-align: left } tr.ours { font-weight: bold }
tr.first td { border-top: 1px solid #999 } svg { max-width: 100%; height: auto }"""


def write_page(report, output):
    """Writes report.html into a folder; returns its path."""
    rows, machine = sorted(report["rows"], key=place_of), report["machine"]
    parts = [
        "<h1>Treadle beside other engines</h1>",
        f"<p>{html.escape(machine['cpu'])}, {machine['cpus']} CPUs, {html.escape(machine['system'])}. "
        + html.escape(", ".join(f"{name} {v}" for name, v in machine["versions"].items()))
        + "</p>",
    ]
    plots = (
        ("Times as fast as each peer", plot_ratios, "Above 1, Treadle is faster. Bars end at the "
         "median over the rounds; lines go from quartile to quartile."),
        ("Time by tokens, one sentence", plot_tokens, ""),
        ("Time by batch, 128 tokens each", plot_batches, ""),
        ("Time by rows of a product", plot_product_rows, ""),
        ("Times as fast with more threads", plot_threads, ""),
        ("Roofline", plot_rooflines, "Each point is a row; the line is the least of the peak and "
         "what memory feeds. Points above it work on what stays in a cache."),
    )  # fmt: skip
    for title, plot, text in plots:
        figure = plot(rows)
        if figure:
            parts.append(f"<h2>{title}</h2><p>{text}</p>{render(figure)}")
    parts.append(f"<h2>All rows</h2>{make_table(rows)}")
    path = output / "report.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Treadle: benchmarks</title>'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "</html>\n"
    )
    return path


def place_of(row):
    """Rows in the order of the sets, whenever they were measured; what is in none comes last."""
    names = SETS["all"]
    return names.index(row["name"]) if row["name"] in names else len(names)


def render(figure):
    """The SVG element of a figure, which ends here."""
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return text.getvalue()[text.getvalue().index("<svg") :]


def group_rows(rows):
    """By precision and number of threads."""
    groups = {}
    for row in rows:
        groups.setdefault(describe_setting(row), []).append(row)
    return groups


def plot_ratios(rows):
    groups = group_rows([row for row in rows if row["ratios"]])
    if not groups:
        return None
    longest = max(map(len, groups.values()))
    figure, axes = pyplot.subplots(
        1, len(groups), figsize=(5.5 * len(groups), 1 + 0.55 * longest), squeeze=False
    )
    for axis, (title, group) in zip(axes[0], groups.items()):
        peers = [name for name in COLOURS if any(name in row["ratios"] for row in group)]
        height = 0.8 / len(peers)
        for i, peer in enumerate(peers):
            having = [
                (y, row["ratios"][peer]) for y, row in enumerate(group) if peer in row["ratios"]
            ]
            places = [y + (i + 0.5) * height - 0.4 for y, _ in having]
            medians = [ratio["median"] for _, ratio in having]
            axis.barh(places, medians, height, color=COLOURS[peer], label=peer)
            for place, (_, ratio) in zip(places, having):
                axis.plot(ratio["quartiles"], [place, place], color="black", linewidth=0.8)
        axis.set_yticks(range(len(group)), [row["name"] for row in group])
        axis.invert_yaxis()
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set(title=title, xscale="log", xlabel="times as fast")
        axis.xaxis.set_major_formatter(ScalarFormatter())
        axis.legend()
    figure.tight_layout()
    return figure


def plot_growth(rows, pattern, label):
    """Times of the rows whose names match, by the number in the pattern's group."""
    found = [(int(match[1]), row) for row in rows if (match := re.fullmatch(pattern, row["name"]))]
    numbers = {id(row): number for number, row in found}
    groups = group_rows([row for _, row in sorted(found, key=lambda pair: pair[0])])
    if not any(len({numbers[id(row)] for row in group}) > 1 for group in groups.values()):
        return None
    figure, axes = pyplot.subplots(1, len(groups), figsize=(5.5 * len(groups), 4), squeeze=False)
    for axis, (title, group) in zip(axes[0], groups.items()):
        for engine, colour in COLOURS.items():
            having = [row for row in group if engine in row["engines"]]
            times = [row["engines"][engine]["median_ms"] for row in having]
            if times:
                places = [numbers[id(row)] for row in having]
                axis.plot(places, times, "o-", color=colour, label=engine)
        bounds = [row["bound_ms"] for row in group]
        axis.plot([numbers[id(row)] for row in group], bounds, ":", color="grey", label="bound")
        axis.set(title=title, xscale="log", yscale="log", xlabel=label, ylabel="ms")
        axis.legend()
    figure.tight_layout()
    return figure


def plot_tokens(rows):
    return plot_growth(rows, r"minilm-1x(\d+)", "tokens")


def plot_batches(rows):
    return plot_growth(rows, r"minilm-(\d+)x128", "sentences")


def plot_product_rows(rows):
    return plot_growth(rows, r"product-(\d+)x4096x4096", "rows, columns and inner 4096")


def plot_threads(rows):
    """For each row the time with one thread over that with the most."""
    by_threads = {}
    for row in rows:
        by_threads.setdefault((row["name"], row["precision"]), {})[row["threads"]] = row
    most = max((row["threads"] for row in rows), default=1)
    pairs = [(few[1], few[most]) for few in by_threads.values() if 1 in few and most in few]
    if most == 1 or not pairs:
        return None
    figure, axis = pyplot.subplots(figsize=(8, 1 + 0.3 * len(pairs)))
    for engine, colour in COLOURS.items():
        points = [
            (one["engines"][engine]["median_ms"] / many["engines"][engine]["median_ms"], y)
            for y, (one, many) in enumerate(pairs)
            if engine in one["engines"] and engine in many["engines"]
        ]
        if points:
            axis.scatter(*zip(*points), color=colour, label=engine)
    axis.set_yticks(range(len(pairs)), [f"{one['name']}, {one['precision']}" for one, _ in pairs])
    axis.invert_yaxis()
    axis.axvline(most, color="black", linewidth=0.8)
    axis.set(xlabel=f"times as fast with {most} threads")
    axis.legend()
    return figure


def plot_rooflines(rows):
    groups = group_rows(rows)
    if not groups:
        return None
    figure, axes = pyplot.subplots(1, len(groups), figsize=(5.5 * len(groups), 4), squeeze=False)
    for axis, (title, group) in zip(axes[0], groups.items()):
        size = 1 if group[0]["precision"] == "f32" else 0.5  # of what `bytes` counts
        intensities = [row["flops"] / (row["bytes"] * size) for row in group]
        for engine, colour in COLOURS.items():
            points = [
                (intensity, row["engines"][engine]["gflops"])
                for intensity, row in zip(intensities, group)
                if engine in row["engines"]
            ]
            if points:
                axis.scatter(*zip(*points), s=14, color=colour, label=engine)
        # Neighbours slow a measurement down: the largest of each ceiling is the nearest to it.
        memory = max(row["ceilings"]["memory"] for row in group) / 1e9
        kinds = {kind for row in group for kind in row["ceilings"]} - {"memory", "footprint"}
        kinds = kinds if group[0]["precision"] == "bf16" else {"f32"}
        peak = max(row["ceilings"].get(kind, 0) for row in group for kind in kinds) / 1e9
        ends = min(intensities) / 2, max(*intensities, peak / memory) * 2
        line = [ends[0], peak / memory, ends[1]]
        axis.plot(line, [min(peak, memory * x) for x in line], color="black")
        axis.set(
            title=title, xscale="log", yscale="log", xlabel="operations a byte", ylabel="GFLOP/s"
        )
        axis.legend()
    figure.tight_layout()
    return figure


def make_table(rows):
    lines = [
        "<table><tr><th>row<th>threads<th>engine<th>ms<th>GFLOP/s<th>of the ceiling<th>error"
        "<th>Treadle is so many times as fast<th>variant</tr>"
    ]
    for row in rows:
        engines = sorted(row["engines"].items(), key=lambda item: item[1]["median_ms"])
        for i, (name, engine) in enumerate(engines):
            ratio = row["ratios"].get(name)
            text = (
                "{:.2f} ({:.2f} to {:.2f})".format(ratio["median"], *ratio["quartiles"])
                if ratio
                else ""
            )
            text += " best peer" if name == row["peer"] else ""
            error = f"{engine['error']:.1e}" + (
                "" if engine["error"] <= row["error_bound"] else " (wrong)"
            )
            kinds = " ".join(["first"] * (i == 0) + ["ours"] * (name == OURS))
            lines.append(
                f'<tr class="{kinds}"><td>{row["name"]}, {row["precision"]}<td>{row["threads"]}'
                f'<td class="text">{name}<td>{engine["median_ms"]:.3f}<td>{engine["gflops"]:.1f}'
                f"<td>{engine['share']:.0%}<td>{error}<td>{text}"
                f'<td class="text">{html.escape(engine["variant"])}</tr>'
            )
        for name, reason in row["unsupported"].items():
            lines.append(
                f'<tr><td>{row["name"]}, {row["precision"]}<td>{row["threads"]}'
                f'<td class="text">{name}<td class="text" colspan="6">{html.escape(reason)}</tr>'
            )
    return "\n".join([*lines, "</table>"])
