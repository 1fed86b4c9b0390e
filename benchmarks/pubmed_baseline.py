"""NLM's baseline file to Arrow: our reader against pubmed_parser, one core, gunzip included.

python -m benchmarks.pubmed_baseline
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.pubmed_files import BASELINE, compare, extract

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compare("pubmed-baseline", extract(BASELINE, Path(folder)), target=10)
