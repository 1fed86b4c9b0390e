"""Pictures of a run, drawn without a display."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any


def loss_curve(history: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """Training loss by step, with validation loss of each kind, as PNG bytes.

    Args:
        history: entries with `step` and `loss`, or `step` and `eval_<kind>_loss`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    trained = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]
    if trained:
        axes.plot(*zip(*trained, strict=True), color="0.75", linewidth=1, label="training")
    for name in sorted(
        {key for entry in history for key in entry if key.startswith("eval_") and key.endswith("_loss")}
    ):
        points = [(entry["step"], entry[name]) for entry in history if name in entry]
        kind = name.removeprefix("eval_").removesuffix("_loss").replace("_", " ")
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1.2, label=kind)
    for name in ("eval_loss",):
        points = [(entry["step"], entry[name]) for entry in history if name in entry]
        if points:
            axes.plot(*zip(*points, strict=True), color="black", linewidth=2, label="validation, all kinds")
    axes.set(title=title, xlabel="step", ylabel="loss (nats a token)")
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
