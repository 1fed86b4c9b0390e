"""The sample training against the best hand-tuned loop of the same model on this machine.

    python benchmarks/train_cpu.py [STEPS]

Both train the same LoRA over the same packed rows for the same steps, in float32, on the same threads. The loops written
by hand are plain PyTorch over transformers and PEFT without log, metrics, callbacks or checkpoints: one attends to packed
documents one by one, one under a block-diagonal mask; both project labelled positions only. CPU seconds of the steps
are compared, without the first one, in turns; the best turn of each counts. The model is the sample kit's (prepared once,
which takes a quarter of a minute), or a small random one of the same family where there is no kit.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from common import REPOSITORY, kit_folder, measure_in_process, print_ratio, print_table

TARGET = 1.3
WARM = 1
WORDS = (
    "fever",
    "cough",
    "dose",
    "tablet",
    "doctor",
    "rash",
    "pain",
    "water",
    "rest",
    "daily",
    "child",
    "risk",
)


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        # imports the package, which sets how threads wait, for all alike
        model_dir = _model_dir(Path(folder))
        best: dict[str, float] = {}
        for contestant in (by_hand_documents, ours, by_hand_mask, by_hand_documents, ours):
            seconds = measure_in_process(contestant, str(model_dir), steps).value
            best[contestant.__name__] = min(seconds, best.get(contestant.__name__, float("inf")))
    tokens = steps * _recipe().max_length
    print_table(
        ["loop", "CPU s", "tokens a CPU s"],
        [[name, seconds, tokens / seconds] for name, seconds in best.items()],
    )
    hand = min(seconds for name, seconds in best.items() if name != "ours")
    print_ratio("train-cpu", best["ours"] / hand, TARGET)


def ours(model_dir: str, steps: int) -> float:
    """CPU seconds of the project's trainer."""
    from transformers import PrinterCallback, TrainerCallback
    from trl import SFTConfig

    from medai_assets.training import data, speed
    from medai_assets.training.callbacks import ProgressCallback, Throughput
    from medai_assets.training.learned import ExamplesFed
    from medai_assets.training.reporting import Reporter
    from medai_assets.training.trainer import Trainer

    class Marks(TrainerCallback):
        began = ended = 0.0

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == WARM:
                Marks.began = time.process_time()
            Marks.ended = time.process_time()

    model, tokenizer, encoded, levers = _prepared(model_dir, steps)
    recipe, throughput = _recipe(), Throughput(flop_per_token=0.0, peak_flops=1.0)
    with tempfile.TemporaryDirectory() as folder:
        arguments = SFTConfig(
            output_dir=folder, max_steps=steps + WARM, per_device_train_batch_size=1, max_length=recipe.max_length, packing=True,
            gradient_checkpointing=False, learning_rate=recipe.learning_rate, logging_steps=1, save_strategy="no",
            report_to="none", disable_tqdm=True, use_cpu=True, bf16=False, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = Trainer(
            levers=levers, throughput=throughput, fed=ExamplesFed(encoded.table), model=model, args=arguments,
            processing_class=tokenizer, train_dataset=data.as_dataset(encoded.table),
            callbacks=[ProgressCallback(Reporter(), throughput), Marks()],
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        with speed.applied(levers, trainer.model):
            trainer.train()
    return Marks.ended - Marks.began


def by_hand_documents(model_dir: str, steps: int) -> float:
    """CPU seconds of a plain loop whose attention goes over the documents of a row."""
    return _by_hand(model_dir, steps, masked=False)


def by_hand_mask(model_dir: str, steps: int) -> float:
    """CPU seconds of a plain loop with a dense block-diagonal mask."""
    return _by_hand(model_dir, steps, masked=True)


def _by_hand(model_dir: str, steps: int, *, masked: bool) -> float:
    import torch

    model, _, encoded, _ = _prepared(model_dir, steps, attention="sdpa" if masked else None)
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=_recipe().learning_rate, weight_decay=0.0)
    began = 0.0
    for step, row in enumerate(islice(_rows(encoded, masked), steps + WARM)):
        if step == WARM:
            began = time.process_time()
        labels = row.pop("labels")
        positions = (labels[1:] != -100).nonzero().flatten()
        logits = model(**row, use_cache=False, logits_to_keep=positions).logits.flatten(0, 1)
        torch.nn.functional.cross_entropy(logits, labels[1:][positions]).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
    return time.process_time() - began


def _rows(encoded: Any, masked: bool) -> Iterator[dict[str, Any]]:
    """Packed rows in the trainer's own order of packing, with positions and document bounds or a mask."""
    import torch
    from trl import pack_dataset

    from medai_assets.training import data

    for row in pack_dataset(data.as_dataset(encoded.table), _recipe().max_length, "bfd"):
        lengths = torch.tensor(row["seq_lengths"])
        document = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
        made = {
            "input_ids": torch.tensor(row["input_ids"])[None],
            "labels": torch.tensor(row["labels"]),
            "position_ids": torch.cat([torch.arange(length) for length in lengths.tolist()])[None],
        }
        if masked:
            made["attention_mask"] = (document[:, None] == document[None]).tril()[None, None]
        else:
            made["cu_seq_lens_q"] = torch.cat([torch.zeros(1), lengths.cumsum(0)]).to(torch.int32)
        yield made


def _prepared(model_dir: str, steps: int, attention: str | None = None) -> tuple[Any, Any, Any, Any]:
    import torch

    from medai_assets.training import attention as varlen
    from medai_assets.training import data, speed
    from medai_assets.training.architecture import Architecture
    from medai_assets.training.chat import load_tokenizer
    from medai_assets.training.load import load_for_training
    from medai_assets.training.machine import find_machine

    recipe = _recipe()
    torch.manual_seed(0)
    speed.prepare_torch(recipe)
    varlen.register()
    levers = speed.choose(recipe, Architecture.of_directory(Path(model_dir)), find_machine())
    levers = replace(levers, attention=attention or levers.attention)
    tokenizer = load_tokenizer(Path(model_dir), recipe)
    encoded = data.encode_table(_examples(steps), tokenizer, recipe.max_length)
    return load_for_training(Path(model_dir), recipe, levers, device="cpu"), tokenizer, encoded, levers


def _recipe() -> Any:
    from medai_assets.training.recipe import load_recipe

    return load_recipe("smollm2-135m").model_copy(update={"chat_template": "chatml", "precision": "fp32"})


def _examples(steps: int) -> Any:
    """Made-up questions and answers of about 160 tokens, more than the steps need."""
    import numpy as np
    import pyarrow as pa

    generator = np.random.default_rng(0)
    rows = []
    for i in range(4 * (steps + WARM + 2)):
        prompt, completion = (
            " ".join(generator.choice(WORDS, int(generator.integers(*n)))) for n in ((15, 40), (40, 120))
        )
        rows.append(
            {
                "example_id": f"e{i}",
                "kind": "made",
                "system": "Answer with care.",
                "prompt": prompt,
                "completion": completion,
            }
        )
    return pa.Table.from_pylist(rows)


def _model_dir(folder: Path) -> Path:
    from medai_assets.training.base_model import prepare_base_model
    from medai_assets.training.recipe import load_recipe

    recipe, models = load_recipe("smollm2-135m"), REPOSITORY / "data" / "models"
    if list(kit_folder().glob(str(recipe.kit_file).split("!")[0])):
        return prepare_base_model(recipe, models, kit_folder())
    from train_case import TINY, make_model

    from medai_assets.training.architecture import published_config

    make_model((published_config(recipe.hub_id) or {}) | TINY, folder)
    return folder


if __name__ == "__main__":
    main()
