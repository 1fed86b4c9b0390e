"""The gradient of each learned example, at the weights that were learned, as few numbers; kept by adapter version.

What belongs here: sketching gradients and keeping the sketches. An adapter of 7 B has 13 million parameters and more,
so a gradient is added up into `WIDTH` floats by a seeded count sketch (Weinberger et al. 2009): each parameter goes to
one of them with a random sign, which keeps inner products on average; memory is one gradient and one number of 5 bytes
for each parameter, whatever the number of examples.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import read_hashed, write_hashed
from medai_assets.influence.likelihood import TokenisedAnswer, loss

WIDTH = 4096
SEED = 17
Progress = Callable[[float, float | None, str], None]


class Sketch:
    """A fixed random map from the adapter's parameters to `WIDTH` floats."""

    def __init__(self, model: Any, width: int = WIDTH, seed: int = SEED) -> None:
        import torch

        self.width = width
        self.parameters = [p for _, p in sorted(model.named_parameters()) if p.requires_grad]
        random = torch.Generator().manual_seed(seed)
        count = sum(p.numel() for p in self.parameters)
        self._place = torch.randint(width, (count,), generator=random, dtype=torch.int32)
        self._sign = torch.randint(2, (count,), generator=random, dtype=torch.int8) * 2 - 1

    def of(self, model: Any, one: TokenisedAnswer) -> np.ndarray:
        """The sketch, float32 of shape (width,), of the gradient of an answer's negative log-likelihood."""
        import torch

        for parameter in self.parameters:
            parameter.grad = None
        loss(model, one).backward()
        found = torch.zeros(self.width)
        begin = 0
        for parameter in self.parameters:
            end = begin + parameter.numel()
            if parameter.grad is not None:
                values = parameter.grad.flatten().float().cpu() * self._sign[begin:end]
                found.index_add_(0, self._place[begin:end], values)
            begin = end
        result: np.ndarray = found.numpy()
        return result


def learned_gradients(
    model: Any, learned: Mapping[str, TokenisedAnswer], folder: Path, adapter_version: str, tell: Progress
) -> np.ndarray:
    """Sketches of all learned examples, float32 of shape (examples, WIDTH), in the order of ``learned``.

    Kept in ``folder`` under the adapter's version, the examples' ids and the code, so that the next question costs one
    gradient.
    """
    file = folder / f"{text_digest(code(), adapter_version, *learned)}.npy"
    if (earlier := read_hashed(file)) is not None:
        gradients: np.ndarray = np.load(io.BytesIO(earlier), allow_pickle=False)
        return gradients
    sketch = Sketch(model)
    found = np.zeros((len(learned), WIDTH), np.float32)
    for number, one in enumerate(learned.values()):
        tell(number, len(learned), "gradients of learned examples")
        found[number] = sketch.of(model, one)
    stream = io.BytesIO()
    np.save(stream, found)
    write_hashed(file, stream.getvalue())
    return found


@cache
def code() -> str:
    """A digest of the code and the library that sketches come of; what is kept under another one is not used."""
    import torch

    from medai_assets.influence import likelihood
    from medai_assets.training import chat, load

    modules = (likelihood, chat, load)
    files = [Path(__file__), *(Path(str(module.__file__)) for module in modules)]
    return text_digest(torch.__version__, *(file.read_bytes() for file in files))
