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


def _groups(table: LexborNode) -> list[list[LexborNode]]:
    """Rows of this table by head, bodies and foot, not those of tables within its cells."""
    found: list[list[LexborNode]] = [[]]
    for node in _elements(table):
        if node.tag == "tr":
            found[-1].append(node)
        elif node.tag in ("thead", "tbody", "tfoot"):
            found += [[row for row in _elements(node) if row.tag == "tr"], []]
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
    number = 0
    for group in _groups(table):
        # Place -> row of the group before which a cell ends, and the cell.
        reaching: dict[int, tuple[int, tuple[str, int]]] = {}
        for here, row in enumerate(group):
            cells: list[tuple[str, int]] = []
            above = {place: cell for place, (end, cell) in reaching.items() if end > here}
            for node in _elements(row):
                if node.tag not in ("td", "th"):
                    continue
                _take(cells, above)
                number += 1
                cell = (cell_text(node), number)
                rows, columns = _span(node, "rowspan"), _span(node, "colspan")
                reaching |= {len(cells) + column: (here + rows, cell) for column in range(columns)}
                cells += [cell] * columns
            _take(cells, above)
            while any(place > len(cells) for place in above):
                cells.append(("", 0))
                _take(cells, above)
            grid.append(cells)
    return grid


def _take(cells: list[tuple[str, int]], above: dict[int, tuple[str, int]]) -> None:
    """Fill the next places from cells of earlier rows that reach down into this one."""
    while (place := len(cells)) in above:
        cells.append(above[place])


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
