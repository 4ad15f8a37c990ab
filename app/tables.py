"""Rows on a terminal, in columns."""

from collections.abc import Sequence

from rich.cells import cell_len


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Chinese characters are two columns wide. A cell before empty ones may be as long as it likes."""
    widths = [
        max(cell_len(row[column]) for row in rows if column + 1 == len(row) or row[column + 1])
        for column in range(len(rows[0]))
    ]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    line, end = "", 0
    for cell, width in zip(row, widths, strict=True):
        line += cell + " " * max(0, end + width + 2 - cell_len(line) - cell_len(cell))
        end += width + 2
    return line.rstrip()
