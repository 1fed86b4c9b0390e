"""Base models as local directories: from the sample kit's GGUF file or from the hub, whole or not at all.

A prepared directory holds safetensors, tokenizer and `base_model.json`, which says where everything came from. Run
as a script (`python -m medai_assets.training.base_model RECIPE MODELS_DIR KIT_DIR [--to-train]`) it prepares one model
in a process of its own and prints the directory.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medai_assets.foundation.file_hashes import file_digest
from medai_assets.foundation.files import is_disk_full, remove_abandoned, unfinished, write_whole
from medai_assets.foundation.kit import KitMissing, wheel
from medai_assets.foundation.redaction import secrets_of_environment, told_without_keys
from medai_assets.storage.hashing import ChecksumWrong, checked, file_sha256, with_checksum
from medai_assets.training.architecture import published
from medai_assets.training.errors import TrainingError, disk_full
from medai_assets.training.estimate import require_fit
from medai_assets.training.machine import Machine, find_machine
from medai_assets.training.recipe import Recipe, load_recipe, recipe_from

PROVENANCE = "base_model.json"
HUB_FILES = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json",
             "tokenizer*", "special_tokens_map.json", "vocab.json", "merges.txt", "*.jinja", "LICENSE*", "USE_POLICY*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a prepared base model came from, and what it consists of."""

    hub_id: str
    revision: str
    source: str  # the hub's address, or the wheel and file inside it
    source_sha256: str  # of the GGUF file; "" for the hub, where the revision pins the content
    licence: str
    files: dict[str, str]  # name -> SHA-256


def prepare_base_model(
    recipe: Recipe,
    models_dir: Path,
    kit_dir: Path,
    *,
    say: Callable[[str], None] = print,
    to_train_on: Machine | None = None,
) -> Path:
    """Return the directory of a recipe's base model, preparing it first where it is missing.

    Args:
        to_train_on: the machine it is to be trained on; a published model that cannot be is not fetched at all.

    Raises:
        TrainingError: the kit is missing, the model is damaged, gated or unknown, the hub is out of reach, the disk is
            full, or the machine is too small.
    """
    directory = models_dir / folder_name(recipe)
    if (directory / PROVENANCE).is_file():
        require_whole(directory)
        return directory
    if to_train_on and (known := published(recipe.hub_id)):
        require_fit(recipe, known, to_train_on)
    models_dir.mkdir(parents=True, exist_ok=True)
    try:
        if recipe.kit_file:
            say(f"{recipe.name}: converting the kit's GGUF file to bf16 safetensors, once")
            _publish(directory, lambda to: _from_kit(recipe, kit_dir, to))
        else:
            _from_hub(recipe, models_dir, directory, say)
    except Exception as error:
        if is_disk_full(error):
            raise disk_full(models_dir, f"the base model {recipe.hub_id}") from error
        raise
    return directory


def folder_name(recipe: Recipe) -> str:
    """Folder of a recipe's base model, which all recipes over the same weights share."""
    kit = "-kit" if recipe.kit_file else ""
    return f"{recipe.hub_id.rsplit('/', 1)[-1].lower()}-{recipe.revision[:12]}{kit}"


def read_provenance(directory: Path) -> Provenance:
    """The provenance of a prepared model.

    Raises:
        TrainingError: the directory was not prepared here, or only in part, or its provenance is damaged.
    """
    path = directory / PROVENANCE
    if not path.is_file():
        raise TrainingError(f"{directory} is not a prepared base model: it has no {PROVENANCE}",
                            "Prepare it with `medai_assets.training.base_model`.")  # fmt: skip
    try:
        return Provenance(**json.loads(checked(path.read_bytes())))
    except ChecksumWrong:
        raise _damaged(path) from None


def require_whole(directory: Path) -> None:
    """Hold every file of a prepared model against its provenance.

    Raises:
        TrainingError: one is gone or has changed since it was prepared.
    """
    for name, sha256 in read_provenance(directory).files.items():
        if file_digest(directory / name) != sha256:
            raise _damaged(directory / name)


def _damaged(path: Path) -> TrainingError:
    return TrainingError(f"{path} has changed since it was prepared",
                         f"Remove the folder {path.parent} and run the same command again, which prepares it anew.")  # fmt: skip


def write_provenance(directory: Path, recipe: Recipe, source: str, source_sha256: str = "") -> None:
    """Hash the directory's files and write the provenance last, so that its presence means completeness."""
    files = {
        p.name: file_sha256(p) for p in sorted(directory.iterdir()) if p.is_file() and p.name != PROVENANCE
    }
    facts = Provenance(recipe.hub_id, recipe.revision, source, source_sha256, recipe.licence, files)
    text = json.dumps(asdict(facts), indent=1, sort_keys=True) + "\n"
    write_whole(directory / PROVENANCE, with_checksum(text.encode()))


def _publish(directory: Path, fill: Callable[[Path], None]) -> None:
    remove_abandoned(directory.parent)
    beside = unfinished(directory)
    beside.mkdir()
    try:
        fill(beside)
        # a directory without provenance: an interrupted preparation
        shutil.rmtree(directory, ignore_errors=True)
        beside.rename(directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _from_kit(recipe: Recipe, kit_dir: Path, to: Path) -> None:
    wheel_name, inside = str(recipe.kit_file).split("!/", 1)
    try:
        archive = wheel(kit_dir, wheel_name)
    except KitMissing as missing:
        raise TrainingError("The sample kit is incomplete", str(missing)) from None
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch, zipfile.ZipFile(archive) as opened:
        gguf = Path(opened.extract(inside, scratch))
        _convert_gguf(gguf, to)
        write_provenance(to, recipe, f"{archive.name}!/{inside}", file_sha256(gguf))


def _convert_gguf(gguf: Path, to: Path) -> None:
    """Save a GGUF model as bf16 safetensors with its tokenizer and chat template.

    A model loaded from GGUF refuses to be saved, so its weights are given to a fresh model of the same config.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    values = loaded.config.to_dict()
    for name in ("quantization_config", "_name_or_path", "_model_name_or_path", "transformers_version"):
        values.pop(name, None)
    config = AutoConfig.for_model(values.pop("model_type"), **values | {"dtype": "bfloat16"})
    with torch.device("meta"):  # nothing is drawn at random that is replaced at once
        fresh = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    fresh.load_state_dict(loaded.state_dict(), assign=True)
    fresh.tie_weights()
    fresh.generation_config = loaded.generation_config
    fresh.save_pretrained(to)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(to)


def _from_hub(recipe: Recipe, models_dir: Path, directory: Path, say: Callable[[str], None]) -> None:
    from huggingface_hub import snapshot_download

    _check_space(recipe, models_dir)
    # A fixed name beside the final one: an interrupted download goes on where it stopped.
    partial = models_dir / f".{directory.name}.partial"
    say(f"{recipe.name}: fetching {recipe.hub_id} at {recipe.revision[:12]} from the hub")
    try:
        snapshot_download(
            recipe.hub_id,
            revision=recipe.revision,
            local_dir=partial,
            allow_patterns=list(HUB_FILES),
            ignore_patterns="consolidated*",
        )
    except Exception as error:
        explained = _explain(error, recipe)
        if explained is None:
            raise
        raise explained from error
    if not list(partial.glob("*.safetensors")):
        raise TrainingError(f"{recipe.hub_id} at {recipe.revision[:12]} holds no safetensors weights",
                            "Pickled weights are not loaded here; choose a revision with safetensors.")  # fmt: skip
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    write_provenance(
        partial, recipe, f"{os.environ.get('HF_ENDPOINT', 'https://huggingface.co')}/{recipe.hub_id}"
    )
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)


def _check_space(recipe: Recipe, models_dir: Path) -> None:
    known = published(recipe.hub_id)
    free = shutil.disk_usage(models_dir).free
    if known and free < (needed := int(known.parameters * 2 * 1.1)):  # a multimodal model has further parts
        raise TrainingError(
            f"{recipe.hub_id} needs {needed / 1e9:.1f} GB on disk and {models_dir} has {free / 1e9:.1f} GB free",
            "Free some space, or set MEDAI_DATA to a folder on a larger disk.",
        )


def _explain(error: Exception, recipe: Recipe) -> TrainingError | None:
    """The hub client's many exceptions as one sentence each; none for a full disk, which the caller tells."""
    from huggingface_hub import errors

    page = f"https://huggingface.co/{recipe.hub_id}"
    if is_disk_full(error):
        return None
    if isinstance(error, errors.GatedRepoError):
        return TrainingError(
            f"{recipe.hub_id} is gated: the hub gives it only to accounts that accepted its licence",
            f"Accept the licence at {page}, create a read token, and set HF_TOKEN to it.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return TrainingError(
            f"{recipe.hub_id} has no revision {recipe.revision}", f"See {page}/commits for those it has."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return TrainingError(
            f"The hub knows no model {recipe.hub_id}, or it is private",
            "Check hub_id in the recipe, or set HF_TOKEN.",
        )
    if isinstance(error, (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError)):
        words = secrets_of_environment().text(str(error)).strip().partition("\n")[0][:160]
        return TrainingError(
            f"The download of {recipe.hub_id} broke off ({type(error).__name__}: {words})",
            "Check the connection and run the same command again: finished files are kept.",
        )
    return None


def main(arguments: list[str]) -> int:
    """Prepare one model: RECIPE (name, YAML file or JSON text), MODELS_DIR, KIT_DIR; 1 with a sentence on failure.

    With ``--to-train`` a model that this machine cannot train is refused before it is fetched.
    """
    recipe_text, models_dir, kit_dir, *options = arguments
    machine = find_machine() if "--to-train" in options else None
    values: Any = json.loads(recipe_text) if recipe_text.startswith("{") else None
    try:
        recipe = recipe_from(values) if values else load_recipe(recipe_text)
        with told_without_keys():
            found = prepare_base_model(
                recipe,
                Path(models_dir),
                Path(kit_dir),
                say=lambda line: print(line, file=sys.stderr),
                to_train_on=machine,
            )
        print(found)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
