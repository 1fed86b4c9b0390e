"""One case of `train_gpu.py` in a process of its own: a random-weight model, packed documents, timed steps.

    python benchmarks/train_case.py FAMILY CASE MODEL_DIR STEPS [tiny]

CASE is `make` (write the model), `default` (TRL's SFTTrainer as it comes), or this project's trainer: `lora`, `qlora`
(as fast as the memory allows), `qlora-16` (with the recomputation that a 16 GB card asks for).
The last line printed is the result as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    TrainerCallback,
)
from trl import SFTConfig, SFTTrainer

from medai_assets.training import attention, speed
from medai_assets.training.architecture import Architecture, published_config, text_config
from medai_assets.training.callbacks import Throughput
from medai_assets.training.learned import ExamplesFed
from medai_assets.training.load import load_for_training, lora_config
from medai_assets.training.machine import find_machine
from medai_assets.training.recipe import Recipe, load_recipe
from medai_assets.training.trainer import Trainer

RECIPES = {"mistral": "mistral-7b", "llama": "llama-3-8b", "qwen2": "qwen-7b"}
DOCUMENT = 300  # mean tokens
WARM = 3  # steps before the clock starts
TINY = {"vocab_size": 1024, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32}  # fmt: skip


class Timer(TrainerCallback):
    """Seconds from the end of the warm-up to the end of the last step."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0
        self.steps = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if state.global_step == WARM:
            self.began = time.perf_counter()
        self.ended, self.steps = time.perf_counter(), state.global_step - WARM


def main() -> None:
    family, case, model_dir, steps = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    tiny = "tiny" in sys.argv[5:]
    recipe = load_recipe(RECIPES[family])
    values = (published_config(recipe.hub_id) or {}) | (TINY if tiny else {})
    shapes = Architecture.of_config(values, recipe.hub_id)
    if case == "make":
        make_model(values, model_dir)
        return
    changes: dict[str, Any] = {
        "method": "lora" if case in ("default", "lora") else "qlora",
        "deterministic": False,
    }
    changes |= {"checkpointing": "full"} if case == "qlora-16" else {}
    changes |= {"batch_size": 2, "max_length": 256} if tiny else {}
    print(
        json.dumps(
            {"family": family, "case": case}
            | measure(recipe.model_copy(update=changes), shapes, case, model_dir, steps)
        )
    )


def measure(recipe: Recipe, shapes: Architecture, case: str, model_dir: Path, steps: int) -> dict[str, Any]:
    """Tokens a second over the timed steps, peak memory, and losses."""
    machine = find_machine()
    cuda = machine.device == "cuda"
    device = torch.device("cuda" if cuda else "cpu")
    levers = speed.choose(recipe, shapes, machine)
    speed.prepare_torch(recipe)
    attention.register()
    peak = speed.measured_peak(device, levers.dtype)
    throughput, timer = Throughput(shapes.flop_per_token(context=DOCUMENT), peak), Timer()
    tokens = recipe.batch_size * recipe.max_length
    data = documents(tokens * (steps + WARM + 2), shapes.vocab_size)
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "output_dir": folder, "max_steps": steps + WARM, "per_device_train_batch_size": recipe.batch_size,
            "max_length": recipe.max_length, "packing": True, "logging_steps": 1, "save_strategy": "no", "report_to": "none",
            "disable_tqdm": True, "use_cpu": not cuda, "learning_rate": 1e-5, "dataloader_pin_memory": cuda,
            "bf16": levers.bf16,
        }  # fmt: skip
        if case == "default":
            trainer = _default(model_dir, recipe, arguments, data, tokenizer, timer, device)
            trainer.train()
        else:
            trainer = _ours(model_dir, recipe, arguments, data, tokenizer, timer, levers, throughput, device)
            with speed.applied(levers, trainer.model):
                trainer.train()
    rate = timer.steps * tokens / (timer.ended - timer.began)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    ours = f"{levers.attention}, recompute {levers.checkpointing}, fused {'yes' if levers.fused_kernels else 'no'}"
    return {
        "tokens_per_second": rate,
        "peak_gib": torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0,
        "utilisation": rate * throughput.flop_per_token / peak,
        "loss": [losses[0], losses[-1]],
        "levers": "TRL's defaults" if case == "default" else ours,
        "device": torch.cuda.get_device_name() if cuda else machine.name,
    }


def _default(model_dir: Path, recipe: Recipe, arguments: dict[str, Any], data: Dataset, tokenizer: Any, timer: Timer,
             device: torch.device) -> SFTTrainer:  # fmt: skip
    """TRL as a first user runs it: packing on, everything else at its default."""
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.bfloat16, device_map={"": device})
    return SFTTrainer(
        model=model, args=SFTConfig(**arguments), train_dataset=data, processing_class=tokenizer,
        peft_config=lora_config(recipe, model.config.num_hidden_layers), callbacks=[timer],
    )  # fmt: skip


def _ours(model_dir: Path, recipe: Recipe, arguments: dict[str, Any], data: Dataset, tokenizer: Any, timer: Timer,
          levers: speed.Levers, throughput: Throughput, device: torch.device) -> Trainer:  # fmt: skip
    recompute: dict[str, Any] = {"gradient_checkpointing": levers.checkpointing != "none"}
    if levers.checkpointing != "none":
        recompute["gradient_checkpointing_kwargs"] = {"use_reentrant": False}
    return Trainer(
        levers=levers, throughput=throughput, fed=ExamplesFed(data.with_format("arrow")[:]),
        model=load_for_training(model_dir, recipe, levers, device=device.type),
        args=SFTConfig(**(arguments | recompute)), train_dataset=data, processing_class=tokenizer, callbacks=[timer],
    )  # fmt: skip


def make_model(values: dict[str, Any], directory: Path) -> None:
    """Random weights of a config as bf16 safetensors, with a tokenizer of single bytes."""
    config = text_config(values | {"pad_token_id": None, "bos_token_id": None, "eos_token_id": 0}, "made")
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(directory)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({"</s>": 0} | {letter: i + 1 for i, letter in enumerate(alphabet)}, []))
    PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>", pad_token="</s>").save_pretrained(
        directory
    )


def documents(tokens: int, vocabulary: int) -> Dataset:
    """Random documents of 150 to 450 tokens (a quarter of it in tiny vocabularies), their second half labelled."""
    generator = np.random.default_rng(0)
    shrink = 4 if vocabulary <= TINY["vocab_size"] else 1
    rows: dict[str, list[list[int]]] = {"input_ids": [], "labels": []}
    made = 0
    while made < tokens:
        length = int(generator.integers(DOCUMENT // 2, DOCUMENT * 3 // 2)) // shrink
        ids = generator.integers(1, vocabulary, length).tolist()
        rows["input_ids"].append(ids)
        rows["labels"].append([-100] * (length // 2) + ids[length // 2 :])
        made += length
    return Dataset.from_dict(rows)


if __name__ == "__main__":
    main()
