"""`medai settings`, and what every command knows of settings: --profile, and variables that name none."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.settings import ENDPOINT_PREFIX, Settings, get_settings, variable

PREFIX = "MEDAI_"
# Read by one command or by the machinery around it, and no setting of a run.
ASIDE = {
    "MEDAI_UI_TOKEN": "the token of the pages of `medai ui` and `medai lineage`; not set: each start makes a new one",
}
_INNER = frozenset({"MEDAI_ACCEPT_SHRINKAGE", "MEDAI_FROM_SCRATCH", "MEDAI_STARTED_BY", "MEDAI_WORKER"})
_OF_TESTS = frozenset({"MEDAI_KIT", "MEDAI_REAL_DATA", "MEDAI_FUZZ"})
PAGE = """# Settings

Every setting is an environment variable; none is needed. An empty variable is one that is not set. Lists have commas in
between (`MEDAI_SOURCES=nhs,fda`). `medai settings` shows the values that hold now. What decides about content stands in
YAML files, which `MEDAI_CONFIG` replaces: `curation.yaml`, `mixture.yaml`, `preference.yaml`,
`recipes/NAME.yaml`. This page is written by
`medai settings --markdown > docs/settings.md`.

| variable | meaning | default | example |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as it is shown; a key's value never is."""

    variable: str
    meaning: str
    default: str
    example: str
    value: str


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print docs/settings.md, without the current values.")
    ] = False,
    share: Annotated[
        bool,
        typer.Option("--share", help="Apply this host's settings on every host that uses the data root."),
    ] = False,
) -> None:
    """Show every setting: its variable, its current value, its default, and what it means."""
    if markdown:
        return typer.echo(page(), nl=False)
    if share:
        return _share(get_settings())
    shown = rows(get_settings())
    if as_json:
        return console.print_json(json.dumps([asdict(row) for row in shown]))
    table = Table("variable", "value", "default", "meaning", box=None, header_style="bold")
    for row in shown:
        value = escape(row.value) if row.value == row.default else f"[bold]{escape(row.value)}[/]"
        table.add_row(row.variable, value, escape(row.default), escape(row.meaning))
    console.out.print(table)


def _share(now: Settings) -> None:
    from medai_assets.graph.graph import Graph
    from medai_assets.planning import shared_settings
    from medai_assets.storage import Store

    if not shared_settings.are_shared(now):
        raise console.fail(
            f"{now.store_root} is not shared with other hosts; a data root is shared if MEDAI_DATA is an object store, or if "
            "MEDAI_HOST names this host",
            console.USAGE,
        )
    shared_settings.share(Graph(now), Store(now.store_root))
    console.out.print(f"The settings of {escape(now.host)} hold on all hosts now.")


def page() -> str:
    """The page of all settings; nothing in it is this machine's."""
    lines = [
        f"| `{row.variable}` | {row.meaning} | {_code(row.default)} | {_code(row.example)} |"
        for row in rows(Settings.model_construct(endpoints={}))
    ]
    lines += [f"| `{name}` | {meaning} |  |  |" for name, meaning in ASIDE.items()]
    return PAGE + "\n".join(lines) + "\n"


def rows(now: Settings) -> list[Row]:
    """All settings with the values that hold."""
    shown = []
    for name, field in Settings.model_fields.items():
        default = {} if field.default_factory else field.default
        of = ENDPOINT_PREFIX + "<NAME>" if name == "endpoints" else variable(name)
        example = str((field.examples or [""])[0])
        shown.append(
            Row(of, str(field.description), _plain(default), example, _plain(getattr(now, name, default)))
        )
    return shown


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _plain(value: object) -> str:
    """A value as it would be typed."""
    if isinstance(value, SecretStr):
        return "(set)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={address}" for name, address in value.items())
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def with_profile(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option ``--profile`` of its own, which stands for the setting."""

    @wraps(command)
    def chosen(*args: Any, profile: str | None, **options: Any) -> None:
        _choose_profile(profile)
        command(*args, **options)

    option = Annotated[str | None, typer.Option(help="sample (default, no network) or live; MEDAI_PROFILE.")]
    signature = inspect.signature(command, eval_str=True)
    last = inspect.Parameter("profile", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
    chosen.__signature__ = signature.replace(parameters=[*signature.parameters.values(), last])  # type: ignore[attr-defined]
    chosen.__annotations__ = get_type_hints(command, include_extras=True) | {"profile": option}
    return chosen


def _choose_profile(profile: str | None) -> None:
    if profile is None:
        return
    if profile not in ("sample", "live"):
        raise console.fail(f"there is no profile {profile!r}; choose sample or live", console.USAGE)
    os.environ["MEDAI_PROFILE"] = profile
    get_settings.cache_clear()


def known_variables() -> frozenset[str]:
    """Variables of ours that something reads; those of upstreams' addresses aside."""
    return frozenset(map(variable, Settings.model_fields)) | ASIDE.keys() | _INNER | _OF_TESTS


def warn_about_unknown_variables(environment: Mapping[str, str]) -> None:
    """A variable that is misspelt changes nothing, which nobody would notice."""
    known = known_variables()
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(ENDPOINT_PREFIX) and name not in known:
            near = get_close_matches(name, known - _INNER - _OF_TESTS, 1)
            meant = f"; did you mean {near[0]}?" if near else "; `medai settings` lists them"
            console.say_on_stderr(escape(f"medai: {name} is not a setting and has no effect{meant}"))
