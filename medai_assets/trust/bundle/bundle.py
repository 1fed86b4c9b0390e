"""What stands in a bundle, and writing it: pages for people, and beside them the documents that machines check."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

import medai_assets.lineage.page as lineage_page
from medai_assets.foundation.files import remove_abandoned, unfinished
from medai_assets.foundation.templates import environment
from medai_assets.instructions.dataset.data_card import data_card
from medai_assets.lineage.csv_tables import EXAMPLE_COLUMNS, ORIGIN_COLUMNS, cells, csv_lines
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.withdrawal_times import entered_by
from medai_assets.sources.take_down_history import history
from medai_assets.storage import Stored
from medai_assets.storage.hashing import file_sha256
from medai_assets.trust.bom.documents import documents
from medai_assets.trust.bom.facts import Model, collect_facts, licence_of
from medai_assets.trust.bundle.seal import CERTIFICATES, DAY, SEAL, sealed
from medai_assets.trust.certificate import kept_certificates

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

WITHDRAWN = "(its record was withdrawn since)"
SUMS = "SHA256SUMS"


class NoPlace(Exception):
    """Something stands already where a bundle is to be written, or nothing can be; the message names it."""


def write_bundle(lineage: Lineage, dataset: Stored, out: Path, signer: Signer | None = None) -> list[str]:
    """Write the bundle of a data set version, whole or not at all; returns the names of its files.

    Args:
        out: a folder that is not there yet, or a file that ends in ``.zip``.
        signer: who answers for its files; None = nobody, and the bundle says so.

    Raises:
        NoPlace: there is something already, or it cannot be written.
        ExtraMissing: the libraries for bills of materials are not installed.
        StoreError: a version is damaged.
    """
    if out.exists():
        raise NoPlace(f"{out} already exists; choose another place")
    remove_abandoned(out.parent, out.name)
    draft = unfinished(out)
    try:
        draft.mkdir(parents=True)
        _fill(lineage, dataset, draft / "bundle", signer)
        names = sorted(str(path.relative_to(draft / "bundle")) for path in _files(draft / "bundle"))
        if out.suffix.lower() == ".zip":
            _pack(draft / "bundle", names, draft / "zip", out.stem)
            (draft / "zip").rename(out)
        else:
            (draft / "bundle").rename(out)
    except OSError as error:
        raise NoPlace(f"{out} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return names


def _fill(lineage: Lineage, dataset: Stored, folder: Path, signer: Signer | None) -> None:
    folder.mkdir()
    facts = collect_facts(lineage, dataset)
    for name, data in documents(facts).items():
        (folder / name).write_bytes(data)
    certificates = _copy_certificates(lineage, folder / CERTIFICATES)
    rows = dataset.table("examples").to_pylist()
    with (folder / "examples.csv").open("w", encoding="utf-8", newline="") as stream:
        header = [*EXAMPLE_COLUMNS, *ORIGIN_COLUMNS]
        stream.writelines(csv_lines(header, (_cells(lineage, row) for row in rows)))
    quotes = any(_is_withdrawn(lineage, row) for row in rows)
    models = [_copy_model(lineage, model, folder, quotes) for model in facts.models]
    summary = (folder / "public_summary.md").read_text(encoding="utf-8")
    pages = {
        "public_summary.html": from_markdown("Public summary of training content", summary),
        "licences.html": page("licences.html", facts=facts),
        "withdrawals.html": page(
            "withdrawals.html",
            facts=facts,
            history=history(lineage.store),
            certificates=certificates,
            entered_by=entered_by,
        ),
        "index.html": page(
            "index.html", facts=facts, models=models, certificates=certificates, seal=SEAL if signer else ""
        ),
        "data_card.html": from_markdown(
            "Data card", data_card(rows, facts.dataset_facts, dataset.data_version)
        ),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    digests = {path.relative_to(folder).as_posix(): file_sha256(path) for path in _files(folder)}
    sums = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    (folder / SUMS).write_text(sums, encoding="utf-8")
    if signer is not None:
        digests[SUMS] = file_sha256(folder / SUMS)
        (folder / SEAL).write_bytes(sealed(digests, facts, lineage.store.now(), signer))


def _cells(lineage: Lineage, row: Mapping[str, Any]) -> list[Any]:
    """Cells of an example; the words of one that rests on a record withdrawn since are not handed out again."""
    if _is_withdrawn(lineage, row):
        row = {**row, "subject": "", "history": [], "prompt": WITHDRAWN, "completion": WITHDRAWN}
    return cells(row, EXAMPLE_COLUMNS)


def _is_withdrawn(lineage: Lineage, row: Mapping[str, Any]) -> bool:
    return any(lineage.withdrawn.reason(origin["record_id"], origin["version"]) for origin in row["origins"])


def _copy_certificates(lineage: Lineage, folder: Path) -> dict[str, list[str]]:
    """Record to the names of its certificates."""
    found: dict[str, list[str]] = {}
    for record, name, data in kept_certificates(lineage.store):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        found.setdefault(record, []).append(f"{CERTIFICATES}/{name}")
    return found


def _copy_model(lineage: Lineage, model: Model, folder: Path, withheld: bool) -> dict[str, object]:
    """The model's card and report; returns their names with the model.

    Args:
        withheld: leave the report out, since it quotes examples and a record of the data set was withdrawn since.
    """
    place = folder / model.recipe.name
    place.mkdir()
    below = {child.asset: lineage.open(child) for child in lineage.versions.used_by(model.adapter.input)}
    card = below.get("model_card", model.adapter)
    written: dict[str, object] = {"model": model, "card": "", "report": "", "withheld": withheld}
    if "README.md" in card.manifest.files:
        text = card.read("README.md").decode()
        (place / "model_card.html").write_text(
            from_markdown(model.recipe.title, text, "../"), encoding="utf-8"
        )
        written["card"] = f"{model.recipe.name}/model_card.html"
    report = below.get("evaluation_report")
    if not withheld and report is not None and "report.html" in report.manifest.files:
        (place / "report.html").write_bytes(report.read("report.html"))
        written["report"] = f"{model.recipe.name}/report.html"
    return written


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _pack(folder: Path, names: list[str], packed: Path, root: str) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            member = zipfile.ZipInfo(f"{root}/{name}", DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.file_size = (folder / name).stat().st_size  # lets one be larger than 2 GiB
            with archive.open(member, "w") as stream, (folder / name).open("rb") as file:
                shutil.copyfileobj(file, stream)


_STYLES = Path(lineage_page.__file__).parent / "static"
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TABLE_HEAD = re.compile(r"<th\b")


def page(template: str, root: str = "", **values: Any) -> str:
    """A page from one of the templates.

    Args:
        root: the way back to the bundle's folder, "" or "../".
    """
    return _environment().get_template(template).render(root=root, **values)


def from_markdown(title: str, text: str, root: str = "") -> str:
    """A page from Markdown, front matter left out; HTML in it is shown as text."""
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    body = _TABLE_HEAD.sub('<th scope="col"', _MARKDOWN.render(text))  # for screen readers
    return page("markdown.html", root, title=title, body=Markup(body))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = environment(Path(__file__).parent / "templates", _STYLES, undefined=StrictUndefined)
    found.globals["licence_of"] = licence_of
    return found
