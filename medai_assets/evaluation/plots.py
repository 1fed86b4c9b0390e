"""Pictures of a report: scores with intervals, losses by kind, and what is said when it triages. PNG, drawn without a display."""

from __future__ import annotations

import io
from typing import Any

from medai_assets.evaluation.plain_words import NAMES
from medai_assets.foundation.vocabularies import TRIAGE_LEVELS

BASE, TUNED, INK = "#9aa5b1", "#0b7285", "#1f2933"


def pictures(report: dict[str, Any]) -> dict[str, bytes]:
    """PNG bytes by file name; only of what the report has items for."""
    drawn = {"scores.png": scores_picture(report)}
    if report["losses"]:
        drawn["losses.png"] = losses_picture(report)
    if any(any(row.values()) for row in report["triage_confusion"]["base"].values()):
        drawn["triage.png"] = triage_picture(report)
    return drawn


def scores_picture(report: dict[str, Any]) -> bytes:
    """Bars of base and tuned by kind and benchmark, with what the difference shows beside."""
    rows, names = report["summary"][::-1], report.get("names", NAMES)
    figure, axes = _figure(0.62 * len(rows) + 1.2)
    for place, row in enumerate(rows):
        axes.barh(
            place + 0.18, row["base"], height=0.34, color=BASE, label=names["base"] if place == 0 else None
        )
        axes.barh(
            place - 0.18, row["tuned"], height=0.34, color=TUNED, label=names["tuned"] if place == 0 else None
        )
        error = [[max(0.0, row["difference"] - row["low"])], [max(0.0, row["high"] - row["difference"])]]
        axes.errorbar(row["tuned"], place - 0.18, xerr=error, color=INK, capsize=2, linewidth=1)
        end = max(row["base"], row["base"] + row["high"], row["tuned"]) + 0.02
        axes.text(end, place, f"{row['words']}  (n={row['items']})", va="center", fontsize=8, color=INK)
    axes.set_yticks(
        range(len(rows)), [f"{r['what'].replace('_', ' ')}\n{r['score']}" for r in rows], fontsize=8
    )
    axes.set_xlim(0, 1.45)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25 %", "50 %", "75 %", "100 %"], fontsize=8)
    against = f"{names['tuned'].capitalize()} against {names['base']}"
    _finish(
        axes,
        f"{against} on the same held-out items; whiskers: 95 % interval of the difference",
        "lower right",
    )
    return _png(figure)


def losses_picture(report: dict[str, Any]) -> bytes:
    """Held-out loss a token of both models, by kind."""
    rows, names = report["losses"], report.get("names", NAMES)
    figure, axes = _figure(3.2)
    for place, row in enumerate(rows):
        for offset, which, colour in ((-0.2, "base", BASE), (0.2, "tuned", TUNED)):
            value = row[f"{which}_loss"]
            axes.bar(
                place + offset, value, width=0.38, color=colour, label=names[which] if place == 0 else None
            )
            axes.text(place + offset, value, f"{value:.2f}", ha="center", va="bottom", fontsize=7, color=INK)
    axes.set_xticks(range(len(rows)), [r["kind"].replace("_", "\n") for r in rows], fontsize=8)
    axes.set_ylabel("nats a token", fontsize=8)
    _finish(axes, "Loss on held-out answers by kind; lower is better", "upper right")
    return _png(figure)


def triage_picture(report: dict[str, Any]) -> bytes:
    """Confusion of triage levels of both models: the source's level in rows, the answer's in columns."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns, names = [*TRIAGE_LEVELS, "none"], report.get("names", NAMES)
    figure = Figure(figsize=(9, 3.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for number, which in enumerate(("base", "tuned")):
        axes = figure.add_subplot(1, 2, number + 1)
        table = report["triage_confusion"][which]
        counts = [[table[level][column] for column in columns] for level in TRIAGE_LEVELS]
        axes.imshow(counts, cmap="Blues", vmin=0)
        top = max(1, *(max(row) for row in counts))
        for y, row in enumerate(counts):
            for x, count in enumerate(row):
                axes.text(
                    x,
                    y,
                    count,
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if count > top / 2 else INK,
                )
        axes.set_xticks(range(len(columns)), [c.replace("_", "\n") for c in columns], fontsize=8)
        axes.set_yticks(range(len(TRIAGE_LEVELS)), [c.replace("_", " ") for c in TRIAGE_LEVELS], fontsize=8)
        axes.set_title(
            f"{names[which]}: level in the answer (columns), in the source (rows)",
            fontsize=9,
            loc="left",
            color=INK,
        )
    return _png(figure)


def _figure(height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _finish(axes: Any, title: str, legend: str) -> None:
    axes.set_title(title, fontsize=9, loc="left", color=INK)
    axes.legend(frameon=False, fontsize=8, loc=legend)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
