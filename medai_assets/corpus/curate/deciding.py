"""All steps of curation in their order, over the columns of slices; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.rows import Leaf, PassageRows, load_rows
from medai_assets.corpus.curate.screening import Screen
from medai_assets.foundation.licences import LicencePolicy

ELSEWHERE = len(steps.STEPS)  # the step of rows about which nothing is decided here


@dataclass(frozen=True)
class Decided:
    """What becomes of each row; near pairs that were kept apart, by reason; and all comparisons."""

    rows: PassageRows
    decisions: steps.Decisions
    apart: Counter[str]
    compared: steps.Compared


@dataclass(frozen=True)
class Deciding:
    """What decides beside slices and withdrawals.

    Attributes:
        folder: on a disk; columns that memory has no place for go there.
        known: comparisons of earlier runs; texts of these pairs are not read again.
        lap: told the name of each part when it is done.
    """

    policy: LicencePolicy
    screen: Screen
    jaccard: float
    folder: Path
    known: steps.Compared
    lap: Callable[[str], None] = lambda name: None

    def of(
        self, leaves: list[Leaf], withdrawals: pa.Table, concerned: npt.NDArray[np.bool_] | None = None
    ) -> Decided:
        """Decide.

        Args:
            leaves: slices that were looked through for benchmark questions.
            withdrawals: WITHDRAWAL rows.
            concerned: the rows that are decided about, with all that they are linked with; None = all.
        """
        rows = load_rows(leaves, self.folder)
        decisions = steps.Decisions.of(len(rows))
        if concerned is not None:
            decisions.step[~concerned] = ELSEWHERE
        self.lap("columns")
        steps.newest_versions(rows, decisions)
        steps.withdrawn(rows, decisions, withdrawals)
        steps.licensed(rows, decisions, self.policy)
        self.lap("withdrawals and licences")
        for leaf in leaves:
            steps.decontaminated(decisions, self.screen.hits(leaf))
        steps.exact_duplicates(rows, decisions)
        steps.template_texts(rows, decisions)
        self.lap("exact duplicates")
        apart, compared = steps.merge_near_duplicates(rows, decisions, self.jaccard, self.known)
        self.lap("near duplicates")
        return Decided(rows, decisions, apart, compared)
