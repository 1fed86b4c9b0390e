"""``files.yaml``: which files of a person are collected, what their columns hold, and under which terms they may be used.

What belongs here: reading that file strictly, and the slices that follow from it. A slice is a *set* of files that share
columns, licence and audience, not a single file: it stays when one of its files goes, so that the loss is seen and told as a
withdrawal, and a folder of a thousand leaflets is one partition rather than a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from medai_assets.foundation.licences import LICENCES
from medai_assets.foundation.slices import Slice
from medai_assets.foundation.yaml_files import parse_yaml
from medai_assets.settings import Settings

SOURCE_NAME = "files"
FILE = "files.yaml"
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")  # a record a row
DOCUMENTS = (".md", ".markdown", ".html", ".htm", ".txt")  # a record a file
ENDINGS = TABLES + DOCUMENTS
PROTOCOLS = ("file", "memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
MOST_SETS = 99  # Dagster's page checks no wider edge for staleness
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SAMPLE = "medai_assets.sandbox.files:PACKAGED"  # the sandbox stands above the sources, so it is named only


class CatalogueRefused(ValueError):
    """``files.yaml`` cannot be used; the message names the set, the setting, and what to write instead."""


def _pattern(value: str) -> str:
    parts = PurePosixPath(value).parts
    if not parts or value.startswith("/") or ".." in parts or "\\" in value or ":" in value:
        raise ValueError(
            f"{value!r} must be a pattern below the folder, such as leaflets/*.md, with / and without .."
        )
    if (ending := PurePosixPath(value).suffix.lower()) not in ENDINGS:
        raise ValueError(
            f"{value!r} ends in {ending or 'nothing'}; files that are read end in {', '.join(ENDINGS)}"
        )
    return value


def _folder(value: str) -> str:
    protocol, _, rest = value.rpartition("://")
    if "::" in value or (protocol and protocol not in PROTOCOLS):
        raise ValueError(
            f"{value!r} is neither a folder nor an object store; {', '.join(PROTOCOLS)}:// are read"
        )
    if ".." in PurePosixPath(rest).parts:
        raise ValueError(f"{value!r} points outside its folder; write the full path without ..")
    return value


def _licence(value: str) -> str:
    if value not in LICENCES:
        raise ValueError(
            f"{value!r} is not a licence that is described here; choose one of {', '.join(LICENCES)}"
        )
    return value


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]


class Columns(BaseModel):
    """What a table's columns, or the lines at the head of a Markdown file, are called."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Text | None = None
    title: Text | None = None
    text: Text | None = None
    question: Text | None = None
    answer: Text | None = None
    section: Text | None = None
    subject: Text | None = None
    url: Text | None = None
    date: Text | None = None
    language: Text | None = None

    def named(self) -> dict[str, str]:
        """From what a column is for to what it is called; the others are not read, let alone kept."""
        return {role: name for role, name in self if name is not None}


class FileSet(BaseModel):
    """One set of ``files.yaml``; docs/your_own_files.md explains the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], BeforeValidator(_listed)] = Field(
        min_length=1
    )
    licence: Annotated[str, AfterValidator(_licence)]
    attribution: Text
    audience: Literal["consumer", "professional"]
    title: Text | None = None
    folder: Annotated[str, AfterValidator(_folder)] = "."
    columns: Columns = Columns()
    encoding: str = "utf-8"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    subject: Text | None = None
    url: Text | None = None
    traits: tuple[Literal["question_answer", "page"], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> FileSet:
        named, kinds = self.columns.named(), {PurePosixPath(p).suffix.lower() in TABLES for p in self.files}
        if len(kinds) > 1:
            raise ValueError("tables (a record a row) and documents (a record a file) need a set each")
        if ("question" in named) != ("answer" in named):
            raise ValueError("columns names one of question and answer; name both")
        if self.is_table and ("text" in named) == ("question" in named):
            raise ValueError("columns must name text, or question and answer")
        if "question_answer" in self.traits and "question" not in named:
            raise ValueError("the trait question_answer needs columns for question and answer")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(
                f"there is no encoding {self.encoding!r}; common ones are utf-8, utf-16, windows-1252"
            ) from None
        return self

    @property
    def is_table(self) -> bool:
        """Whether a record is a row rather than a whole file."""
        return PurePosixPath(self.files[0]).suffix.lower() in TABLES

    def query(self) -> dict[str, str]:
        """All that is stated, as a slice's query; only what the set is called decides nothing."""
        stated = self.model_dump(mode="json", exclude_unset=True, exclude={"title"})
        return {
            name: value
            if isinstance(value, str)
            else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
            for name, value in stated.items()
        }

    @classmethod
    def of(cls, query: Mapping[str, str]) -> FileSet:
        """The set that a slice's query states."""
        nested = ("files", "columns", "traits")
        return cls.model_validate({n: orjson.loads(v) if n in nested else v for n, v in query.items()})


def catalogue_file(settings: Settings) -> Path | None:
    """The file in force: MEDAI_FILES, the config folder's, in the sample profile the sandbox's; None when there is none.

    Raises:
        CatalogueRefused: MEDAI_FILES is no place on this machine.
    """
    if settings.files:
        if "://" in settings.files:
            raise CatalogueRefused(
                f"MEDAI_FILES is {settings.files}; name the folder on this machine that holds {FILE}, and the object store "
                "as the folder of a set in it"
            )
        named = Path(settings.files).expanduser()
        return named if named.suffix in (".yaml", ".yml") else named / FILE
    if settings.config and (settings.config / FILE).exists():
        return settings.config / FILE
    return _sample(settings) if settings.profile == "sample" else None


def _sample(settings: Settings) -> Path:
    """The sandbox's records, or the packaged ones that they will be made of."""
    records: Path = settings.sandbox_records
    packaged: Path = resolve_name(_SAMPLE)
    return (records if records.exists() else packaged) / SOURCE_NAME / FILE


def file_sets(settings: Settings) -> dict[str, FileSet]:
    """The sets in force by name, in the file's order; none when there is no file.

    Raises:
        CatalogueRefused: the file is missing, or a set is not as docs/your_own_files.md says.
        YamlRefused: the file is no YAML of names and values, or holds an unknown setting; the message names the line.
    """
    file = catalogue_file(settings)
    if file is None:
        return {}
    try:
        return _sets(file, file.read_bytes())
    except OSError as error:
        raise CatalogueRefused(
            f"{file} cannot be read: {error.strerror}; docs/your_own_files.md shows one"
        ) from None


@lru_cache(maxsize=8)
def _sets(file: Path, content: bytes) -> dict[str, FileSet]:
    """The sets that the file states; asked for every slice whenever staleness is looked at."""
    names = parse_yaml(content, str(file))
    stated = parse_yaml(content, str(file), dict.fromkeys(names, tuple(FileSet.model_fields)))
    if len(stated) > MOST_SETS:
        raise CatalogueRefused(
            f"{file} has {len(stated)} sets; {MOST_SETS} at most: put files of the same form into one set"
        )
    return {name: _set(name, values, file) for name, values in stated.items()}


def _set(name: str, values: Any, file: Path) -> FileSet:
    if not NAME.fullmatch(name):
        raise CatalogueRefused(
            f"{file}: the set {name!r} needs a name of a-z, 0-9 and hyphens, such as clinic-faq"
        )
    if not isinstance(values, dict):
        raise CatalogueRefused(f"{file}: {name} must hold settings, one `name: value` a line")
    try:
        return FileSet.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join([name, *map(str, first["loc"])])
        raise CatalogueRefused(f"{file}: {where}: {first['msg'].removeprefix('Value error, ')}") from None


def slices_of(settings: Settings) -> tuple[Slice, ...]:
    """A slice for each set; raises what ``file_sets`` raises."""
    return tuple(
        Slice(SOURCE_NAME, name, one.query(), one.title or name, (settings.profile,))
        for name, one in file_sets(settings).items()
    )


def folder_of(settings: Settings, one: FileSet) -> str:
    """Address of a set's folder; one that is not absolute lies beside ``files.yaml``.

    Raises:
        CatalogueRefused: there is no ``files.yaml`` any more.
    """
    if "://" in one.folder:
        return one.folder
    file = catalogue_file(settings)
    if file is None:
        raise CatalogueRefused(f"there is no {FILE} in use any more; set MEDAI_FILES to its folder")
    return str((file.parent / Path(one.folder).expanduser()).absolute())
