"""Exchange tables as JSON over HTTP: each table flat, as the national case exchange defines them, and joined by case here."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from integrations.dialects.dialect import NOTHING, Ask, Wire
from integrations.dialects.rest import rest
from integrations.form.connection import Connection
from integrations.form.operations import Join, TablesOperation, Values
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import reader
from integrations.mapping.values import rows_of, word_of
from integrations.port import Drifted


def exchange_tables(connection: Connection, operation: TablesOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found in the answer once its tables are joined."""
    ask = rest(connection, operation, wire)
    if operation.join is None:
        return ask
    join = _joiner(operation.rows, operation.join)

    async def ask_and_join(values: Values) -> Any:
        answer = await ask(values)
        if answer is not NOTHING:
            join(answer)
        return answer

    return ask_and_join


def _joiner(main: str, form: Join) -> Callable[[Any], None]:
    """What puts the rows of each table into the rows of `main`, in place.

    It raises Drifted for a row that belongs to none of them: left out, it would be a fact that nobody misses.
    """
    read = reader(JsonPaths(), [], [main, *form.tables.values()])

    def join(answer: Any) -> None:
        found, *others = read(answer)
        cases = {word_of(row.get(form.by), form.by): row for row in rows_of(found, main)}
        for (name, place), rows in zip(form.tables.items(), others, strict=True):
            of_case = defaultdict(list)
            for row in rows_of(rows, place):
                of_case[word_of(row.get(form.by), form.by)].append(row)
            if of_case.keys() - cases.keys():
                raise Drifted(f"{place} has rows of which {main} has no case")
            for case, row in cases.items():
                row[name] = of_case[case]

    return join
