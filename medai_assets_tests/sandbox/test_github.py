"""The archive of MedQuAD in the sandbox."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

ARCHIVE = "/github/abachaa/MedQuAD/archive/refs/heads/master.zip"


def test_the_archive_redirects_to_a_zip_with_the_repositorys_top_folder(
    client: TestClient, write: Callable[[str, object], Path]
) -> None:
    write("medquad/9_CDC_QA/0000397.xml", "<DiseaseFile/>")
    write("medquad/readme.txt", "medai-sample: the reader's own")
    assert client.get(ARCHIVE, follow_redirects=False).status_code == 302
    with zipfile.ZipFile(io.BytesIO(client.get(ARCHIVE).content)) as archive:
        assert archive.read("MedQuAD-master/9_CDC_QA/0000397.xml") == b"<DiseaseFile/>"
        assert archive.read("MedQuAD-master/readme.txt") == b"medai-sample: the reader's own"
        assert b"medai-sample" in archive.read("MedQuAD-master/LICENSE.txt")


def test_an_edit_changes_the_entity_tag(client: TestClient, write: Callable[[str, object], Path]) -> None:
    write("medquad/9_CDC_QA/1.xml", "<Document/>")
    tag = client.get(ARCHIVE).headers["ETag"]
    assert client.get(ARCHIVE, headers={"If-None-Match": tag}).status_code == 304
    write("medquad/9_CDC_QA/1.xml", "<Document>edited</Document>")
    assert client.get(ARCHIVE, headers={"If-None-Match": tag}).status_code == 200
