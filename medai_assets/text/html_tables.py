"""HTML tables as readable lines: ``a | b``, one row a line, spanned cells repeated so that each row stands alone."""

from __future__ import annotations

from collections.abc import Callable

from selectolax.lexbor import LexborNode

_MOST_SPAN = 50  # a span beyond this is a mistake in the page
CellText = Callable[[LexborNode], str]


def table_lines(table: LexborNode, cell_text: CellText) -> list[str]:
    """Caption first, then rows. Tables of one column, used for layout, become plain lines.

    Args:
        cell_text: text of one cell on a single line.
    """
    caption = [text for node in table.css("caption") if (text := cell_text(node))]
    grid = _grid(table, cell_text)
    headers = grid[0] if grid else []
    lines = [line for number, row in enumerate(grid) if (line := _row_line(row, headers if number else []))]
    return caption[:1] + lines


def _rows(table: LexborNode) -> list[LexborNode]:
    """Rows of this table, not those of tables within its cells."""
    found: list[LexborNode] = []
    stack = [table]
    while stack:
        node = stack.pop()
        if node.tag == "tr":
            found.append(node)
        elif node is table or node.tag in ("thead", "tbody", "tfoot"):
            stack.extend(reversed(_elements(node)))
    return found


def _elements(node: LexborNode) -> list[LexborNode]:
    child, found = node.child, []
    while child is not None:
        if child.is_element_node:
            found.append(child)
        child = child.next
    return found


def _grid(table: LexborNode, cell_text: CellText) -> list[list[tuple[str, int]]]:
    """Rows of (text, cell number): a cell that spans several places keeps one number in all of them."""
    grid: list[list[tuple[str, int]]] = []
    pending: dict[int, tuple[int, tuple[str, int]]] = {}
    number = 0
    for row in _rows(table):
        cells: list[tuple[str, int]] = []
        for node in _elements(row):
            if node.tag not in ("td", "th"):
                continue
            _take_pending(cells, pending)
            number += 1
            cell = (cell_text(node), number)
            rows, columns = _span(node, "rowspan"), _span(node, "colspan")
            for _ in range(columns):
                if rows > 1:
                    pending[len(cells)] = (rows - 1, cell)
                cells.append(cell)
        _take_pending(cells, pending)
        grid.append(cells)
    return grid


def _take_pending(cells: list[tuple[str, int]], pending: dict[int, tuple[int, tuple[str, int]]]) -> None:
    """Fill the next places from cells of earlier rows that reach down into this one."""
    while (place := len(cells)) in pending:
        left, cell = pending.pop(place)
        cells.append(cell)
        if left > 1:
            pending[place] = (left - 1, cell)


def _span(node: LexborNode, name: str) -> int:
    value = (node.attributes.get(name) or "").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() else 1


def _row_line(row: list[tuple[str, int]], headers: list[tuple[str, int]]) -> str:
    texts = [_without_repeated_header(text, headers, place) for place, (text, _) in enumerate(row)]
    if not any(texts):
        return ""
    if len({number for _, number in row}) == 1:
        return texts[0]
    while texts and not texts[-1]:
        texts.pop()
    return " | ".join(texts)


def _without_repeated_header(text: str, headers: list[tuple[str, int]], place: int) -> str:
    """NHS pages repeat the column's header in every cell for small screens."""
    header = headers[place][0] if place < len(headers) else ""
    rest = text.removeprefix(header).lstrip("; ")
    return rest if header and rest and text.startswith((f"{header} ", f"{header}; ")) else text
