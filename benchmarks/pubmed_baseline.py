"""NLM's baseline file to Arrow: our reader against pubmed_parser, one core, gunzip included.

python benchmarks/pubmed_baseline.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pubmed_update import BASELINE, compare, extract

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compare("pubmed-baseline", extract(BASELINE, Path(folder)), target=10)
