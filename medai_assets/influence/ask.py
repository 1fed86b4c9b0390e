"""Who raised an answer: from a stored adapter and a question to an `Attribution`.

What belongs here: the way through the other modules of this room, and what is kept in the folder of scratch work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from medai_assets.influence.attribution import Attribution, rank_examples, rank_records
from medai_assets.influence.gradients import Progress, Sketch, learned_gradients
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.influence.likelihood import (
    TokenisedAnswer,
    load_adapter,
    log_likelihoods,
    tokenise_answer,
    tokenise_examples,
)
from medai_assets.training.errors import TrainingError


def rank_influences(
    learned: LearnedSet,
    question: str,
    answer: str | None,
    folder: Path,
    tell: Progress,
    *,
    max_tokens: int = 120,
) -> Attribution:
    """Score every learned example, and the records behind it, by how much it raised the likelihood of an answer.

    Args:
        answer: the text; none = what the adapter answers itself, with at most ``max_tokens`` tokens.
        folder: where gradients are kept for the next question.

    Raises:
        TrainingError: the adapter cannot be used so, or the texts are too long for it.
    """
    from medai_assets.serving.load import load_tokenizer

    adapter_dir, recipe = learned.adapter.local_path(), learned.recipe
    tokenizer = load_tokenizer(adapter_dir)
    model = load_adapter(learned.base_dir, adapter_dir, recipe)
    text = answer if answer is not None else own_answer(model, tokenizer, question, max_tokens)
    one = tokenise_answer(tokenizer, "", question, text, recipe.max_length)
    texts = tokenise_examples(learned.texts, tokenizer, recipe.max_length)
    gradients = learned_gradients(model, texts, folder / "gradients", learned.adapter.data_version, tell)
    tell(0, None, "gradient of the answer")
    scores = dict(zip(texts, scored(learned, model, list(texts), gradients, one).tolist()))
    return Attribution(
        question=question,
        answer=text,
        own_answer=answer is None,
        log_likelihood=log_likelihoods(model, [one])[0],
        adapter=learned.adapter.data_version,
        examples=rank_examples(learned, scores),
        records=rank_records(learned, scores),
        licences=rank_records(learned, scores, by="licence"),
        publishers=rank_records(learned, scores, by="publisher"),
    )


def scored(
    learned: LearnedSet, model: Any, example_ids: list[str], gradients: np.ndarray, one: TokenisedAnswer
) -> np.ndarray:
    """Scores of examples for an answer, shape (examples,)."""
    times = np.array([learned.notes[key]["times"] for key in example_ids], np.float64)
    return influence(gradients, times, Sketch(model).of(model, one))


def own_answer(model: Any, tokenizer: Any, question: str, max_tokens: int) -> str:
    """What the model answers greedily.

    Raises:
        TrainingError: the model answers nothing.
    """
    from medai_assets.serving.generate import generate

    (found,) = generate(model, tokenizer, [("", question)], max_new_tokens=max_tokens)
    if not found.text.strip():
        raise TrainingError(
            "The model gives an empty answer to this, so there is no likelihood to explain",
            "Give the answer yourself: --answer “…”.",
        )
    text: str = found.text
    return text


# From gradients to scores: how much each learned example raised an answer's likelihood, by a local linear reading.
DAMPING = 0.1  # added to the curvature, relative to its mean along the learned gradients


def influence(
    learned: np.ndarray, times: np.ndarray, answer: np.ndarray, damping: float = DAMPING
) -> np.ndarray:
    """Scores, float64 of shape (examples,): positive where an example raised the answer's likelihood.

    An example's pull towards the answer is the inner product of both gradients, in the metric of the learned gradients'
    second moments (as TRAK, Park et al. 2023), times how often it was learned. Directions in which all examples pull
    alike, such as an answer's form, so count little.

    Args:
        learned: gradients of the learned examples, shape (examples, width).
        times: how often each was learned, shape (examples,).
        answer: gradient of the answer, shape (width,).
        damping: share of the mean curvature that is added to it; infinite = the plain inner product.
    """
    rows, values, count = learned.astype(np.float64), answer.astype(np.float64), len(learned)
    pulls = rows @ values
    if np.isfinite(damping):
        # The inverse over examples instead of the width (Woodbury), whichever is smaller to invert.
        added = damping * float((rows**2).sum()) / min(count, rows.shape[1])
        if count <= rows.shape[1]:
            pulls -= rows @ (rows.T @ np.linalg.solve(rows @ rows.T + added * np.eye(count), pulls))
            pulls /= added
        else:
            pulls = rows @ np.linalg.solve(rows.T @ rows + added * np.eye(rows.shape[1]), values)
    found: np.ndarray = pulls * times
    return found
