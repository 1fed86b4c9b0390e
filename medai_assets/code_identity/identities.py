"""What has a code identity, where each one's code begins, and where it ends.

A stage's code begins at the function that Dagster runs for it, a rule's at the function that makes its examples. Rules
are versioned by themselves, so a stage's code ends before them; the names of the rules, in their order, belong to it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import medai_assets
from medai_assets.code_identity.closure import Closure, Package
from medai_assets.code_identity.syntax import Entries, Unit, whole
from medai_assets.foundation.code_versions import RULED

FOLDER = Path(medai_assets.__file__).parent
LOADED = ("collector", "parser")  # of a source, when a stage needs it
RAW = "raw"  # in tables by stage, all raw assets
# Where a closure ends, and why nothing behind it decides what a stage's output is.
BEYOND = {
    "medai_assets.assets.declaration": "what Dagster is told before anything is made",
    "medai_assets.assets.work": "pins inputs and tells Dagster what was made",
    "medai_assets.assets.page_metadata": "what the asset's page shows",
    "medai_assets.assets.placement": "says where it is made, never what is made",
    "medai_assets.planning.shared_settings": "says which host may make it, never what is made",
    "medai_assets.assets.tables": "what the asset's page shows",
    "medai_assets.assets.resources": "gives assets the store and the settings",
    "medai_assets.assets.lineage_upkeep": "keeps the lineage index, which is made anew from what is stored",
    "medai_assets.code_identity": "this",
    "medai_assets.foundation.code_versions": "reads the lock",
    "medai_assets.foundation.files": "writes whole files; what is in them is the caller's",
    "medai_assets.graph.graph": "which versions are read is in the receipt",
    "medai_assets.graph.nodes": "which versions are read is in the receipt",
    "medai_assets.foundation.slices": "a slice's query is in its fingerprint",
    "medai_assets.foundation.progress": "told, not kept",
    "medai_assets.sandbox": "an upstream like the real ones; what it gives is data",
    "medai_assets.settings": "settings that decide rows are fingerprints or assets; the others bound effort",
    "medai_assets.transport.http": "transport: brings an upstream's bytes, whole or not at all",
    "medai_assets.transport.journal": "transport",
    "medai_assets.transport.limits": "transport",
    "medai_assets.transport.problems": "transport",
    "medai_assets.foundation.redaction": "transport; what it hides is no content",
    "medai_assets.transport.reply": "transport",
    "medai_assets.transport.request": "transport",
    "medai_assets.transport.transfer": "transport",
    "medai_assets.transport.upstreams": "addresses and rates",
    "medai_assets.storage.stored": "storage gives back the rows that it was given, or an error; its tests prove that",
    "medai_assets.storage.draft": "storage",
    "medai_assets.storage.errors": "storage",
    "medai_assets.storage.manifest": "storage",
    "medai_assets.storage.store": "storage",
    "medai_assets.storage.publishing": "storage",
    "medai_assets.storage.table_writer": "storage",
    "medai_assets.training.shared_checkpoints": "carries checkpoints, each held against its hashes before it is gone on from",
    "medai_assets.trust": "signs what was made, beside it",
}
# Files whose values are versioned by themselves: settings and recipes are assets, the sandbox's records fingerprints.
DATA = ("config", "sandbox", "training/recipes")
# What a source states of itself (addresses, terms, traits, forms of ids): golden inputs hold records of each, so that what of
# it decides a row shows there; word lists and patterns, of which they hold few, stand with collector and parser.
FACTS = r"medai_assets\.sources(\.\w+)?\.source"
# Libraries that run, carry, watch or draw; the others may decide a stage's output, so their pins belong to its code.
CARRIERS = frozenset(
    {"dagster", "dagster_pipes", "filelock", "matplotlib", "psutil", "requests", "tenacity", "urllib3"}
)


@dataclass(frozen=True)
class Identity:
    """A stage or a rule with the code behind it, and of that the data written down in it."""

    name: str
    is_rule: bool
    code: str
    data: str
    modules: tuple[str, ...]


def identities(folder: Path = FOLDER, constraints: Path | None = None) -> dict[str, Identity]:
    """Every stage and rule with the digest of its code.

    Args:
        folder: the package's, or a copy of it whose code may differ from what is imported here.
        constraints: the file of pinned versions; default: beside the package.
    """
    package = Package(folder, BEYOND, DATA, pins(constraints or folder.parent / "constraints.txt"), FACTS)
    rules = rule_units(package)
    of_rules = [unit for units in rules.values() for unit in units]
    stages = stage_units(package)
    sources = {name: source for name, (_, source) in stages.items()}
    found = {}
    for name, (unit, _) in stages.items():
        closure = package.closure(
            [unit], without=of_rules, entries=_read_by(name, sources), pointers=_pointers(sources[name])
        )
        found[name] = _identity(name, closure, *(rules if name == RULED else ()))
    for name, units in rules.items():
        found[name] = _identity(name, package.closure(units), name, is_rule=True)
    return found


def _identity(name: str, closure: Closure, *further: str, is_rule: bool = False) -> Identity:
    for library in CARRIERS & closure.libraries.keys():
        del closure.libraries[library]
    return Identity(name, is_rule, closure.digest(*further), closure.data_digest, tuple(closure.modules))


def stage_units(package: Package) -> dict[str, tuple[Unit, str | None]]:
    """The statement that holds each asset's function, and the upstream it is of, in the graph's order."""
    from medai_assets.graph.graph import Graph
    from medai_assets.settings import Settings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Dagster says of its newer parameters
        import medai_assets.definitions  # noqa: F401  (notes what makes each asset)
        from medai_assets.assets.made_once import asset_maker
    # All, whichever are in use where the lock is written.
    settings = Settings(sources=None, judge_url="https://any", teacher_url="https://any", pretraining=True)
    nodes = Graph(settings).nodes
    places = {name: asset_maker(node).make.__code__ for name, node in nodes.items()}
    return {
        name: (_unit_at(package, code.co_filename, code.co_firstlineno), nodes[name].source)
        for name, code in places.items()
    }


def rule_units(package: Package) -> dict[str, list[Unit]]:
    """The statements that hold each rule's function and its registration, in the order they were registered."""
    import medai_assets.instructions.kinds.registry  # noqa: F401  (registers the rules)
    from medai_assets.instructions.rules import REGISTRY

    found = {}
    for name, rule in REGISTRY.items():
        code = rule.make.__code__
        unit = _unit_at(package, code.co_filename, code.co_firstlineno)
        found[name] = [unit, *_registrations(unit)]
    return found


def _pointers(source: str | None) -> dict[str, list[str]]:
    """What is loaded of a source, or of all where a stage is none's own, and of the kinds of example."""
    from medai_assets.instructions.kinds.registry import KINDS
    from medai_assets.sources.registry import SOURCES

    asked = [s for s in SOURCES.values() if source in (None, s.name)]
    found = {what: sorted({getattr(s, what) for s in asked} - {""}) for what in LOADED}
    return found | {"scoring": [kind.scoring for kind in KINDS.values()]}


def pins(constraints: Path) -> dict[str, str]:
    """Pinned versions by the name that a library is imported by.

    Raises:
        FileNotFoundError: the file is not there: the lock is written in a clone of the repository.
    """
    lines = (line.split("#")[0].strip() for line in constraints.read_text(encoding="utf-8").splitlines())
    pinned = {
        _plain(name): version for name, _, version in (line.partition("==") for line in lines) if version
    }
    return {
        imported: " ".join(sorted({pinned[_plain(d)] for d in distributions if _plain(d) in pinned}))
        for imported, distributions in _distributions().items()
    }


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Distributions by the name that they are imported by; slow to find out."""
    return packages_distributions()


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")


def _read_by(stage: str, stages: dict[str, str | None]) -> Entries:
    """Of a table by stage or by upstream a stage reads its own entry."""
    source = stages[stage]
    sources = {s for s in stages.values() if s}

    def chosen(table: ast.Dict) -> list[int] | None:
        keys = [key.value for key in table.keys if isinstance(key, ast.Constant)]
        if source and sources.issuperset(keys):
            return [place for place, key in enumerate(keys) if key == source]
        if {*stages, RAW}.issuperset(keys):
            return [place for place, key in enumerate(keys) if key == stage or (source and key == RAW)]
        return None

    return chosen


def _unit_at(package: Package, file: str, line: int) -> Unit:
    """The statement of ``package`` that is called like the one at a line of the package imported here."""
    here = _imported().at(Path(file), line)
    return next(
        (unit for name in sorted(here.binds) for unit in package.module(here.module.name).bound_to(name)),
        here,
    )


@cache
def _imported() -> Package:
    return Package(FOLDER)


def _registrations(maker: Unit) -> Iterator[Unit]:
    """Statements of the maker's module, no functions themselves, that name it."""
    for unit in maker.module.units:
        if not isinstance(unit.node, ast.FunctionDef) and any(
            n in maker.binds for (n, *_) in unit.read(whole)[1]
        ):
            yield unit
