"""openFDA's bulk download: the manifest ``download.json`` and the zipped parts it names.

Each zip holds one JSON object ``{meta, results}``, indented by two, as the real exports are.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.fda import Labels, all_labels, meta
from medai_assets.sandbox.replies import base_url, file_reply, json_reply, zipped

RECORDS_A_PART = 40
PREFIX = "drug-label-"


class BulkLabels(Labels):
    """The export of every label of the record files."""

    def routes(self) -> list[Route]:
        return [Route("/download.json", self.manifest), Route("/drug/label/{name}", self.part)]

    def parts(self) -> list[list[dict[str, Any]]]:
        labels = all_labels(self.files)
        return [
            labels[start : start + RECORDS_A_PART] for start in range(0, len(labels), RECORDS_A_PART)
        ] or [[]]

    def manifest(self, request: Request) -> Response:
        """``GET /download.json``, which lists the parts of every data set; here only drug labels."""
        parts = self.parts()
        exported = self.files.newest_change("*.json").date().isoformat()
        root = base_url(request) + request.url.path.removesuffix("/download.json")
        entries = [
            {
                "display_name": f"/drug/label part {number} of {len(parts)}",
                "file": f"{root}/drug/label/{part_name(number, len(parts))}",
                "size_mb": f"{len(self.archive(number, parts)) / 1e6:.2f}",
                "records": len(part),
            }
            for number, part in enumerate(parts, 1)
        ]
        label = {"export_date": exported, "total_records": sum(map(len, parts)), "partitions": entries}
        return json_reply({"meta": meta(self.files), "results": {"drug": {"label": label}}})

    def part(self, request: Request) -> Response:
        """``GET /drug/label/drug-label-NNNN-of-NNNN.json.zip``."""
        parts = self.parts()
        for number in range(1, len(parts) + 1):
            if part_name(number, len(parts)) == request.path_params["name"]:
                changed = self.files.newest_change("*.json")
                return file_reply(request, self.archive(number, parts), "application/zip", changed)
        return Response("<Error><Code>NoSuchKey</Code></Error>", 404, media_type="application/xml")

    def archive(self, number: int, parts: list[list[dict[str, Any]]]) -> bytes:
        """The zip of one part."""
        content = {"meta": meta(self.files, skip=0, limit=len(parts[number - 1]), total=sum(map(len, parts)))}
        content["results"] = parts[number - 1]  # type: ignore[assignment]
        name = part_name(number, len(parts)).removesuffix(".zip")
        return zipped({name: json.dumps(content, indent=2, ensure_ascii=False).encode()})


def part_name(number: int, total: int) -> str:
    """The file name of a part; the number of parts is in it, as in the real export."""
    return f"{PREFIX}{number:04d}-of-{total:04d}.json.zip"
