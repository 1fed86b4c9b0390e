"""The harness's Hugging Face model, generating with serving's own loop: same answers, finished rows leave the batch.

Imported only where the harness runs: it loads lm-eval and torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from medai_assets.evaluation.models import Judged
from medai_assets.serving.generate import Answer, generate_from


class Greedy(HFLM):
    """A loaded model for `simple_evaluate`.

    Attributes:
        answers: by the document's ``item_id``, the short answers of the last run.
    """

    def __init__(
        self, judged: Judged, choice_batch: int, batch: int, progress: Callable[[int, int], None]
    ) -> None:
        super().__init__(pretrained=judged.model, tokenizer=judged.tokenizer, batch_size=choice_batch)
        self.batch = batch
        self.progress = progress
        self.answers: dict[str, Answer] = {}

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """The harness's own, without its bars: our steps tell how far it is, and a log cannot hold a moving line."""
        found: list[tuple[float, bool]] = super().loglikelihood(requests, disable_tqdm=True)
        return found

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Greedy answers in the requests' order; all requests share their limit of new tokens."""
        contexts: list[Any] = [request.args for request in requests]
        prompts = [self.tokenizer(text, add_special_tokens=False)["input_ids"] for text, _ in contexts]
        (limit,) = {options["max_gen_toks"] for _, options in contexts}
        found = generate_from(
            self.model, self.tokenizer, prompts, max_new_tokens=limit, batch_size=self.batch, progress=self.progress,
        )  # fmt: skip
        self.answers = {
            request.doc["item_id"]: answer for request, answer in zip(requests, found, strict=True)
        }
        return [answer.text for answer in found]
