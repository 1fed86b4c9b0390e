"""GitHub's archive of the MedQuAD repository, built from the record files; the archive address redirects, as there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler, RecordFiles
from medai_assets.sandbox.replies import base_url, file_reply, zipped

REPOSITORY = "/abachaa/MedQuAD"
TOP = "MedQuAD-master"
LICENCE = "medai-sample: questions and answers written for medai-assets as sample data, not MedQuAD text\n"


class Archive(Handler):
    """The files below ``records/medquad/<collection>/``."""

    folder = "medquad"

    def routes(self) -> list[Route]:
        return [
            Route(f"{REPOSITORY}/archive/refs/heads/master.zip", self.redirect),
            Route(f"/codeload{REPOSITORY}/zip/refs/heads/master", self.archive),
        ]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        return RecordFiles(self.files.root / query["collection"]).digests("*.xml")

    def redirect(self, request: Request) -> Response:
        prefix = request.url.path.partition(REPOSITORY)[0]
        return RedirectResponse(
            f"{base_url(request)}{prefix}/codeload{REPOSITORY}/zip/refs/heads/master", 302
        )

    def archive(self, request: Request) -> Response:
        """The zip; the same files give the same bytes and so the same entity tag."""
        changed = self.files.newest_change("*/*.xml")
        headers = {"Content-Disposition": f"attachment; filename={TOP}.zip"}
        return file_reply(request, self.packed(), "application/zip", changed, headers=headers)

    def packed(self) -> bytes:
        content = {f"{TOP}/LICENSE.txt": LICENCE.encode(), f"{TOP}/readme.txt": LICENCE.encode()}
        for path in [*self.files.find("*.txt"), *self.files.find("*/*.xml")]:
            content[f"{TOP}/{path.relative_to(self.files.root).as_posix()}"] = path.read_bytes()
        return zipped(content)
