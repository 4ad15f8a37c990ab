"""On which line of a TOML file something stands, for whoever has to correct it. The reader of TOML itself does not tell."""

import re
from collections.abc import Iterator

from integrations.form.parts import Where

_HEADER = re.compile(r"\s*\[(?P<many>\[)?(?P<name>[^\[\]]+)\]")
_KEY = re.compile(r"\s*(?P<name>(?:[\w.-]|\"[^\"]*\"|'[^']*')+)\s*=")
_LONG = re.compile(r'"""|\'\'\'')


def line_of(text: str, where: Where) -> int | None:
    """The line, from 1, of the deepest table or key on the way to `where`; None if not even its first step is there."""
    lines = dict(_lines(text))
    return next((lines[where[:end]] for end in range(len(where), 0, -1) if where[:end] in lines), None)


def _lines(text: str) -> Iterator[tuple[Where, int]]:
    table: Where = ()
    counts: dict[Where, int] = {}
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not inside and (header := _HEADER.match(line)):
            table = _table(header["name"], bool(header["many"]), counts)
            yield table, number
        elif not inside and (key := _KEY.match(line)):
            yield (*table, *_steps(key["name"])), number
        inside ^= len(_LONG.findall(line)) % 2 == 1


def _table(name: str, many: bool, counts: dict[Where, int]) -> Where:
    """Where a header leads: through the newest item of each list of tables."""
    table: Where = ()
    steps = _steps(name)
    for at, step in enumerate(steps, 1):
        table = (*table, step)
        if many and at == len(steps):
            counts[table] = counts.get(table, -1) + 1
        if table in counts:
            table = (*table, counts[table])
    return table


def _steps(name: str) -> tuple[str, ...]:
    return tuple(step.strip().strip("\"'") for step in name.split("."))
