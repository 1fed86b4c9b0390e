"""Pictures of a report: base against tuned with intervals, and what the model says when it triages."""

from __future__ import annotations

import io
from typing import Any

BASE, TUNED, INK = "#9aa5b1", "#0b7285", "#1f2933"


def scores_picture(report: dict[str, Any]) -> bytes:
    """Bars of base and tuned by kind and benchmark, with the difference's verdict beside; PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = report["summary"][::-1]
    figure, axes = plt.subplots(figsize=(9, 0.62 * len(rows) + 1.2), layout="constrained")
    for place, row in enumerate(rows):
        axes.barh(place + 0.18, row["base"], height=0.34, color=BASE, label="base" if place == 0 else None)
        axes.barh(place - 0.18, row["tuned"], height=0.34, color=TUNED, label="tuned" if place == 0 else None)
        error = [[max(0.0, row["difference"] - row["low"])], [max(0.0, row["high"] - row["difference"])]]
        axes.errorbar(row["tuned"], place - 0.18, xerr=error, color=INK, capsize=2, linewidth=1)
        end = max(row["base"], row["base"] + row["high"], row["tuned"]) + 0.02
        axes.text(end, place, f"{row['verdict']}  (n={row['items']})", va="center", fontsize=8, color=INK)
    axes.set_yticks(
        range(len(rows)), [f"{r['what'].replace('_', ' ')}\n{r['score']}" for r in rows], fontsize=8
    )
    axes.set_xlim(0, 1.45)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25 %", "50 %", "75 %", "100 %"], fontsize=8)
    axes.set_title("Tuned against base on the same held-out items; whiskers: 95 % interval of the difference",
                   fontsize=9, loc="left", color=INK)  # fmt: skip
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _png(figure: Any) -> bytes:
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
