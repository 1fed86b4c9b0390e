"""Pictures for the assets' pages: PNG bytes from plain rows, drawn by matplotlib without a display.

One palette, direct labels, no grid where a number says it better. matplotlib is imported when a picture is drawn.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart by readers with any colour vision.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A6F5D", "#B8A100")
INK, FAINT = "#1f2933", "#7b8794"
WIDTH = 8.4  # inches; 110 dots an inch make about 920 pixels
DPI = 110
OF_KEPT = ("kept", "passages", "rows", "records", "remaining", "count", "after")


def funnel_picture(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """What is left after each step, stacked by source, top to bottom; records and passages each on their own scale.

    Args:
        rows: the funnel table: ``step``, optionally ``order``, ``source`` and ``unit``, and a count in the first of
            OF_KEPT that is there.

    Raises:
        KeyError: a row has no count.
    """
    units: dict[str, dict[str, dict[str, int]]] = {}
    sources: dict[str, None] = {}
    for row in sorted(rows, key=lambda row: int(row.get("order") or 0)):
        source = str(row.get("source") or "all")
        steps = units.setdefault(str(row.get("unit") or ""), {})
        of_step = steps.setdefault(str(row["step"]), defaultdict(int))
        of_step[source] += _kept(row)
        sources.setdefault(source)
    if len(sources) > 1:
        sources.pop("all", None)
    heights = [len(steps) for steps in units.values()] or [1]
    figure, panels = _figure(0.42 * sum(heights) + 0.9 + 0.3 * len(heights), heights)
    for axes, (unit, steps) in zip(panels, units.items()):
        _funnel_panel(axes, unit, steps, list(sources))
    return _png(figure, panels[0], list(sources))


def _funnel_panel(
    axes: Axes, unit: str, steps: Mapping[str, Mapping[str, int]], sources: Sequence[str]
) -> None:
    _stack(axes, [_words(step) for step in steps], sources, list(steps.values()))
    totals = [sum(by.get(source, 0) for source in sources) for by in steps.values()]
    for place, total in enumerate(totals):
        told = f"  {_share(total, totals[0])}" if place and totals[0] else f" {unit}"
        axes.text(total, place, f" {total:,}{told}", va="center", ha="left", color=INK, fontsize=9)
    axes.set_xlim(0, max([*totals, 1]) * 1.2)


def _share(part: int, whole: int) -> str:
    """A percentage that never rounds a loss away."""
    return (
        f"{part / whole:.0%}"
        if part == whole or part / whole < 0.995
        else f"{int(1000 * part / whole) / 10}%"
    )


def mixture_picture(by_kind: Sequence[Mapping[str, Any]]) -> bytes:
    """Examples by kind, training and validation side by side.

    Args:
        by_kind: rows with ``kind``, ``train`` and ``validation``.
    """
    rows = sorted(by_kind, key=lambda row: -(int(row["train"]) + int(row["validation"])))
    figure, (axes,) = _figure(0.5 * len(rows) + 1.1)
    splits = ["train", "validation"]
    _stack(
        axes,
        [_words(str(row["kind"])) for row in rows],
        splits,
        [{s: int(r[s]) for s in splits} for r in rows],
    )
    totals = [int(row["train"]) + int(row["validation"]) for row in rows]
    for place, (row, total) in enumerate(zip(rows, totals)):
        text = f" {total:,}  ({int(row['train']):,} + {int(row['validation']):,})"
        axes.text(total, place, text, va="center", ha="left", color=INK, fontsize=9)
    axes.set_xlim(0, max([*totals, 1]) * 1.3)
    return _png(figure, axes, splits)


def origin_flow_picture(flows: Iterable[Mapping[str, Any]]) -> bytes:
    """Which source feeds which kind, as bands between two columns; a band's width is its number of examples.

    Args:
        flows: rows with ``source``, ``kind`` and ``examples``.
    """
    widths = {(str(f["source"]), str(f["kind"])): int(f["examples"]) for f in flows if int(f["examples"]) > 0}
    left, right = _column(widths, 0), _column(widths, 1)
    total = sum(widths.values()) or 1
    gap = 0.035 * total
    figure, (axes,) = _figure(max(3.4, 0.62 * max(len(left), len(right)) + 0.8))
    tops = {0: _tops(left, gap), 1: _tops(right, gap)}
    used: dict[tuple[int, str], float] = defaultdict(float)
    colours = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(left)}
    for source, kind in sorted(widths, key=lambda key: (list(left).index(key[0]), list(right).index(key[1]))):
        width = widths[source, kind]
        a = tops[0][source] + used[0, source]
        b = tops[1][kind] + used[1, kind]
        used[0, source] += width
        used[1, kind] += width
        _band(axes, a, b, width, colours[source])
    _name_column(axes, left, tops[0], -0.02, "right", total, colours)
    _name_column(axes, right, tops[1], 1.02, "left", total, {})
    axes.set_xlim(-0.42, 1.5)
    axes.set_ylim(total + gap * max(len(left), len(right)), -gap)
    axes.axis("off")
    return _bytes(figure)


def histogram_picture(values: Sequence[float], label: str) -> bytes:
    """How a measure such as length in words is spread; the middle value is marked."""
    import numpy as np

    figure, (axes,) = _figure(2.6)
    numbers = np.asarray(values, dtype=float)
    top = float(np.quantile(numbers, 0.995)) if numbers.size else 1.0
    axes.hist(
        numbers[numbers <= top], bins=min(40, max(5, numbers.size // 20)), color=PALETTE[0], edgecolor="white"
    )
    if numbers.size:
        middle = float(np.median(numbers))
        axes.axvline(middle, color=PALETTE[5], linewidth=1.2)
        at = (middle, axes.get_ylim()[1])
        axes.annotate(f" median {middle:,.0f}", at, color=PALETTE[5], va="top", fontsize=9)
    axes.set_xlabel(label, color=INK, fontsize=9)
    _plain(axes)
    return _bytes(figure)


def _kept(row: Mapping[str, Any]) -> int:
    for name in OF_KEPT:
        if row.get(name) is not None:
            return int(row[name])
    raise KeyError(f"a funnel row needs a count in one of {', '.join(OF_KEPT)}; it has {', '.join(row)}")


def _figure(height: float, panels: Sequence[int] = (1,)) -> tuple[Figure, list[Axes]]:
    """A figure with one axes below the other, as high in proportion as ``panels`` says."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(panels), height_ratios=list(panels), squeeze=False)
    return figure, [row[0] for row in grid]


def _stack(axes: Axes, names: list[str], parts: Sequence[str], counts: Sequence[Mapping[str, int]]) -> None:
    """Horizontal bars from top to bottom, one colour a part."""
    begun = [0] * len(names)
    for number, part in enumerate(parts):
        lengths = [by.get(part, 0) for by in counts]
        colour = PALETTE[number % len(PALETTE)]
        axes.barh(range(len(names)), lengths, left=begun, color=colour, height=0.62, label=_words(part))
        begun = [a + b for a, b in zip(begun, lengths)]
    axes.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xticks([])
    _plain(axes)
    axes.spines["bottom"].set_visible(False)


def _plain(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(length=0, colors=INK, labelsize=9)


def _png(figure: Figure, axes: Axes, parts: Sequence[str]) -> bytes:
    if len(parts) > 1:
        columns = min(len(parts), 7)
        axes.legend(
            ncols=columns, frameon=False, fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1.0),
            handlelength=0.9, handleheight=0.9, columnspacing=1.2, borderaxespad=0.2,
        )  # fmt: skip
    return _bytes(figure)


def _bytes(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _column(widths: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    """Names of one side with their sums, the widest first."""
    sums: dict[str, int] = defaultdict(int)
    for key, width in widths.items():
        sums[key[side]] += width
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _tops(sums: Mapping[str, int], gap: float) -> dict[str, float]:
    tops, at = {}, 0.0
    for name, width in sums.items():
        tops[name] = at
        at += width + gap
    return tops


def _band(axes: Axes, left: float, right: float, width: float, colour: str) -> None:
    import numpy as np

    x = np.linspace(0, 1, 40)
    ease = (1 - np.cos(np.pi * x)) / 2
    middle = left + (right - left) * ease
    axes.fill_between(x, middle, middle + width, color=colour, alpha=0.55, linewidth=0)


def _name_column(
    axes: Axes,
    sums: Mapping[str, int],
    tops: Mapping[str, float],
    x: float,
    side: str,
    total: int,
    colours: Mapping[str, str],
) -> None:
    for name, width in sums.items():
        text = f"{_words(name)}  {width:,} ({width / total:.0%})"
        colour = colours.get(name, INK)
        axes.text(x, tops[name] + width / 2, text, ha=side, va="center", fontsize=9, color=INK)
        axes.plot([0, 0] if x < 0 else [1, 1], [tops[name], tops[name] + width], color=colour, linewidth=3)
