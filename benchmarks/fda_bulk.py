"""openFDA's bulk parts: records streamed out of a zip, beside ``json.load`` of the same zip, and memory as it grows.

    python benchmarks/fda_bulk.py [megabytes of JSON, default 80]

The part is generated: labels of the real shape and size (indented by two, one object with meta and results, sections of many
lengths), from the labels of the sandbox. Each figure is the median of rounds in which the ways take turns, so that a busy
machine slows all of them; time is CPU time of the process. Peak memory is the growth of the resident set in a process of its own.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from medai_assets.sandbox.fingerprint import PACKAGED
from medai_assets.sources.fda_flags import flags_of
from medai_assets.sources.fda_labels import Labels, compact, head_of, scalar, text_of, zipped_pieces
from medai_assets.sources.records import payload_hashes

ROUNDS = 5
TARGET = 2.5
META = {"license": "https://open.fda.gov/license/", "last_updated": "2026-08-15", "results": {"total": 0}}


def generated_part(path: Path, megabytes: float) -> int:
    """Write a zipped part of about that much JSON; returns the number of labels."""
    labels = [
        label for file in sorted((PACKAGED / "fda").glob("*.json")) for label in json.loads(file.read_text())
    ]
    chance = random.Random(7)
    size, count = 0, 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with archive.open("drug-label-0001-of-0001.json", "w", force_zip64=True) as file:
            file.write(json.dumps({"meta": META}, indent=2).encode()[:-2] + b',\n  "results": [')
            while size < megabytes * 1e6:
                label = dict(chance.choice(labels))
                # Sandbox labels are short; a real prescription label has about 30 kB, the shape of which repeats here.
                for name, value in label.items():
                    if isinstance(value, list) and chance.random() < 0.5:
                        words = value[0].split()
                        chance.shuffle(words)
                        label[name] = [f"{value[0]} {' '.join(words)} " * chance.randint(1, 12)]
                label["set_id"] = f"{chance.getrandbits(128):032x}"
                text = json.dumps(label, indent=2, ensure_ascii=False).replace("\n", "\n    ")
                written = ("," if count else "").encode() + b"\n    " + text.encode()
                file.write(written)
                size, count = size + len(written), count + 1
            file.write(b"\n  ]\n}\n")
    return count


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


WAYS: dict[str, Callable[[Path], int]] = {
    "json.load": with_json,
    "streamed": streamed,
    "streamed, marks, SHA-256": with_provenance,
}


def seconds(way: Callable[[Path], int], path: Path) -> float:
    begun = time.process_time()
    way(path)
    return time.process_time() - begun


def peak_megabytes(way: str, path: Path) -> float:
    """Growth of the resident set over the run, in a process of its own."""
    code = (
        "import resource, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import fda_bulk\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "fda_bulk.WAYS[sys.argv[2]](Path(sys.argv[3]))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), way, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 80.0
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.json.zip", Path(folder) / "large.json.zip"
        generated_part(small, megabytes / 10)
        count = generated_part(large, megabytes)
        assert {way(large) for way in WAYS.values()} == {count}
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                times[name].append(seconds(way, large))
        print(f"{count:,} labels, {megabytes:g} MB of JSON, {large.stat().st_size / 1e6:.1f} MB zipped")
        print(f"{'way':26} {'s':>7} {'MB/s':>6} {'peak MB':>8} {'at a tenth':>11}")
        for name, taken in times.items():
            middle = statistics.median(taken)
            peaks = [peak_megabytes(name, path) for path in (large, small)]
            print(f"{name:26} {middle:7.3f} {megabytes / middle:6.0f} {peaks[0]:8.0f} {peaks[1]:11.0f}")
            if name == "streamed":
                growth = peaks[0] / max(peaks[1], 1.0)
        print(f"memory of the stream at ten times the size: {growth:.2f} times")
        ratio = statistics.median(a / b for a, b in zip(times["json.load"], times["streamed"]))
        print(f"ratio fda-bulk {ratio:.2f} target {TARGET}")


if __name__ == "__main__":
    main()
