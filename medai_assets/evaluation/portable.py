"""The scorers as one Python file that needs nothing of this project, so that a stranger can repeat the scores.

It is put together from the modules themselves, so there is one definition of every score.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator

from medai_assets.evaluation import clauses, detectors, scorers, task_functions, verdicts
from medai_assets.text import amounts

_COPIED = (amounts, clauses, detectors, verdicts, scorers, task_functions)
_HEAD = '''"""Scores of short answers, as the evaluation report that came with these tasks computes them. Made, not written."""

from __future__ import annotations
'''


def portable_source() -> str:
    """Python source with the functions of task_functions.py and all they need but the standard library and `datasets`."""
    return "\n".join([_HEAD, *(part for module in _COPIED for part in _body(inspect.getsource(module)))])


def _body(source: str) -> Iterator[str]:
    """A module's source without docstring and `__future__`; what it takes from this package becomes literal values."""
    lines = source.splitlines()
    taken_from_here: list[str] = []
    for number, node in enumerate(ast.parse(source).body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        own = isinstance(node, ast.ImportFrom) and str(node.module).startswith("medai_assets.")
        if isinstance(node, ast.ImportFrom) and own:
            taken_from_here += _values(node)
        if docstring or own or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            for place in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[place] = ""
    yield from taken_from_here
    yield "\n".join(lines).strip() + "\n\n"


def _values(node: ast.ImportFrom) -> Iterator[str]:
    """``NAME = value`` for each constant an import names; nothing for what is copied anyway."""
    module = importlib.import_module(str(node.module))
    if module not in _COPIED:
        for alias in node.names:
            yield f"{alias.asname or alias.name} = {getattr(module, alias.name)!r}"
