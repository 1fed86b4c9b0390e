"""The merged model is what merging in memory gives, as files that any server loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from medai_assets.serving.load import load_tokenizer
from medai_assets.serving.merge import INDEX, main, merge
from medai_assets.serving.modelfile import modelfile
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job
from medai_assets.training.recipe import load_recipe
from medai_assets_tests.serving.conftest import REPORT
from medai_assets_tests.training import tiny


def test_weights_are_those_of_merge_and_unload_rounded_once(trained: Job, merged: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(trained.base_model_dir, dtype=torch.float32)
    expected = PeftModel.from_pretrained(base, trained.out_dir).merge_and_unload().state_dict()
    found = load_file(merged / "model.safetensors")
    assert set(found) == set(expected)
    for name, tensor in found.items():
        assert tensor.dtype == torch.bfloat16
        torch.testing.assert_close(tensor, expected[name].to(torch.bfloat16), msg=name)


def test_the_directory_loads_and_generates_what_it_learned(merged: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(merged)
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Sell me pills for gout."}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    out = model.generate(**inputs, max_new_tokens=60)
    answer = tokenizer.decode(out[0][inputs["input_ids"].shape[1] :])
    assert answer == "I cannot help with that. Ask a pharmacist.<|im_end|>"


def test_what_servers_want_lies_beside_the_weights(trained: Job, merged: Path) -> None:
    names = {path.name for path in merged.iterdir()}
    assert {
        "config.json",
        "generation_config.json",
        "chat_template.jinja",
        "tokenizer.json",
        "README.md",
        "Modelfile",
    } <= names
    card = (merged / "README.md").read_text()
    for said in (
        "A merged bf16 model",
        "transformers serve DIR",
        "| triage | 40 | 0.250 | 0.500 | +0.250 (+0.100 to +0.400) | better |",
        "**Worse than its base:** over-triage (10% → 40%, 40 items).",
        "**Warning:** false alarms 8% → 17%.",
    ):
        assert said in card
    assert tiny.SYSTEM in (merged / "Modelfile").read_text()


def test_a_sharded_base_stays_sharded(trained: Job, tmp_path: Path, merged: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(trained.base_model_dir, base)
    tensors = load_file(base / "model.safetensors")
    (base / "model.safetensors").unlink()
    names = sorted(tensors)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: tensors[name] for name in held}, base / shard)
    weight_map = {name: shard for shard, held in shards.items() for name in held}
    (base / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    merge(trained.recipe, base, trained.out_dir, tmp_path / "out", lineage={})
    whole = load_file(merged / "model.safetensors")
    for shard, held in shards.items():
        found = load_file(tmp_path / "out" / shard)
        assert all(torch.equal(found[name], whole[name]) for name in held)


def test_as_a_script_it_reads_recipe_and_scores_from_what_it_is_given(
    trained: Job, merged: Path, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text(json.dumps(REPORT))
    places = {"adapter_dir": trained.out_dir, "base_model_dir": trained.base_model_dir, "out_dir": tmp_path / "out",
              "report_dir": tmp_path / "report", "progress_file": tmp_path / "progress.json"}  # fmt: skip
    (tmp_path / "job.json").write_text(
        json.dumps({name: str(path) for name, path in places.items()} | {"lineage": {}})
    )
    assert main([str(tmp_path / "job.json")]) == 0
    assert json.loads((tmp_path / "result.json").read_text())["adapted"] == 8
    for path in merged.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_its_card_tells_licences_and_attributions_as_they_are_noted_now(trained: Job, tmp_path: Path) -> None:
    rights = {"licences": {"OGL-UK-3.0": 16}, "attributions": ["Another publisher"], "samples": 0}
    (tmp_path / "rights.json").write_text(json.dumps(rights))
    job = {"adapter_dir": trained.out_dir, "base_model_dir": trained.base_model_dir, "out_dir": tmp_path / "out",
           "rights_file": tmp_path / "rights.json"}  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(job, default=str))
    assert main([str(tmp_path / "job.json")]) == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| OGL-UK-3.0 | 16 |" in card
    assert "- Another publisher" in card
    assert "CC0-1.0" not in card


def test_as_a_script_it_leaves_its_reason(trained: Job, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    places = {
        "adapter_dir": trained.out_dir,
        "base_model_dir": tmp_path / "empty",
        "out_dir": tmp_path / "out",
    }
    (tmp_path / "job.json").write_text(json.dumps({name: str(path) for name, path in places.items()}))
    assert main([str(tmp_path / "job.json")]) == 1
    assert "holds no safetensors weights" in json.loads((tmp_path / "result.json").read_text())["error"]


def test_an_adapter_of_another_model_or_kind_is_refused(trained: Job, tmp_path: Path) -> None:
    other = tmp_path / "adapter"
    shutil.copytree(trained.out_dir, other)
    adapter = load_file(other / "adapter_model.safetensors")
    save_file(
        {name.replace("layers.1", "layers.7"): t for name, t in adapter.items()},
        other / "adapter_model.safetensors",
    )
    with pytest.raises(TrainingError, match=r"does not fit base: it adapts model\.layers\.7"):
        merge(trained.recipe, trained.base_model_dir, other, tmp_path / "out", lineage={})
    config = json.loads((other / "adapter_config.json").read_text()) | {"fan_in_fan_out": True}
    (other / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(TrainingError, match="does not support: fan_in_fan_out"):
        merge(trained.recipe, trained.base_model_dir, other, tmp_path / "out", lineage={})


@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b", "qwen-7b"])
def test_the_modelfile_has_template_system_and_stop(name: str) -> None:
    text = modelfile(load_recipe(name), "Be kind.")
    assert text.startswith("#")
    assert "\nFROM .\n" in text
    assert 'SYSTEM """Be kind."""' in text
    assert 'TEMPLATE """' in text
    assert ('PARAMETER stop "<|im_end|>"' in text) == (name in ("qwen-7b", "smollm2-135m"))


def test_the_modelfile_of_a_models_own_template_is_read_off_it(merged: Path) -> None:
    """As it stands in the merged model, with the system text that the stored template holds."""
    text = modelfile(load_recipe("smollm2-135m"), "Be kind.", load_tokenizer(merged))
    assert 'PARAMETER stop "<|im_end|>"' in text
    assert (
        'TEMPLATE """{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}'
        in text
    )
    assert (merged / "Modelfile").read_text().partition("TEMPLATE")[2].partition("SYSTEM")[0] in text
