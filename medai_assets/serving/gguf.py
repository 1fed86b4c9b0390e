"""One GGUF file of a merged model, for llama.cpp and what is built on it, by llama.cpp's own converter where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from medai_assets.training.errors import TrainingError

TYPES = ("bf16", "f16", "q8_0")  # of the weights: those that the converter writes without a second program
# As a clone of llama.cpp and its packages name it; what ends in .py is run by this Python, which has what it imports.
PROGRAMS = ("convert_hf_to_gguf.py", "convert_hf_to_gguf", "convert-hf-to-gguf")
_MAGIC = b"GGUF"


def converted(model_dir: Path, kind: str, to: Path) -> Path:
    """Write a merged model as one GGUF file.

    Args:
        kind: one of ``TYPES``.
        to: the file to write.

    Raises:
        TrainingError: the converter is not installed, or could not convert the model.
    """
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise TrainingError(
            f"llama.cpp's converter is not installed: there is no {PROGRAMS[0]} on the search path",
            "Put a clone of llama.cpp on PATH.",
        )
    command = [*([sys.executable] if found.endswith(".py") else []), found]
    ran = subprocess.run(
        [*command, str(model_dir), "--outfile", str(to), "--outtype", kind],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if ran.returncode or not to.is_file() or to.open("rb").read(len(_MAGIC)) != _MAGIC:
        said = (ran.stderr.strip() or ran.stdout.strip() or "it said nothing").splitlines()[-1]
        raise TrainingError(
            f"llama.cpp's converter ended with code {ran.returncode} and no file: {said[:300]}",
            "Its own requirements are in llama.cpp's requirements/requirements-convert_hf_to_gguf.txt.",
        )
    return to
