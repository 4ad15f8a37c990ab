"""What every wire of a generated platform has: whom it belongs to, what it reads, and how a question is understood."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from aiohttp import web

from simulator.provinces.book import Book
from simulator.provinces.life import Case, Licence
from simulator.provinces.tongue import Tongue

T = TypeVar("T")


class DeclinedError(Exception):
    """The platform declines: what was wrong, in its own words."""


@dataclass(frozen=True)
class Asked:
    """A question: who is asked about, and which rows are wanted."""

    kind: str
    number: str
    offset: int
    size: int

    def of(self, rows: list[T]) -> list[T]:
        """The page of these rows."""
        return rows[self.offset : self.offset + self.size]


def asked(kind: Any, number: Any, offset: int, size: Any, most: int) -> Asked:
    """A question from what was sent. Raises DeclinedError for what is not in the wire document."""
    if kind not in ("111", "001"):
        raise DeclinedError("证件类型应为111或001")
    if not isinstance(number, str) or len(number) != 18:
        raise DeclinedError("证件号码应为18位")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= most or offset < 0:
        raise DeclinedError(f"每页应为1至{most}条")
    return Asked(kind, number.upper(), offset, size)


def whole(value: Any, least: int = 0) -> int:
    """A whole number, perhaps as text. Raises DeclinedError."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise DeclinedError("应为整数")
    if int(value) < least:
        raise DeclinedError(f"不应小于{least}")
    return int(value)


class Wire(ABC):
    """One platform's protocol. `code` names the platform, `secrets` are what whoever asks must know, by setting."""

    dialect: ClassVar[str]
    media: ClassVar[str] = "application/json"
    tls: ClassVar[bool] = False

    def __init__(self, code: str, tongue: Tongue, book: Callable[[], Book], declines: Callable[[], bool]) -> None:
        self.code, self.tongue, self._book, self._declines = code, tongue, book, declines

    @abstractmethod
    def secrets(self, address: str) -> dict[str, str]:
        """The secrets of whoever asks."""

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler of each question."""

    def words(self) -> Mapping[str, str]:
        """What only this wire's description says, by the name it has in the template."""
        return {}

    def cases(self, question: Asked) -> tuple[list[Case], int]:
        """A page of cases, and how many there are. Raises DeclinedError if the platform is told to."""
        return self._page(question, self._book().cases_of(question.kind, question.number))

    def licences(self, question: Asked) -> tuple[list[Licence], int]:
        """A page of licences, and how many there are. Raises DeclinedError if the platform is told to."""
        return self._page(question, self._book().licences_of(question.kind, question.number))

    def _page(self, question: Asked, rows: list[T]) -> tuple[list[T], int]:
        if self._declines():
            raise DeclinedError("系统繁忙，请稍后再试")
        return question.of(rows), len(rows)


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body. Raises DeclinedError."""
    try:
        body = await request.json()
    except ValueError:
        raise DeclinedError("请求体不是JSON") from None
    if not isinstance(body, dict):
        raise DeclinedError("请求体应为JSON对象")
    return body
