"""Vectors of texts, which a search by meaning keeps: of which records each is, so that those of withdrawn ones are found.

No word stands in such a file, so no search for the text meets it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.file_hashes import is_as_noted

SUFFIX = ".meaning.arrow"
RECORDS = "records"  # the column that names the records of a row


def vectors_of(folder: Path, record_ids: Collection[str]) -> Iterator[Path]:
    """Files of vectors in a folder that hold one of a record, or are not as they were written, which rules none out."""
    wanted = pa.array(sorted(record_ids), pa.string())
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if not is_as_noted(path) or _holds(path, wanted):
            yield path


def _holds(path: Path, wanted: pa.Array) -> bool:
    try:
        with pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
            return any(pc.any(pc.is_in(batch[RECORDS].flatten(), wanted)).as_py() for batch in batches)
    except (OSError, pa.ArrowException, KeyError):
        return True
