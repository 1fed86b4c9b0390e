"""openFDA's bulk parts: records streamed out of a zip, beside ``json.load`` of the same zip, and memory as a part grows.

    python benchmarks/fda_bulk.py [megabytes of JSON, default 80]

The part is generated in the real shape (one object of meta and results, indented by two, sections of very different length), since
a real one is a download of 130 MB. Its texts are the sandbox's labels with their words in random order.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from common import best_of_each, measure_in_process, print_ratio, print_table, stop

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sources.fda.flags import flags_of
from medai_assets.sources.fda.labels import Labels, compact, head_of, scalar, text_of, zipped_pieces
from medai_assets.sources.records import payload_hashes

TIMES = 5
TARGET = 2.5
GROWTH = 1.2  # times the memory that ten times the part may take
META = {"license": "https://open.fda.gov/license/", "last_updated": "2026-08-15", "results": {"total": 0}}


def generated_part(path: Path, megabytes: float) -> int:
    """Write a zipped part of about that much JSON; returns the number of labels."""
    labels = [
        label for file in sorted((PACKAGED / "fda").glob("*.json")) for label in json.loads(file.read_text())
    ]
    chance, size, count = random.Random(7), 0, 0
    name = path.name.removesuffix(".zip")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        file.write(json.dumps({"meta": META}, indent=2).encode()[:-2] + b',\n  "results": [')
        while size < megabytes * 1e6:
            label = _grown(chance.choice(labels), chance)
            text = json.dumps(label, indent=2, ensure_ascii=False).replace("\n", "\n    ").encode()
            file.write(b",\n    " + text if count else b"\n    " + text)
            size, count = size + len(text), count + 1
        file.write(b"\n  ]\n}\n")
    return count


def _grown(label: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A label of a real one's length, about 30 kB for a prescription drug, with a key of its own."""
    grown = dict(label) | {"set_id": f"{chance.getrandbits(128):032x}"}
    for name, value in label.items():
        if isinstance(value, list) and chance.random() < 0.4:
            words = value[0].split()
            grown[name] = [" ".join(chance.choices(words, k=len(words) * chance.randint(1, 30)))]
    return grown


def with_json(path: Path) -> int:
    """The usual way: the whole object at once."""
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        return len(json.load(file)["results"])


def streamed(path: Path) -> int:
    """Record by record: key, version, date and the payload, as a collection reads them."""
    count = 0
    for record in Labels(zipped_pieces(path)):
        payload = compact(record)
        head = head_of(payload)
        count += bool(
            text_of(head.set_id) and scalar(head.version) and scalar(head.effective_time) and payload
        )
    return count


def with_provenance(path: Path) -> int:
    """The same with marks and hashes, as they are stored."""
    count = 0
    for record in Labels(zipped_pieces(path)):
        payload = compact(record)
        flags_of(head_of(payload), payload)
        count += len(payload_hashes([payload]))
    return count


def main() -> None:
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 80.0
    names = ("json.load", "streamed", "streamed, marks and SHA-256")
    ways = (with_json, streamed, with_provenance)
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.json.zip", Path(folder) / "large.json.zip"
        generated_part(small, megabytes / 10)
        count = generated_part(large, megabytes)
        measured = best_of_each(TIMES, ways, large)
        tenths = [measure_in_process(way, small).peak_mib for way in ways]
        print(f"{count:,} labels, {megabytes:g} MB of JSON, {large.stat().st_size / 1e6:.1f} MB zipped")
    if {m.value for m in measured} != {count}:
        stop("the ways do not find the same number of records")
    rows = [
        (name, m.cpu_seconds, megabytes / m.cpu_seconds, int(m.peak_mib), int(tenth))
        for name, m, tenth in zip(names, measured, tenths)
    ]
    print_table(("way", "CPU s", "MB/s", "peak MiB", "peak MiB of a tenth"), rows)
    print_ratio("fda-bulk-memory-growth", measured[1].peak_mib / tenths[1], GROWTH)
    print_ratio("fda-bulk", measured[0].cpu_seconds / measured[1].cpu_seconds, TARGET)


if __name__ == "__main__":
    main()
