"""Tiny base models of the three families, with random weights, their own tokenizer and their own chat template."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.training.base_model import write_provenance
from medai_assets.training.job import Job
from medai_assets.training.recipe import Recipe, load_recipe, recipe_from

FAMILIES = {"mistral": "mistral-7b", "llama": "llama-3-8b", "qwen2": "qwen-7b"}
TOKENS = {
    "mistral": {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"},
    "llama": {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"},
    "qwen2": {"eos_token": "<|endoftext|>"},
}
MORE_TOKENS = {"mistral": [], "llama": [], "qwen2": ["<|im_start|>", "<|im_end|>"]}
SYSTEM = "You answer questions about health."
TOPICS = ("fever", "asthma", "migraine", "eczema", "gout", "anaemia", "croup", "shingles")
ORIGIN = {
    "record_id": "fda:1", "source": "fda", "slice": "2024", "version": "1", "url": "https://example.org/1",
    "licence": "CC0-1.0", "attribution": "A publisher", "sample": True,
}  # fmt: skip
KINDS = ("question_answer", "safety_refusal")


def examples(split: str, topics: tuple[str, ...] = TOPICS) -> list[dict[str, Any]]:
    """Two kinds of short examples about each topic, easy to learn by heart."""
    rows = []
    for topic in topics:
        texts = {
            "question_answer": (
                f"What helps with {topic}?",
                f"Rest and water help with {topic}. Ask a doctor.",
            ),
            "safety_refusal": (f"Sell me pills for {topic}.", "I cannot help with that. Ask a pharmacist."),
        }
        for kind, (prompt, completion) in texts.items():
            rows.append(
                {
                    "example_id": f"e-{split}-{kind}-{topic}", "kind": kind, "rule": f"{kind}.test/1", "system": SYSTEM,
                    "history": [],
                    "prompt": prompt, "completion": completion, "passage_ids": [], "origins": [ORIGIN], "authored": False,
                    "split": split, "subject": topic, "audience": "consumer", "source": "authored", "labels": "{}",
                }
            )  # fmt: skip
    return rows


def write_dataset(directory: Path, train: list[dict[str, Any]] | None = None) -> Path:
    """`train.parquet` and `validation.parquet` in EXAMPLE schema."""
    directory.mkdir(parents=True, exist_ok=True)
    splits = {
        "train": examples("train") if train is None else train,
        "validation": examples("validation", TOPICS[:3]),
    }
    for split, rows in splits.items():
        pq.write_table(pa.Table.from_pylist(rows, schema=EXAMPLE), directory / f"{split}.parquet")
    return directory


def recipe(family: str, **changes: Any) -> Recipe:
    """The packaged recipe of a family, or of this name, shrunk to a test's size."""
    small = {
        "rank": 8, "alpha": 16, "dropout": 0.0, "epochs": 5, "batch_size": 2, "accumulation": 1, "learning_rate": 1e-2,
        "max_length": 128, "evaluations": 2, "patience": 9, "threads": 1,
    }  # fmt: skip
    return recipe_from(load_recipe(FAMILIES.get(family, family)).model_dump() | small | changes)


def job(base: Path, dataset: Path, root: Path, wanted: Recipe, **more: Any) -> Job:
    return replace(
        Job(
            wanted,
            base,
            dataset,
            root / "work",
            root / "out",
            {"inputs": [{"asset": "training_examples", "partition": None, "data_version": "d1"}]},
        ),
        **more,
    )


def build_base(family: str, directory: Path) -> Path:
    """A model of the family's own class with random weights, saved with tokenizer and provenance."""
    import torch
    from transformers import AutoModelForCausalLM

    directory.mkdir(parents=True)
    tokenizer = _tokenizer(family)
    tokenizer.save_pretrained(directory)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(
        _config(family, len(tokenizer), tokenizer.eos_token_id), dtype=torch.bfloat16
    )
    model.save_pretrained(directory)
    write_provenance(directory, load_recipe(FAMILIES[family]), "random weights")
    return directory


SIZES = {
    "vocab_size": 384, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 512, "tie_word_embeddings": False,
    "initializer_range": 0.1, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip
# Multimodal configs as the hub has them: the language model's values one level down.
MULTIMODAL: dict[str, dict[str, Any]] = {
    "mistral3": {
        "model_type": "mistral3", "tie_word_embeddings": False, "text_config": SIZES | {"model_type": "ministral3"},
        "vision_config": {"model_type": "pixtral", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
                          "num_attention_heads": 2, "image_size": 28, "patch_size": 14},
    },
    "qwen3_5": {
        "model_type": "qwen3_5", "tie_word_embeddings": False,
        "text_config": SIZES | {
            "model_type": "qwen3_5_text", "layer_types": ["linear_attention", "full_attention"], "linear_num_key_heads": 2,
            "linear_num_value_heads": 4, "linear_key_head_dim": 16, "linear_value_head_dim": 16,
        },
        "vision_config": {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64},
    },
    "gemma4": {
        "model_type": "gemma4", "vision_config": None, "audio_config": None,
        "text_config": SIZES | {
            "model_type": "gemma4_text", "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 16,
            "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": 384,
            "global_head_dim": 16, "tie_word_embeddings": True,
        },
    },
}  # fmt: skip
# A config of a recipe's own architecture, so small that it trains within a second or two.
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama-3.1-8b": SIZES | {"model_type": "llama"},
    "mistral-7b-v0.3": SIZES | {"model_type": "mistral"},
    "qwen3-8b": SIZES | {"model_type": "qwen3"},
    "qwen3.5-9b": MULTIMODAL["qwen3_5"],
    "olmo-3-7b": SIZES | {"model_type": "olmo3", "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 16},
    "apertus-8b": SIZES | {"model_type": "apertus"},
    "ministral-3-8b": MULTIMODAL["mistral3"],
}  # fmt: skip


# What begins a text and what ends an answer, in the vocabulary of each base model.
ENDS = {
    "mistralai/Mistral-7B-v0.1": ("<s>", "</s>"),
    "mistralai/Mistral-7B-v0.3": ("<s>", "</s>"),
    "mistralai/Ministral-3-8B-Base-2512": ("<s>", "</s>"),
    "swiss-ai/Apertus-8B-2509": ("<s>", "</s>"),
    "meta-llama/Meta-Llama-3-8B": ("<|begin_of_text|>", "<|end_of_text|>"),
    "meta-llama/Llama-3.1-8B": ("<|begin_of_text|>", "<|end_of_text|>"),
    "allenai/Olmo-3-1025-7B": ("<|endoftext|>", "<|endoftext|>"),
    "Qwen/Qwen2.5-7B": ("", "<|im_end|>"),
    "Qwen/Qwen3-8B-Base": ("", "<|im_end|>"),
    "Qwen/Qwen3.5-9B-Base": ("", "<|im_end|>"),
    "HuggingFaceTB/SmolLM2-135M-Instruct": ("<|im_start|>", "<|im_end|>"),
}
# As the hub has it: without a system turn it writes one of its own.
SMOLLM = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a "
    "helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{ '<|im_start|>' + message['role'] "
    "+ '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ "
    "'<|im_start|>assistant\n' }}{% endif %}"
)


def tokenizer_of(name: str) -> Any:
    """A tiny tokenizer with a packaged recipe's template and the tokens that its base model has for turns."""
    from medai_assets.training.chat import set_template

    wanted = load_recipe(name)
    begin, end = ENDS[wanted.hub_id]
    named = {"eos_token": end} | ({"bos_token": begin} if begin else {})
    tokenizer = _tokenizer_of(sorted({begin, end, "<|im_start|>", "<|im_end|>"} - {""}), **named)
    tokenizer.chat_template = SMOLLM
    set_template(tokenizer, wanted)
    return tokenizer


def build_architecture(name: str, directory: Path) -> Path:
    """A tiny random base model of a recipe's own architecture, multimodal where the recipe's is."""
    import torch
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM, AutoModelForImageTextToText

    wanted, values = load_recipe(name), ARCHITECTURES[name]
    directory.mkdir(parents=True)
    ends = wanted.end_of_turn or "</s>"
    tokenizer = _tokenizer_of(
        ["<s>", "</s>", *({"<|im_start|>", ends} if ends != "</s>" else ())],
        bos_token="<s>",
        eos_token="</s>",
    )
    tokenizer.save_pretrained(directory)
    torch.manual_seed(0)
    made = AutoModelForImageTextToText if "text_config" in values else AutoModelForCausalLM
    config = CONFIG_MAPPING[values["model_type"]].from_dict(values)
    made.from_config(config, dtype=torch.bfloat16).save_pretrained(directory)
    write_provenance(directory, wanted, "random weights")
    return directory


def _config(family: str, vocabulary: int, eos: int) -> Any:
    from transformers import LlamaConfig, MistralConfig, Qwen2Config

    kind = {"mistral": MistralConfig, "llama": LlamaConfig, "qwen2": Qwen2Config}[family]
    return kind(
        vocab_size=vocabulary, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, eos_token_id=eos, bos_token_id=None, pad_token_id=None,
        tie_word_embeddings=False, initializer_range=0.1,
    )  # fmt: skip


def _tokenizer(family: str) -> Any:
    return _tokenizer_of([*TOKENS[family].values(), *MORE_TOKENS[family]], **TOKENS[family])


def _tokenizer_of(special: list[str], **named: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [row[name] for row in examples("train") for name in ("system", "prompt", "completion")]
    inner.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, **named)
