"""What GitHub answers with for MedQuAD's archive: its headers, and a document of the archive in the main dialect."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest
from medai_assets.sources.medquad.collect import ARCHIVE

_FOLDER = Path(__file__).parent

CONTRACTS = (
    Contract(
        _FOLDER / "archive.head",
        "https://docs.github.com/en/repositories/working-with-files/using-files/downloading-source-code-archives",
        r"abachaa/MedQuAD/archive/.+\.zip",
        lambda context: ReplyRequest(ARCHIVE, method="HEAD"),
    ),
    Contract(
        _FOLDER / "document.xml",
        "https://github.com/abachaa/MedQuAD",
        r"abachaa/MedQuAD/archive/.+\.zip",
        lambda context: ReplyRequest(ARCHIVE),
        small=False,  # eleven megabytes
        open_below=("Document",),
        inside="MedQuAD-master/1_CancerGov_QA/0000001_1.xml",
    ),
)
