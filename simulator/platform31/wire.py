"""The questions of docs/wire/31.md over HTTP."""

import hmac
import json
import re
from collections.abc import Callable

from aiohttp import web

from simulator.knobs import Knobs
from simulator.platform31.graph import Answer, answer
from simulator.platform31.matters import Registry
from simulator.traffic import Traffic

_PATH = "/open/graphql"
ERRORS = ("errors-beside-data", "errors-only", "data-null", "html", "garbage", "http500")


class Questions:
    """Answers questions out of a registry, as well or as badly as the knobs say."""

    def __init__(
        self, registry: Callable[[], Registry], knobs: Callable[[], Knobs], traffic: Traffic, api_key: str
    ) -> None:
        self._registry, self._knobs, self._traffic, self._key = registry, knobs, traffic, api_key.encode()

    def app(self) -> web.Application:
        """A fresh web application with the one path."""
        app = web.Application()
        app.router.add_post(_PATH, self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        question = await _question(request)
        async with self._traffic.question(_name(question)):
            if not hmac.compare_digest(request.headers.get("X-Shzw-Key", "").encode(), self._key):
                return _declined(401, "UNAUTHENTICATED", "密钥无效")
            if question is None:
                return _declined(400, "BAD_REQUEST", "请求体应为含query的JSON对象")
            error = self._knobs().error
            told = answer(self._registry(), question, failing=error == "errors-beside-data")
        return _spoilt(error, told)


async def _question(request: web.Request) -> Answer | None:
    """The question, if it is one."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    if request.content_type != "application/json" or not isinstance(body, dict):
        return None
    forms = (("query", str), ("variables", dict | None), ("operationName", str | None))
    return body if all(isinstance(body.get(name), form) for name, form in forms) else None


def _name(question: Answer | None) -> str:
    """Which fields of Query are asked for, as far as one can tell at a glance: for the count of questions."""
    asked = re.findall(r"\b(matters|certificates)\s*\(", question["query"]) if question else []
    return "+".join(sorted(set(asked))) or "?"


def _json(told: Answer, status: int = 200) -> web.Response:
    text = json.dumps(told, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json", charset="utf-8")


def _declined(status: int, code: str, message: str) -> web.Response:
    return _json({"errors": [{"message": message, "extensions": {"code": code}}]}, status)


def _spoilt(error: str | None, told: Answer) -> web.Response:
    match error:
        case "errors-only":
            return _declined(200, "INTERNAL", "内部错误")
        case "data-null":
            return _json({"data": None})
        case "html":
            return web.Response(text="<!doctype html><title>一网通办</title><p>服务繁忙", content_type="text/html")
        case "garbage":
            return web.Response(body=b'{"data": \xff\xfe', content_type="application/json")
        case "http500":
            return web.Response(status=500, text="upstream connect error or disconnect/reset before headers")
        case _:
            return _json(told)
