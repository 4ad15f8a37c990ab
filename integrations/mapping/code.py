"""Python source while it is written: one function of one argument, with everything foreign handed in by name."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

ARGUMENT = "row"
_INDENT = "    "


class Code:
    """The body of one function. Names are ours and never bound twice, so what was worked out once is not worked out again.

    Nothing foreign reaches the source but `repr` of a text and of a whole number; other values are constants.
    """

    def __init__(self, **given: Any) -> None:
        self._given = given
        self._lines: list[str] = []
        self._known: list[dict[str, str]] = [{}]
        self._numbers = count()

    def line(self, source: str) -> None:
        """One statement in the block that is open."""
        self._lines.append(_INDENT * len(self._known) + source)

    def let(self, source: str) -> str:
        """The name of an expression's value; that of an earlier one where the same is known here."""
        for known in self._known:
            if source in known:
                return known[source]
        name = self._known[-1][source] = self.fresh()
        self.line(f"{name} = {source}")
        return name

    def fresh(self) -> str:
        """A name that nothing has yet."""
        return f"v{next(self._numbers)}"

    def constant(self, value: Any) -> str:
        """A name for a value that the function is handed."""
        name = self.fresh()
        self._given[name] = value
        return name

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written inside stands under `head`, and what it names is known inside only."""
        self.line(head)
        self._known.append({})
        yield
        self._known.pop()

    def function(self, results: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
        """The finished function: gives the values of the names in `results`, in their order."""
        listed = "".join(f"{name}, " for name in results)
        source = "\n".join([f"def read({ARGUMENT}):", *self._lines, f"{_INDENT}return ({listed})"])
        room = dict(self._given)
        # Source of our own making: see the class.
        exec(compile(source, "<places of a description>", "exec"), room)  # noqa: S102
        made: Callable[[Any], tuple[Any, ...]] = room["read"]
        return made
