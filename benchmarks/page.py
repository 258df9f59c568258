"""The report as one page of HTML that needs nothing else: plots are SVG inside of it."""

import html
import io

from goals import goal_of, share_goal_of
from matplotlib import pyplot
from measure import OURS
from plots import (
    plot_batches,
    plot_product_rows,
    plot_ratios,
    plot_rooflines,
    plot_threads,
    plot_token_costs,
    plot_tokens,
)
from report import describe_ceilings, describe_sums, place_of

PLOTS = (
    ("Times as fast as each peer", plot_ratios, "To the right of 1, Treadle is faster. Bars end at "
     "the median over the rounds; lines go from quartile to quartile. Pale bars are of results whose "
     "error is above the row's bound."),
    ("Roofline", plot_rooflines, "Each point is a row in an engine; the lines are the peaks and "
     "what memory feeds. Points above them work on what stays in a cache."),
    ("Time by tokens, one sentence", plot_tokens, ""),
    ("Time by batch, 128 tokens each", plot_batches, ""),
    ("Cost of a real token", plot_token_costs, "Level where the cost grows with the tokens and "
     "with nothing else."),
    ("Time by rows of a product", plot_product_rows, ""),
    ("Times as fast with more threads", plot_threads, ""),
)  # fmt: skip
STYLE = """body { font: 15px sans-serif; max-width: 80em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; font-size: 13px } td, th { padding: .15em .6em; text-align: right }
td { white-space: nowrap } td.free { white-space: normal }
td:first-child, th:first-child, td.text, th.text { text-align: left }
tr.ours { font-weight: bold } tr.first td { border-top: 1px solid #999 }
td.met { color: #1b7837 } td.missed { color: #b2182b } td.wrong { color: #b2182b }
svg { max-width: 100%; height: auto } p.small { color: #555; font-size: 13px }"""


def write_page(report, output):
    """Writes report.html into a folder; returns its path."""
    rows, machine = sorted(report["rows"], key=place_of), report["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    parts = [
        "<h1>Treadle beside other engines</h1>",
        f"<p>{html.escape(machine['cpu'])}, {machine['cpus']} CPUs, {html.escape(machine['system'])}</p>",
        f'<p class="small">{html.escape(versions)}</p>',
        f"<h2>Summary</h2>{make_summary(rows)}",
    ]
    parts += [f"<p>{html.escape(text)}</p>" for text in describe_sums(rows)]
    for title, plot, text in PLOTS:
        figure = plot(rows)
        if figure:
            parts.append(f"<h2>{title}</h2><p>{text}</p>{render(figure)}")
    parts.append(f"<h2>All rows</h2>{make_table(rows)}")
    path = output / "report.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Treadle: benchmarks</title>'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "</html>\n"
    )
    return path


def render(figure):
    """The SVG element of a figure, which ends here."""
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return text.getvalue()[text.getvalue().index("<svg") :]


def make_goal(value, goal):
    """A cell with a goal, and whether it is met."""
    if goal is None:
        return "<td>"
    return f'<td class="{"met" if value >= goal else "missed"}">{goal:g}'


def make_summary(rows):
    """Ours beside the best peer, a line for each row."""
    lines = [
        '<table><tr><th>row<th>threads<th>ms<th class="text">best peer<th>ms<th>times as fast'
        "<th>goal<th>of the ceiling<th>goal<th>error<th>the peer's</tr>"
    ]
    for row in rows:
        if OURS not in row["engines"]:
            continue
        ours, peer = row["engines"][OURS], row["peer"]
        cells = [f"{row['name']}, {row['precision']}", row["threads"], f"{ours['median_ms']:.3f}"]
        text = "<tr><td>" + "<td>".join(map(str, cells))
        share = ours["share"]
        if peer:
            theirs, ratio = row["engines"][peer], row["ratios"][peer]["median"]
            text += f'<td class="text">{peer}<td>{theirs["median_ms"]:.3f}<td>{ratio:.2f}'
            text += make_goal(ratio, goal_of(row))
        else:
            text += '<td class="text">none<td><td><td>'
        text += f"<td>{share:.1%}{make_goal(share, share_goal_of(row))}<td>{ours['error']:.1e}"
        lines.append(text + (f"<td>{theirs['error']:.1e}" if peer else "<td>") + "</tr>")
    return "\n".join([*lines, "</table>"])


def make_table(rows):
    """All engines, by time."""
    lines = [
        '<table><tr><th>row<th class="text">engine<th>ms<th>GFLOP/s<th>of the ceiling<th>error'
        '<th>Treadle is so many times as fast<th class="text">variant</tr>'
    ]
    for row in rows:
        lines.append(
            f'<tr class="first"><td colspan="8">{row["name"]}, {row["precision"]}, {row["threads"]}'
            f" thread{'s' if row['threads'] > 1 else ''}: {describe_ceilings(row)}</tr>"
        )
        engines = sorted(row["engines"].items(), key=lambda item: item[1]["median_ms"])
        for name, engine in engines:
            ratio = row["ratios"].get(name)
            text = (
                "{:.2f} ({:.2f} to {:.2f})".format(ratio["median"], *ratio["quartiles"])
                if ratio
                else ""
            )
            text += " best peer" if name == row["peer"] else ""
            right = engine["error"] <= row["error_bound"]
            lines.append(
                f'<tr class="{"ours" if name == OURS else ""}"><td><td class="text">{name}'
                f"<td>{engine['median_ms']:.3f}<td>{engine['gflops']:.1f}<td>{engine['share']:.0%}"
                f'<td class="{"" if right else "wrong"}">{engine["error"]:.1e}'
                f"{'' if right else ' (wrong)'}<td>{text}"
                f'<td class="text free">{html.escape(engine["variant"])}</tr>'
            )
        for name, reason in row["unsupported"].items():
            lines.append(
                f'<tr><td><td class="text">{name}<td class="text free" colspan="6">'
                f"{html.escape(reason)}</tr>"
            )
    return "\n".join([*lines, "</table>"])
