"""Python modules as units that can be compared: a unit is one top-level statement, its digest that of its syntax tree.

Comments, docstrings, formatting, line numbers and import statements are no part of a digest, nor are the paths of this
package's modules, so that moving a module changes no digest. What an imported name stands for is told by ``names``.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Fields that differ between Python versions, or that hold nothing of the program's meaning.
IGNORED = frozenset({"ctx", "type_comment", "kind", "type_ignores"})
RUN_ON_IMPORT = (
    ast.Expr,
    ast.For,
    ast.If,
    ast.Try,
    ast.With,
    ast.While,
    ast.AugAssign,
    ast.Assert,
    ast.Delete,
)
Entries = Callable[[ast.Dict], "list[int] | None"]  # which entries of a table are read; None: all of them


def whole(table: ast.Dict) -> None:
    """The ``Entries`` of whoever reads tables whole."""


@dataclass(frozen=True)
class Imported:
    """What an import statement binds: a module of whatever package, or a name in it."""

    module: str
    name: str | None = None


@dataclass(eq=False)
class Unit:
    """One top-level statement of a module."""

    module: Module
    node: ast.stmt

    @cached_property
    def binds(self) -> frozenset[str]:
        """Names that the statement gives a value at the module's top level."""
        if isinstance(self.node, DOCUMENTED):
            return frozenset({self.node.name})
        stored = (n for n in ast.walk(self.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        return frozenset(n.id for n in stored)

    @cached_property
    def imports(self) -> dict[str, Imported]:
        """What the statement imports by itself, as in a function's body."""
        return imports_in(self.node, self.module.name)

    def holds(self, line: int) -> bool:
        """Whether a line of the file belongs to the statement, its decorators included."""
        first = min([self.node.lineno, *(d.lineno for d in getattr(self.node, "decorator_list", ()))])
        found: bool = first <= line <= (self.node.end_lineno or self.node.lineno)
        return found

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.node))

    @cached_property
    def tables(self) -> list[ast.Dict]:
        """Tables in the statement whose keys are all plain texts."""
        return [n for n in self._nodes if isinstance(n, ast.Dict) and n.keys and all(map(_is_text, n.keys))]

    @cached_property
    def texts(self) -> frozenset[str]:
        """Constant texts that may name a file: all but docstrings, keys of tables and subscripts."""
        other: set[int] = set()
        for node in self._nodes:
            if _is_documented(node):
                other.add(id(node.body[0].value))  # type: ignore[attr-defined]
            elif isinstance(node, ast.Dict):
                other |= {id(key) for key in node.keys}
            elif isinstance(node, ast.Subscript):
                other.add(id(node.slice))
        constants = (n for n in self._nodes if isinstance(n, ast.Constant) and id(n) not in other)
        return frozenset(n.value for n in constants if isinstance(n.value, str))

    @cached_property
    def loads(self) -> frozenset[str]:
        """What the statement loads by a pointer: the text in ``….load("parser")``."""
        called = (n for n in self._nodes if isinstance(n, ast.Call) and n.args)
        loads = (c.args[0] for c in called if isinstance(c.func, ast.Attribute) and c.func.attr == "load")
        return frozenset(str(what.value) for what in loads if isinstance(what, ast.Constant))

    @cached_property
    def finds(self) -> frozenset[str]:
        """The libraries whose files the statement reads without importing them: the text in ``find_spec("library")``."""
        called = (n for n in self._nodes if isinstance(n, ast.Call) and n.args)
        finds = (c.args[0] for c in called if isinstance(c.func, ast.Name) and c.func.id == "find_spec")
        return frozenset(str(what.value) for what in finds if isinstance(what, ast.Constant))

    def constants(self, entries: Entries) -> frozenset[str]:
        """Digests of the data written down in the statement: values given to names of the top level, and collections of texts
        inside functions and classes (word lists, patterns, tables, bounds). A name changed alone changes none."""
        texts = (_as_text(value, self.module.package, entries) for value in self._data)
        return frozenset(hashlib.sha256(one.encode()).hexdigest() for one in texts)

    @cached_property
    def _data(self) -> list[ast.AST]:
        if not isinstance(self.node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            return [n for n in self._nodes if _lists_texts(n)]
        return [self.node.value] if self.node.value and _holds_data(self.node.value) else []

    def read(self, entries: Entries) -> tuple[str, list[tuple[str, ...]]]:
        """``digest_and_names`` of the statement."""
        if all(entries(table) is None for table in self.tables):
            return self._whole
        return self._as_read(entries)

    @cached_property
    def _whole(self) -> tuple[str, list[tuple[str, ...]]]:
        return self._as_read(whole)

    def _as_read(self, entries: Entries) -> tuple[str, list[tuple[str, ...]]]:
        return digest_and_names(self.node, self.module.package, entries)


@dataclass(eq=False)
class Module:
    """A module of the package: its units and what its top level imports."""

    package: str
    name: str
    path: Path
    units: list[Unit] = field(default_factory=list)
    imports: dict[str, Imported] = field(default_factory=dict)

    @classmethod
    def read(cls, package: str, name: str, path: Path) -> Module:
        """Raises SyntaxError naming the file."""
        module = cls(package, name, path)
        is_package = path.name == "__init__.py"
        for number, node in enumerate(statements_of(path.read_bytes(), str(path))):
            if isinstance(node, ast.Import | ast.ImportFrom) or _for_types_only(node):
                module.imports |= imports_in(node, name if not is_package else f"{name}.__init__")
            elif not (number == 0 and _is_text(node)) and not _for_scripts_only(node):
                module.units.append(Unit(module, node))
                if isinstance(node, ast.Try):
                    module.imports |= imports_in(node, name)
        return module

    def bound_to(self, name: str) -> list[Unit]:
        """The units that give a name its value, in order."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.units:
            for name in unit.binds:
                found.setdefault(name, []).append(unit)
        return found

    @cached_property
    def on_import(self) -> list[Unit]:
        """Units that do something when the module is imported, beyond giving names their values."""
        return [u for u in self.units if isinstance(u.node, RUN_ON_IMPORT) or not u.binds]


def statements_of(code: bytes, file: str) -> list[ast.stmt]:
    """The statements of a module's top level. Raises SyntaxError naming the file."""
    return ast.parse(code, filename=file).body


def digest_and_names(node: ast.stmt, package: str, entries: Entries) -> tuple[str, list[tuple[str, ...]]]:
    """The digest of a statement's syntax tree alone, and the names it uses (see ``names``), each once, sorted."""
    digest = hashlib.sha256(_as_text(node, package, entries).encode()).hexdigest()
    return digest, sorted(set(names(node, package, entries)))


def imports_in(node: ast.AST, module: str) -> dict[str, Imported]:
    """Names bound by the import statements inside a statement; ``module`` is where relative ones start from."""
    found: dict[str, Imported] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            for alias in inner.names:
                plain = alias.name.split(".")[0]
                found[alias.asname or plain] = Imported(alias.name if alias.asname else plain)
        elif isinstance(inner, ast.ImportFrom):
            above = module.split(".")[: -inner.level] if inner.level else []
            source = ".".join([*above, *([inner.module] if inner.module else [])])
            found |= {a.asname or a.name: Imported(source, a.name) for a in inner.names}
    return found


def names(node: ast.AST, package: str, entries: Entries) -> Iterator[tuple[str, ...]]:
    """Each name that a statement uses with the attributes read from it: ``steps.withdrawn`` as ("steps", "withdrawn").

    A text that is a module's path comes as one name of one part, and so do names in quoted annotations.
    """
    chain = _chain(node)
    if chain:
        yield chain
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if is_module_path(node.value, package):
            yield (node.value,)
        return
    if isinstance(node, ast.arg | ast.AnnAssign) and _is_text(node.annotation):
        yield from names(ast.parse(node.annotation.value, mode="eval"), package, entries)  # type: ignore[union-attr]
    if isinstance(node, ast.FunctionDef) and _is_text(node.returns):
        yield from names(ast.parse(node.returns.value, mode="eval"), package, entries)  # type: ignore[union-attr]
    for child in _children(node, entries):
        yield from names(child, package, entries)


def is_pointer(text: str, package: str) -> bool:
    """Whether a text looks like ``module:name``, which code that needs it imports by ``load``."""
    return re.fullmatch(rf"{package}(\.\w+)+:\w+", text) is not None


def is_module_path(text: str, package: str) -> bool:
    """Whether a text looks like the path of a module of the package, or of a name in one."""
    return re.fullmatch(rf"{package}(\.\w+)+", text) is not None


def _as_text(value: object, package: str, entries: Entries) -> str:
    """A syntax tree as text that is the same in every Python version that can read it."""
    if isinstance(value, ast.Constant):
        if isinstance(value.value, str) and is_module_path(value.value, package):
            return "(module)"
        if isinstance(value.value, str) and is_pointer(value.value, package):
            return "(pointer)"
        return f"({type(value.value).__name__} {value.value!r})"
    if isinstance(value, list):
        return f"[{' '.join(text for item in value if (text := _as_text(item, package, entries)))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    if isinstance(value, ast.Import | ast.ImportFrom):
        return ""
    parts = [type(value).__name__]
    for name, inner in _fields(value, entries):
        parts.append(f"{name}={_as_text(inner, package, entries)}")
    return f"({' '.join(parts)})"


def _fields(node: ast.AST, entries: Entries) -> Iterator[tuple[str, object]]:
    """Fields that mean something, without docstrings and without entries of tables that are not read."""
    chosen = entries(node) if isinstance(node, ast.Dict) else None
    for name in node._fields:
        inner = getattr(node, name, None)
        if name in IGNORED or inner is None or inner == []:
            continue
        if chosen is not None:
            inner = [inner[place] for place in chosen]
        if name == "body" and _is_documented(node):
            inner = inner[1:]
        yield name, inner


def _children(node: ast.AST, entries: Entries) -> Iterator[ast.AST]:
    for _, inner in _fields(node, entries):
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, ast.AST):
                yield item


def _holds_data(value: ast.expr) -> bool:
    return any(isinstance(n, ast.Constant) and n.value is not None for n in ast.walk(value))


def _lists_texts(node: ast.AST) -> bool:
    """Whether it is a list, set, tuple or table of constants, two texts among them at least."""
    if isinstance(node, ast.Dict):
        items = [*node.keys, *node.values]
    elif isinstance(node, ast.List | ast.Set | ast.Tuple):
        items = [*node.elts]
    else:
        return False
    return all(isinstance(i, ast.Constant) for i in items) and sum(map(_is_text, items)) > 1


def _chain(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        above = _chain(node.value)
        return (*above, node.attr) if above else ()
    return ()


def _is_text(node: ast.AST | None) -> bool:
    node = node.value if isinstance(node, ast.Expr) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_documented(node: ast.AST) -> bool:
    return (
        isinstance(node, DOCUMENTED)
        and bool(node.body)
        and _is_text(node.body[0])
        and isinstance(node.body[0], ast.Expr)
    )


def _for_types_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and _chain(node.test)[-1:] == ("TYPE_CHECKING",)


def _for_scripts_only(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and _chain(node.test.left) == ("__name__",)
    )
