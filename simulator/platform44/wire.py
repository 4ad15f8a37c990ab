"""The questions of docs/wire/44.md over HTTP."""

import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator.knobs import Knobs
from simulator.platform44.book import Book
from simulator.platform44.faults import drifted
from simulator.traffic import Traffic

_DECLINED_MSG = "系统繁忙，请稍后再试"
_Answer = dict[str, Any]


class DeclinedError(Exception):
    """The platform declines: a code of the wire document and what it says about it."""

    def __init__(self, code: str, msg: str) -> None:
        super().__init__(msg)
        self.code, self.msg = code, msg


class Questions:
    """Answers questions out of a book, as well or as badly as the knobs say."""

    def __init__(self, book: Callable[[], Book], knobs: Callable[[], Knobs], traffic: Traffic, app_key: str) -> None:
        self._book, self._knobs, self._traffic, self._app_key = book, knobs, traffic, app_key.encode()

    def app(self) -> web.Application:
        """A fresh web application with the three questions."""
        app = web.Application()
        for path, question in _QUESTIONS.items():
            app.router.add_post(path, self._handler(question))
        return app

    def _handler(self, question: Callable[[Book, _Answer], Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            async with self._traffic.question(request.path):
                return await self._answer(request, question)

        return handle

    async def _answer(self, request: web.Request, question: Callable[[Book, _Answer], Any]) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get("X-App-Key", "").encode(), self._app_key):
            return _json({"code": "1001", "msg": "应用未授权"}, status=401)
        knobs = self._knobs()
        try:
            if knobs.error == "declined":
                raise DeclinedError("9999", _DECLINED_MSG)
            data = question(self._book(), await _body(request))
            answer = {"code": "0000", "msg": "ok", "data": drifted(data) if knobs.error == "drift" else data}
        except DeclinedError as declined:
            answer = {"code": declined.code, "msg": declined.msg}
        return await _spoilt(request, knobs.error, _json(answer))


async def _body(request: web.Request) -> _Answer:
    if request.content_type != "application/json":
        raise DeclinedError("4000", "Content-Type应为application/json")
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise DeclinedError("4000", "请求体不是JSON") from None
    if not isinstance(body, dict):
        raise DeclinedError("4000", "请求体应为JSON对象")
    return body


def _cases(book: Book, body: _Answer) -> _Answer:
    return _page(body, [case.wire() for case in book.cases_of(*_party(body))])


def _licences(book: Book, body: _Answer) -> _Answer:
    return _page(body, [licence.row for licence in book.licences_of(*_party(body))])


def _case(book: Book, body: _Answer) -> _Answer:
    number = body.get("PROJECT_NO")
    if not isinstance(number, str) or not number:
        raise DeclinedError("4000", "PROJECT_NO必填")
    if number not in book.cases:
        raise DeclinedError("4040", "办件不存在")
    return book.cases[number].wire()


def _party(body: _Answer) -> tuple[str, str]:
    kind, number = body.get("APPLYER_ID_TYPE"), body.get("APPLYER_ID")
    if kind not in ("111", "001"):
        raise DeclinedError("4000", "APPLYER_ID_TYPE应为111或001")
    if not isinstance(number, str) or len(number) != 18:
        raise DeclinedError("4000", "APPLYER_ID应为18位")
    return kind, number.upper()


def _page(body: _Answer, rows: list[Any]) -> _Answer:
    number, size = _whole(body, "PAGE_NO", 10**6), _whole(body, "PAGE_SIZE", 100)
    start = (number - 1) * size
    return {"TOTAL": len(rows), "PAGE_NO": number, "PAGE_SIZE": size, "LIST": rows[start : start + size]}


def _whole(body: _Answer, name: str, most: int) -> int:
    value = body.get(name)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise DeclinedError("4000", f"{name}应为1至{most}的整数")
    return value


def _json(answer: _Answer, status: int = 200) -> web.Response:
    text = json.dumps(answer, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json", charset="utf-8")


async def _spoilt(request: web.Request, error: str | None, good: web.Response) -> web.StreamResponse:
    if error == "http500":
        return web.Response(status=500, text="java.lang.NullPointerException\n\tat com.example.exchange.Query")
    if error == "garbage":
        return web.Response(body=b'\xff\xfe\x00{"code":\x80\x81', content_type="application/json")
    if error == "html":
        return web.Response(text="<html><body>系统维护中</body></html>", content_type="text/html")
    return await _truncated(request, good) if error == "truncated" else good


async def _truncated(request: web.Request, good: web.Response) -> web.StreamResponse:
    """Promise the whole length, send half of it and hang up."""
    whole = good.text or ""
    response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    response.content_length = len(whole.encode())
    await response.prepare(request)
    await response.write(whole.encode()[: response.content_length // 2])
    if request.transport is not None:
        request.transport.close()
    return response


_QUESTIONS: dict[str, Callable[[Book, _Answer], Any]] = {
    "/exchange/cases/query": _cases,
    "/exchange/cases/get": _case,
    "/exchange/licences/query": _licences,
}
