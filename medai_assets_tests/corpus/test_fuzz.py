"""Damaged records of every source: none stops a slice, none takes long, each is found again as passages or set aside.

``make fuzz`` tries 200,000 a source; here a share is tried with the same mutations, by a seed that stays
(``MEDAI_FUZZ_SEED`` sets another).
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import orjson
import pytest

from medai_assets.code_identity.golden import INPUTS
from medai_assets.corpus.process.batches import LARGEST, process_slice
from medai_assets.sources.registry import SOURCES

from .builders import raw_batch, record
from .damages import damaged

pytestmark = pytest.mark.slow

INPUTS_A_SOURCE = int(os.environ.get("MEDAI_FUZZ", "2000"))
SEED = os.environ.get("MEDAI_FUZZ_SEED", "")  # another set of damages than that of the tests
AT_ONCE = 100
LONGEST = 1.0  # seconds of processor time for one record, or for each MiB of a larger one
LONGEST_REASON = 60  # characters: reasons are counted and shown, so what a record says is no part of them


@pytest.mark.parametrize("source", [name for name, one in SOURCES.items() if one.has_texts])
def test_every_damaged_record_is_found_again(source: str) -> None:
    sound = [orjson.loads(line) for line in (INPUTS / "raw" / f"{source}.jsonl").read_bytes().splitlines()]
    choose = random.Random(f"fuzz {source} {SEED}".rstrip())
    fates = Counter[str]()
    for start in range(0, INPUTS_A_SOURCE, AT_ONCE):
        rows = []
        for number in range(start, min(start + AT_ONCE, INPUTS_A_SOURCE)):
            whole = choose.choice(sound)
            payload = damaged(whole["payload"], choose)
            known = {
                name: whole[name]
                for name in ("title", "flags", "language", "payload_format")
                if name in whole
            }
            rows.append(record(f"x:{number}", payload, source=source, **known))
        begun = time.process_time()
        fates += found_again(rows, source)
        if time.process_time() - begun > LONGEST:
            slow = [row["payload"] for row in rows if seconds(row, source) > longest(row)]
            assert not slow
    print(source, dict(fates))
    assert fates.total() == INPUTS_A_SOURCE
    assert not [reason for reason in fates if len(reason) > LONGEST_REASON or not reason.isprintable()]


def found_again(rows: list[dict[str, Any]], source: str) -> Counter[str]:
    """What became of records, each once: ``passages``, or the reason why it was set aside."""
    fates = dict[str, str]()
    for piece in process_slice([raw_batch(rows)], source):
        for row in piece.removed.select(["origins", "reason"]).to_pylist():
            fates.update({one["record_id"]: row["reason"] for one in row["origins"]})
        for row in piece.passages.select(["origins"]).to_pylist():
            fates.update({one["record_id"]: "passages" for one in row["origins"]})
    assert fates.keys() == {row["record_id"] for row in rows}
    return Counter(fates.values())


def longest(row: dict[str, Any]) -> float:
    """Seconds that a record may take: damage that repeats what it finds makes records of many megabytes."""
    return LONGEST * max(1.0, min(len(row["payload"]), LARGEST) / (1 << 20))


def seconds(row: dict[str, Any], source: str) -> float:
    begun = time.process_time()
    found_again([row], source)
    return time.process_time() - begun
