"""How far `medai influence` can be believed: its scores against what leaving out really changes.

    MEDAI_DATA=… python benchmarks/influence.py RECIPE MINUTES

Takes the stored adapter of a recipe, whose training should be short (docs/influence.md names one). Questions are learned
examples and held-out ones with their own answers. First `prove` runs for one learned question (three records, three
seeds); then, until the minutes are over, random sets of three in ten learned examples are left out, each trained again
with one seed. Told are, for each way to score, the rank correlation over these sets between the likelihood's change that
the scores predict and the real one, by question, beside what other seeds alone change. What was trained is kept, so that
the same command goes on.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import REPOSITORY, print_table, stop

sys.path.insert(0, str(REPOSITORY))
QUESTIONS = 4  # learned, and as many held out
LEFT_OUT = 0.3  # of the learned examples, in a random set
SEEDS = 3
DAMPINGS = {"inner product": float("inf"), "damping 1": 1.0, "damping 0.1": 0.1, "damping 0.01": 0.01}


def main() -> None:
    from scipy.stats import spearmanr

    from medai_assets.influence.ask import influence
    from medai_assets.influence.gradients import Sketch, learned_gradients
    from medai_assets.influence.likelihood import load_adapter, tokenise_examples
    from medai_assets.influence.prove import interval_text, judged, prove
    from medai_assets.influence.retrain import Retraining
    from medai_assets.serving.load import load_tokenizer

    ends = time.monotonic() + 60 * float(sys.argv[2])
    learned, folder = _learned_set(sys.argv[1])
    most = learned.recipe.max_length
    tokenizer = load_tokenizer(learned.adapter.local_path())
    texts = tokenise_examples(learned.texts, tokenizer, most)
    held_out = tokenise_examples(learned.validation, tokenizer, most)
    asked = _some(texts, QUESTIONS) | _some(held_out, QUESTIONS)
    model = load_adapter(learned.base_dir, learned.adapter.local_path(), learned.recipe)
    gradients = learned_gradients(
        model, texts, folder / "gradients", learned.adapter.data_version, lambda *_: None
    )
    sketch = Sketch(model)
    answers = {key: sketch.of(model, one) for key, one in asked.items()}
    times = np.array([learned.notes[key]["times"] for key in texts], float)
    scores = {
        name: {key: influence(gradients, times, answer, damping) for key, answer in answers.items()}
        for name, damping in DAMPINGS.items()
    }
    lengths = np.linalg.norm(gradients, axis=1)
    scores["cosine"] = {
        key: influence(gradients / lengths[:, None], times, answer, float("inf"))
        for key, answer in answers.items()
    }
    del model
    print(f"{len(texts)} learned examples, {len(dict(learned.records()))} records")

    quick = replace(learned, validation=learned.validation.slice(0, 1))
    retraining = Retraining(quick, folder / "retrained", _in_this_process)
    first = next(iter(asked))
    proof = prove(
        quick,
        _attribution(quick, list(texts), scores["damping 0.1"][first]),
        asked[first],
        retraining,
        3,
        SEEDS,
        _say,
    )
    print_table(
        ["seed", "all", "without top", "without random", "fell more by"],
        [
            [t.seed, *(f"{v:.3f}" for v in (t.all_learned, t.without_top, t.without_random, t.fell_more))]
            for t in proof.trials
        ],
    )
    print(f"mean {proof.fell_more:.3f}, 95 % {interval_text(proof.interval)}: {proof.verdict}")

    def heard(without: list[str], seed: int) -> np.ndarray:
        return np.array(
            _remembered(retraining, without, seed, lambda to: judged(quick, to, list(asked.values())))
        )

    full = np.stack([heard([], learned.recipe.seed + n) for n in range(SEEDS)])
    changes, sets = [], []
    number = 0
    while time.monotonic() < ends or number < 6:
        without = _random_set(list(texts), number)
        changes.append(heard(without, learned.recipe.seed) - full[0])
        sets.append(np.isin(list(texts), without).astype(float))
        number += 1
    real, out = np.stack(changes), np.stack(sets)
    predicted = {name: [-out @ found[key] for key in asked] for name, found in scores.items()}
    predicted["length of gradients"] = [-out @ lengths] * len(asked)
    rows = []
    for name, changes_of in predicted.items():
        rhos = [spearmanr(one, real[:, n]).statistic for n, one in enumerate(changes_of)]
        means = np.mean(rhos[:QUESTIONS]), np.mean(rhos[QUESTIONS:])
        rows.append([name, *(f"{rho:+.2f}" for rho in (*rhos, *means))])
    print(f"{number} random sets; rank correlation of predicted and real change, by question")
    heads = [f"learned {n + 1}" for n in range(QUESTIONS)] + [f"held out {n + 1}" for n in range(QUESTIONS)]
    print_table(["scores", *heads, "mean learned", "mean held out"], rows)
    print_table(
        ["standard deviation, nats a token", *heads],
        [
            ["of the change over sets", *(f"{v:.3f}" for v in real.std(0, ddof=1))],
            ["over seeds, nothing left out", *(f"{v:.3f}" for v in full.std(0, ddof=1))],
        ],
    )


def _learned_set(name: str) -> Any:
    from medai_assets.commands.stored_models import base_directory, require_trained
    from medai_assets.influence.learned_set import LearnedSet
    from medai_assets.settings import get_settings
    from medai_assets.storage import Store
    from medai_assets.withdrawals.scratch import influence_folder

    settings = get_settings()
    store = Store(settings.store_root)
    if store.current("lora_adapter", name) is None:
        stop(f"There is no lora_adapter[{name}]: `medai run -s '+lora_adapter[{name}]'` makes it.")
    trained = require_trained(store, "lora_adapter", name)
    learned = LearnedSet.of(store, trained.stored, trained.recipe, base_directory(settings, trained.recipe))
    return learned, influence_folder(settings.work_dir, learned.adapter.input)


def _some(texts: dict[str, Any], count: int) -> dict[str, Any]:
    """So many of the examples, by their ids' hashes."""
    chosen = sorted(texts, key=lambda key: hashlib.sha256(key.encode()).hexdigest())[:count]
    return {key: texts[key] for key in chosen}


def _attribution(learned: Any, keys: list[str], scores: np.ndarray) -> Any:
    from medai_assets.influence.attribution import Attribution, rank_records

    records = rank_records(learned, dict(zip(keys, scores.tolist())))
    return Attribution(
        question="", answer="", own_answer=False, log_likelihood=0.0, adapter="", examples=[], records=records,
        licences=[], publishers=[],
    )  # fmt: skip


def _random_set(keys: list[str], number: int) -> list[str]:
    order = sorted(keys, key=lambda key: hashlib.sha256(f"{number}:{key}".encode()).hexdigest())
    return order[: round(LEFT_OUT * len(keys))]


def _remembered(retraining: Any, without: list[str], seed: int, judge: Any) -> list[float]:
    place: Path = retraining.adapter(without, seed)
    file = place.parent / "heard.json"
    if not file.is_file():
        file.write_text(json.dumps(judge(place)))
        _say(f"{time.strftime('%H:%M:%S')} {len(without)} left out, seed {seed}: {file.read_text()}")
    return json.loads(file.read_text())


def _in_this_process(job: Any) -> None:
    from medai_assets.training.reporting import Reporter
    from medai_assets.training.train import run

    run(job, Reporter())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
