"""From EXAMPLE rows to token ids: only answers are learned, nothing is cut, budgets are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.training import chat, data
from medai_assets.training.chat import IGNORED
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import Strata
from medai_assets_tests.training import tiny


def tokenizer_of(family: str, bases: dict[str, Path], **changes: object):  # type: ignore[no-untyped-def]
    return chat.load_tokenizer(bases[family], tiny.recipe(family, **changes))


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_decoded_labels_are_the_answer_and_its_end_and_nothing_else(
    family: str, bases: dict[str, Path]
) -> None:
    tokenizer = tokenizer_of(family, bases)
    for row in tiny.examples("train"):
        ids, labels = chat.encode(tokenizer, row["system"], row["prompt"], row["completion"])
        learned = [label for label in labels if label != IGNORED]
        assert tokenizer.decode(learned) == row["completion"] + tokenizer.eos_token
        assert labels[-len(learned) :] == ids[-len(learned) :] == learned
        assert set(labels[: -len(learned)]) == {IGNORED}


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_an_example_begins_with_exactly_what_generation_starts_from(
    family: str, bases: dict[str, Path]
) -> None:
    tokenizer = tokenizer_of(family, bases)
    asked = chat.prompt_ids(tokenizer, tiny.SYSTEM, "What helps with gout?")
    ids, _ = chat.encode(tokenizer, tiny.SYSTEM, "What helps with gout?", "Rest.")
    assert ids[: len(asked)] == asked


def test_each_family_has_its_own_template(bases: dict[str, Path]) -> None:
    texts = {
        f: tokenizer_of(f, bases).decode(chat.prompt_ids(tokenizer_of(f, bases), "Be kind.", "Hello?"))
        for f in tiny.FAMILIES
    }
    assert texts == {
        "mistral": "<s>[INST] Be kind.\n\nHello? [/INST]",
        "llama": "<|begin_of_text|>Be kind.\n\n### Question\nHello?\n\n### Answer\n",
        "qwen2": "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello?<|im_end|>\n<|im_start|>assistant\n",
    }


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_no_token_is_added_to_a_vocabulary(family: str, bases: dict[str, Path]) -> None:
    from transformers import AutoTokenizer

    assert len(tokenizer_of(family, bases)) == len(AutoTokenizer.from_pretrained(bases[family]))


def test_a_default_system_text_holds_only_where_a_conversation_has_none(bases: dict[str, Path]) -> None:
    tokenizer = tokenizer_of("qwen2", bases)
    system = 'You say "no"\nto \\ and to {{ braces }} – politely.'
    tokenizer.chat_template = chat.with_default_system(tokenizer, system)
    silent = tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    spoken = tokenizer.apply_chat_template(
        [{"role": "system", "content": "Mine"}, {"role": "user", "content": "Hi"}], tokenize=False
    )
    assert silent.startswith(f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\nHi")
    assert spoken.startswith("<|im_start|>system\nMine<|im_end|>\n<|im_start|>user\nHi")


def test_missing_templates_and_unknown_tokens_are_named(bases: dict[str, Path]) -> None:
    with pytest.raises(TrainingError, match="no chat template of its own"):
        tokenizer_of("llama", bases, chat_template="own")
    with pytest.raises(TrainingError, match="no chat template 'fancy'"):
        tokenizer_of("llama", bases, chat_template="fancy")
    with pytest.raises(TrainingError, match=r"<\|eot_id\|> is not a token"):
        tokenizer_of("llama", bases, end_of_turn="<|eot_id|>")


def test_long_rows_are_left_out_and_reported_never_cut(bases: dict[str, Path], tmp_path: Path) -> None:
    rows = tiny.examples("train")
    rows[3]["completion"] = "water " * 300
    directory = tiny.write_dataset(tmp_path, rows)
    wanted = tiny.recipe("llama")
    encoded = data.load_split(
        directory / "train.parquet", tokenizer_of("llama", bases), wanted, "train", seed=1
    )
    assert encoded.table.num_rows == len(rows) - 1
    assert [(row["example_id"], row["kind"]) for row in encoded.too_long] == [
        (rows[3]["example_id"], rows[3]["kind"])
    ]
    assert encoded.too_long[0]["tokens"] > 128
    assert encoded.summary()["too_long"] == {rows[3]["kind"]: 1}


def table_of(kinds: dict[str, list[int]]) -> data.Encoded:
    rows = [
        {"example_id": f"{kind}{i}", "kind": kind, "input_ids": [1] * n, "labels": [1] * n, "tokens": n}
        for kind, lengths in kinds.items()
        for i, n in enumerate(lengths)
    ]
    return data.Encoded(pa.Table.from_pylist(rows, schema=data.ENCODED))


def test_a_budget_gives_each_kind_the_same_share_of_tokens() -> None:
    encoded = data.within_budget(table_of({"long": [100] * 50, "short": [10] * 500}), 2000, seed=3)
    tokens = {kind: counts["tokens"] for kind, counts in encoded.summary()["kinds"].items()}
    assert 1900 <= sum(tokens.values()) <= 2000
    assert abs(tokens["long"] - tokens["short"]) <= 100
    assert len(encoded.beyond) == 550 - encoded.table.num_rows


def test_what_one_kind_lacks_goes_to_the_others() -> None:
    encoded = data.within_budget(table_of({"rare": [10] * 3, "common": [10] * 500}), 1000, seed=3)
    assert Counter(encoded.table["kind"].to_pylist()) == {"rare": 3, "common": 97}


def test_the_choice_depends_on_ids_and_seed_only() -> None:
    whole = table_of({"a": [10] * 40, "b": [20] * 40})
    turned = data.Encoded(whole.table.take(list(range(79, -1, -1))))
    ids = [set(data.within_budget(e, 300, seed=5).table["example_id"].to_pylist()) for e in (whole, turned)]
    assert ids[0] == ids[1]
    assert ids[0] != set(data.within_budget(whole, 300, seed=6).table["example_id"].to_pylist())


def refusals(harmful: int, harmless: int) -> pa.Table:
    rows = [
        {"example_id": f"{label}{i}", "kind": "safety_refusal", "tokens": 10, "stratum": label}
        | {"input_ids": [1] * 10, "labels": [1] * 10}
        for label, count in (("true", harmful), ("false", harmless))
        for i in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=data.ENCODED)


@pytest.mark.parametrize(
    ("harmless", "weights", "drawn"),
    [
        (90, {}, {"true": 20, "false": 20}),
        (90, {"false": 3.0}, {"true": 10, "false": 30}),
        (5, {"false": 3.0}, {"true": 35, "false": 5}),  # what one lacks goes to the other
    ],
)
def test_the_strata_of_a_kind_are_drawn_by_their_weights(
    harmless: int, weights: dict[str, float], drawn: dict[str, int]
) -> None:
    strata = {"safety_refusal": Strata(by="harmful", weights=weights)}
    kept = data.within_budget(data.Encoded(refusals(90, harmless)), 400, seed=3, strata=strata)
    assert Counter(kept.table["stratum"].to_pylist()) == drawn


def test_a_stratum_is_the_value_of_the_label_that_the_recipe_names(bases: dict[str, Path]) -> None:
    rows = [row | {"labels": '{"harmful": true}'} for row in tiny.examples("train")[:4]]
    encoded = data.encode_table(
        pa.Table.from_pylist(rows),
        tokenizer_of("qwen2", bases),
        512,
        {"safety_refusal": Strata(by="harmful")},
    )
    found = dict(zip(encoded.table["kind"].to_pylist(), encoded.table["stratum"].to_pylist(), strict=True))
    assert found == {"question_answer": "", "safety_refusal": "true"}


def test_examples_without_the_label_that_others_of_their_kind_have_are_a_stratum_of_their_own(
    bases: dict[str, Path],
) -> None:
    rows = [row for row in tiny.examples("train") if row["kind"] == "question_answer"][:4]
    told = [row | {"labels": '{"form": "with_text"}' if n % 2 else "{}"} for n, row in enumerate(rows * 2)]
    drawn = {"question_answer": Strata(by="form")}
    encoded = data.encode_table(pa.Table.from_pylist(told), tokenizer_of("qwen2", bases), 512, drawn)
    assert set(encoded.table["stratum"].to_pylist()) == {"with_text", "null"}


def test_a_label_to_draw_by_that_no_example_has_is_told(bases: dict[str, Path]) -> None:
    table = pa.Table.from_pylist([row | {"labels": '{"harmful": true}'} for row in tiny.examples("train")])
    strata = {"safety_refusal": Strata(by="level")}
    with pytest.raises(TrainingError, match=r"has a label 'level' to draw it by\. Name one of harmful"):
        data.encode_table(table, tokenizer_of("qwen2", bases), 512, strata)


def test_validation_keeps_so_many_of_each_kind() -> None:
    encoded = data.at_most(table_of({"a": [10] * 40, "b": [20] * 3}), 5, seed=5)
    assert Counter(encoded.table["kind"].to_pylist()) == {"a": 5, "b": 3}


def test_missing_empty_and_only_too_long_data_are_told_apart(bases: dict[str, Path], tmp_path: Path) -> None:
    tokenizer = tokenizer_of("llama", bases)
    with pytest.raises(TrainingError, match=r"no training data at .*Materialize training_examples"):
        data.load_split(tmp_path / "train.parquet", tokenizer, tiny.recipe("llama"), "train", 1)
    tiny.write_dataset(tmp_path, [])
    with pytest.raises(TrainingError, match="holds no examples"):
        data.load_split(tmp_path / "train.parquet", tokenizer, tiny.recipe("llama"), "train", 1)
    with pytest.raises(TrainingError, match="longer than max_length=8 tokens"):
        data.load_split(
            tmp_path / "validation.parquet", tokenizer, tiny.recipe("llama", max_length=8), "train", 1
        )


def test_the_usual_system_text_is_the_most_frequent(tmp_path: Path) -> None:
    rows = tiny.examples("train")
    rows[0]["system"] = "Another."
    assert data.most_common_system_text(tiny.write_dataset(tmp_path, rows) / "train.parquet") == tiny.SYSTEM
