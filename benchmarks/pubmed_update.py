"""NLM's update file to Arrow: our reader against pubmed_parser, one core, gunzip included.

python -m benchmarks.pubmed_update
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.pubmed_files import UPDATE, compare, extract

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compare("pubmed-update", extract(UPDATE, Path(folder)), target=6)
