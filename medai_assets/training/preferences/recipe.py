"""How preferences are learned, as data: the values of ``config/preference.yaml``. No torch."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medai_assets.training.errors import TrainingError


class PreferenceRecipe(BaseModel):
    """The values for every base model; what is said of a model (length, precision, seed) is its training recipe's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beta: float = Field(0.1, gt=0)
    learning_rate: float = Field(5e-6, gt=0)
    epochs: float = Field(1.0, gt=0)
    batch_size: int = Field(1, ge=1)
    accumulation: int = Field(8, ge=1)
    warmup: float = Field(0.1, ge=0, lt=1)
    most_pairs: int | None = Field(200, ge=1)


def preference_recipe_from(values: dict[str, Any]) -> PreferenceRecipe:
    """Validate the values.

    Raises:
        TrainingError: names each that is unknown or out of range.
    """
    try:
        return PreferenceRecipe.model_validate(values)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise TrainingError(
            f"preference.yaml is not valid: {found}", "Each value is explained in the packaged file."
        ) from error
