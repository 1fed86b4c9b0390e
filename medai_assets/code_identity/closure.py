"""All code that a function reaches through the package, and its digest.

What is reached: the function, every top-level statement that it names, and so on, imports inside functions and behind
quoted annotations included; what a reached module does when it is imported; modules that run as processes of their
own; packaged files that a reached statement names; the pinned version of each library that is used directly.
Methods are reached with their class, which the annotations of this package name.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from medai_assets.code_identity.data_files import content_digest, files_by_name
from medai_assets.code_identity.syntax import Entries, Imported, Module, Unit, whole

Pointers = Mapping[str, Sequence[str]]
Target = Unit | Module | str  # a statement, a whole module, or a library's name


class CodeNotFound(LookupError):
    """A place in the code that is not where it was said to be."""


@dataclass
class Closure:
    """What was reached: statements with what their names stand for, packaged files, libraries."""

    units: dict[Unit, str] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    files: dict[Path, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)

    @property
    def modules(self) -> list[str]:
        """Names of the modules that hold a reached statement."""
        return sorted({unit.module.name for unit in self.units})

    def digest(self, *further: str) -> str:
        """Sixteen hexadecimal digits over all of it, wherever the modules lie."""
        digests = [
            *self.units.values(),
            *self.files.values(),
            *(f"{n}=={v}" for n, v in self.libraries.items()),
        ]
        return hashlib.sha256("\n".join([*sorted(digests), *further]).encode()).hexdigest()[:16]

    @property
    def data_digest(self) -> str:
        """Sixteen hexadecimal digits over the data in it: constants and packaged files, wherever and however they are named."""
        return hashlib.sha256(
            "\n".join(sorted({*self.constants, *self.files.values()})).encode()
        ).hexdigest()[:16]


class Package:
    """The modules of a package, read when they are asked for.

    Args:
        folder: where the package's ``__init__.py`` lies; its name is the package's.
        beyond: modules, packages or ``module:name`` that a closure does not enter.
        data: folders of files below ``folder`` whose content is known by other means.
        facts: pattern of modules that state facts: their code counts, and what is written down in them is no data of it.
        pins: versions of libraries by the name they are imported by.

    Raises:
        CodeNotFound: ``beyond`` names what there is not.
    """

    def __init__(
        self,
        folder: Path,
        beyond: Iterable[str] = (),
        data: Iterable[str] = (),
        pins: Mapping[str, str] | None = None,
        facts: str = "",
    ) -> None:
        self.folder = folder
        self.data = frozenset(folder / name for name in data)
        self.name = folder.name
        self.beyond = frozenset(beyond)
        self.pins = pins or {}
        self._facts = re.compile(facts)
        self._read: dict[str, Module] = {}
        self._beside: dict[Path, dict[str, list[Path]]] = {}
        self._file_digests: dict[Path, str] = {}
        for place in self.beyond:
            module, _, name = place.partition(":")
            if module not in self.paths or (name and not self.module(module).bound_to(name)):
                raise CodeNotFound(f"a closure is meant to end at {place}, which does not exist")

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every module's file by the module's name."""
        found = {}
        for path in sorted(self.folder.rglob("*.py")):
            parts = [self.name, *path.relative_to(self.folder).with_suffix("").parts]
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def files_beside(self, module: Module) -> dict[str, list[Path]]:
        """Packaged files by the texts that name them in a module."""
        folder = module.path.parent
        if folder not in self._beside:
            self._beside[folder] = files_by_name(folder, self.folder, self.data)
        return self._beside[folder]

    def file_digest(self, path: Path) -> str:
        if path not in self._file_digests:
            self._file_digests[path] = content_digest(path)
        return self._file_digests[path]

    def module(self, name: str) -> Module:
        if name not in self._read:
            self._read[name] = Module.read(self.name, name, self.paths[name])
        return self._read[name]

    def at(self, path: Path, line: int) -> Unit:
        """The top-level statement at a line of a file.

        Raises:
            CodeNotFound: there is none.
        """
        module = next((name for name, known in self.paths.items() if known == path.resolve()), None)
        for unit in self.module(module).units if module else ():
            if unit.holds(line):
                return unit
        raise CodeNotFound(f"no statement of {self.name} stands at {path}:{line}")

    def closure(
        self,
        roots: Iterable[Unit],
        *,
        without: Iterable[Unit] = (),
        entries: Entries = whole,
        pointers: Pointers | None = None,
    ) -> Closure:
        """All that is reached from ``roots``.

        Args:
            without: statements that are not entered, as they have an identity of their own.
            entries: which entries of a table are read; the others are no part of the closure.
            pointers: what ``load`` finds, as ``module:name``, by what is loaded.
        """
        return _Walk(self, frozenset(without), entries, pointers or {}).from_units(roots)

    def meaning(self, module: Module, name: str) -> list[Target]:
        """What a name stands for at a module's top level: statements, a module, a library; nothing for a builtin."""
        if bound := module.bound_to(name):
            return list(bound)
        if name in module.imports:
            return self.imported(module.imports[name])
        submodule = f"{module.name}.{name}"
        return [self.module(submodule)] if submodule in self.paths else []

    def imported(self, what: Imported) -> list[Target]:
        """What an import binds."""
        if what.module not in self.paths:
            return [] if what.module == "__future__" else [".".join(filter(None, (what.module, what.name)))]
        module = self.module(what.module)
        return self.meaning(module, what.name) if what.name else [module]

    def states_facts(self, module: Module) -> bool:
        """Whether a module states facts rather than how something is made."""
        return self._facts.fullmatch(module.name) is not None

    def is_beyond(self, unit: Unit) -> bool:
        return self._is_module_beyond(unit.module.name) or any(
            f"{unit.module.name}:{name}" in self.beyond for name in unit.binds
        )

    def _is_module_beyond(self, name: str) -> bool:
        return name in self.beyond or ("." in name and self._is_module_beyond(name.rpartition(".")[0]))


class _Walk:
    """One closure in the making."""

    def __init__(
        self, package: Package, without: frozenset[Unit], entries: Entries, pointers: Pointers
    ) -> None:
        self.package = package
        self.without = without
        self.entries = entries
        self.pointers = pointers
        self.found = Closure()

    def from_units(self, roots: Iterable[Unit]) -> Closure:
        waiting = list(roots)
        while waiting:
            unit = waiting.pop()
            if unit in self.found.units or unit in self.without or self.package.is_beyond(unit):
                continue
            _, names = unit.read(self.entries)
            uses = [(chain, target) for chain in names for target in self._stands_for(unit, chain)]
            uses += [((what,), target) for what in sorted(unit.loads) for target in self._loaded(what)]
            self.found.units[unit] = self._with_meanings(unit, uses)
            if not self.package.states_facts(unit.module):
                self.found.constants |= unit.constants(self.entries)
            self._add_files(unit)
            for library in unit.finds:
                self._add_library(library)
            for _, target in uses:
                if isinstance(target, str):
                    self._add_library(target)
                else:
                    waiting += target.units if isinstance(target, Module) else [target]
            waiting += unit.module.on_import
        return self.found

    def _stands_for(self, unit: Unit, chain: tuple[str, ...]) -> list[Target]:
        """What a name with its attributes stands for, followed through modules to the statement that is meant."""
        first, *rest = chain
        if not first.isidentifier():
            return self._at_path(first)
        own = unit.imports.get(first)
        targets = self.package.imported(own) if own else self.package.meaning(unit.module, first)
        for attribute in rest:
            if len(targets) != 1 or not isinstance(targets[0], Module):
                break
            targets = self.package.meaning(targets[0], attribute)
        return targets

    def _at_path(self, path: str) -> list[Target]:
        """The module at a path that stands in a text, or the name in one."""
        if path in self.package.paths:
            return [self.package.module(path)]
        above, _, name = path.rpartition(".")
        return self.package.meaning(self.package.module(above), name) if above in self.package.paths else []

    def _loaded(self, what: str) -> list[Target]:
        """The statements that pointers of that name lead to."""
        places = (pointer.split(":") for pointer in self.pointers.get(what, ()))
        return [
            target
            for module, name in places
            for target in self.package.meaning(self.package.module(module), name)
        ]

    def _with_meanings(self, unit: Unit, uses: list[tuple[tuple[str, ...], Target]]) -> str:
        """Digest of a statement and of what its names stand for, so that a name given another meaning is noticed."""
        meanings = []
        for chain, target in uses:
            name = chain[0] if chain[0].isidentifier() else "(module)"
            if isinstance(target, str):
                meanings.append(f"{name} {target}")
            elif not (isinstance(target, Unit) and self.package.is_beyond(target)):
                units = target.units if isinstance(target, Module) else [target]
                meanings.append(f"{'.'.join((name, *chain[1:]))} {' '.join(map(self._digest, units))}")
        return hashlib.sha256("\n".join([self._digest(unit), *sorted(meanings)]).encode()).hexdigest()

    def _digest(self, unit: Unit) -> str:
        return unit.read(self.entries)[0]

    def _add_files(self, unit: Unit) -> None:
        beside = self.package.files_beside(unit.module)
        for text in unit.texts & beside.keys():
            for path in beside[text]:
                self.found.files[path] = self.package.file_digest(path)

    def _add_library(self, name: str) -> None:
        library = name.split(".")[0]
        if library not in sys.stdlib_module_names:
            self.found.libraries[library] = self.package.pins.get(library, "?")
