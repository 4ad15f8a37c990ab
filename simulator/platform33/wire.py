"""The questions of docs/wire/33.md over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from aiohttp import web
from lxml import etree

from simulator.knobs import Knobs
from simulator.platform33.book import Book
from simulator.platform33.envelope import FaultError, fault_envelope, malformed, new_envelope, read_envelope
from simulator.platform33.faults import TRAP, XML, spoilt, xml
from simulator.platform33.namespaces import ANSWER_PREFIXES, EXCHANGE, FAULT_PREFIXES, add
from simulator.platform33.rows import add_case, add_certificate
from simulator.platform33.security import Watchman
from simulator.traffic import Traffic

_PATH = "/zjzw/services/exchange"
_FIELDS = ("zjlx", "zjhm", "yeMa", "yeDaXiao")
_Element = etree._Element


class DeclinedError(Exception):
    """The platform declines: a code of the wire document and what it says about it."""

    def __init__(self, dm: str, text: str) -> None:
        super().__init__(text)
        self.dm, self.text = dm, text


@dataclass(frozen=True)
class _Page:
    kind: str
    number: str
    page: int
    size: int


class Questions:
    """Answers questions out of a book, as well or as badly as the knobs say."""

    def __init__(
        self, book: Callable[[], Book], knobs: Callable[[], Knobs], traffic: Traffic, watchman: Watchman
    ) -> None:
        self._book, self._knobs, self._traffic, self._watchman = book, knobs, traffic, watchman
        self._prefixes = cycle(ANSWER_PREFIXES)

    def app(self) -> web.Application:
        """A fresh web application with the one path of the service, and the trap for whoever resolves entities."""
        app = web.Application()
        app.router.add_post(_PATH, self._handle)
        app.router.add_get(TRAP, self._trap)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        action = request.headers.get("SOAPAction", "")
        async with self._traffic.question(action.strip('"').partition("#")[2] or "?"):
            error, raw = self._knobs().error, await request.read()
            try:
                if error == "fault":
                    raise FaultError("soap:Server", "F9000", "交换服务内部错误")
                answer = xml(_written(self._answered(request, raw, action, error)))
            except FaultError as fault:
                return xml(_written(fault_envelope(FAULT_PREFIXES, fault)), status=500)
        return spoilt(error, answer, f"http://{request.host}")

    def _answered(self, request: web.Request, raw: bytes, action: str, error: str | None) -> _Element:
        if request.content_type != XML or request.charset != "utf-8":
            raise malformed("Content-Type应为text/xml; charset=utf-8")
        header, body = read_envelope(raw)
        self._watchman.check(header)
        question = _question(body)
        name = etree.QName(question).localname
        if action != f'"{EXCHANGE}#{name}"':
            raise FaultError("soap:Client", "F2002", "SOAPAction与消息不符")
        root, answer_body = new_envelope(next(self._prefixes))
        self._fill(add(answer_body, EXCHANGE, f"{name}Response"), question, error)
        return root

    def _fill(self, answer: _Element, question: _Element, error: str | None) -> None:
        try:
            if error == "declined":
                raise DeclinedError("B0009", "系统繁忙，请稍后再试")
            page = _page(_values(question))
        except DeclinedError as declined:
            add(answer, EXCHANGE, "fanhui", declined.text, dm=declined.dm)
            return
        rows, add_row = _QUESTIONS[etree.QName(question).localname](self._book(), page)
        add(answer, EXCHANGE, "fanhui", "成功", dm="A0000")
        counted = {"zongshu": str(len(rows)), "yeMa": str(page.page), "yeDaXiao": str(page.size)}
        add(answer, EXCHANGE, "fenye", **counted)
        listed, start = add(answer, EXCHANGE, "liebiao"), (page.page - 1) * page.size
        for row in rows[start : start + page.size]:
            add_row(listed, row)

    async def _trap(self, request: web.Request) -> web.Response:
        self._traffic.asked[TRAP] += 1
        return web.Response(text="secret")


def _question(body: _Element) -> _Element:
    children = list(body)
    if len(children) != 1 or children[0].tag not in {f"{{{EXCHANGE}}}{name}" for name in _QUESTIONS}:
        raise malformed("Body中应只有一个urn:zjzw:exchange:2的消息")
    return children[0]


def _values(question: _Element) -> dict[str, str]:
    if [child.tag for child in question] != [f"{{{EXCHANGE}}}{name}" for name in _FIELDS]:
        raise malformed(f"消息中应依次为{'、'.join(_FIELDS)}")
    return {name: child.text or "" for name, child in zip(_FIELDS, question, strict=True)}


def _page(values: dict[str, str]) -> _Page:
    if values["zjlx"] not in ("111", "001"):
        raise DeclinedError("B0001", "zjlx应为111或001")
    if len(values["zjhm"]) != 18:
        raise DeclinedError("B0001", "zjhm应为18位")
    page, size = _whole(values, "yeMa", 10**6), _whole(values, "yeDaXiao", 50)
    return _Page(values["zjlx"], values["zjhm"].upper(), page, size)


def _whole(values: dict[str, str], name: str, most: int) -> int:
    text = values[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most):
        raise DeclinedError("B0001", f"{name}应为1至{most}的整数")
    return int(text)


def _written(root: _Element) -> str:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()


_QUESTIONS: dict[str, Callable[[Book, _Page], tuple[list[Any], Callable[[_Element, Any], None]]]] = {
    "QueryBanjian": lambda book, page: (book.cases_of(page.kind, page.number), add_case),
    "QueryZhengzhao": lambda book, page: (book.certificates_of(page.kind, page.number), add_certificate),
}
