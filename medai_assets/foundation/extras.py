"""What an installation may leave out, and how a person adds it when something needs it.

An extra of ``pyproject.toml`` is known here by the modules that it brings. Whatever imports one of them asks first.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_TRAIN = ("accelerate", "datasets", "lm_eval", "peft", "safetensors", "scipy", "torch", "transformers", "trl")
EXTRAS = {
    "train": _TRAIN,
    "serve": ("accelerate", "fastapi", "peft", "safetensors", "torch", "transformers"),
    "ui": ("dagster_webserver",),
    "s3": ("s3fs",),
    "postgres": ("dagster_postgres",),
    "k8s": ("dagster_k8s",),
    "ray": ("ray",),
    "gpu": ("liger_kernel",),
    "sign": ("cryptography", "securesystemslib"),
    "mlflow": ("mlflow",),
    "wandb": ("wandb",),
    "openlineage": ("openlineage",),
    "bom": ("cyclonedx", "jsonschema", "spdx_python_model"),
}
PINS = Path(__file__).parents[2] / "constraints.txt"  # in a clone


class ExtraMissing(Exception):
    """Something needs packages that are not installed; the message holds the command that adds them."""


def require(extra: str, what: str) -> None:
    """Go on only where the extra is installed.

    Args:
        extra: one of ``EXTRAS``. what: that needs it, as the beginning of a sentence ("training").

    Raises:
        ExtraMissing: a module that it brings cannot be found.
    """
    missing = [module for module in EXTRAS[extra] if find_spec(module) is None]
    if missing:
        raise ExtraMissing(
            f"{what} needs packages that are not installed ({', '.join(missing)}); "
            f"install them with `{_command(extra)}`"
        )


def _command(extra: str) -> str:
    pinned = f"--constraint {PINS} " if PINS.is_file() else ""
    return f"pip install {pinned}'medai-assets[{extra}]'"
