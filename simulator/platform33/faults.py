"""How the platform can answer badly."""

from collections.abc import Callable

from aiohttp import web

ERRORS = ("fault", "declined", "namespace", "bomb", "external-entity", "html", "garbage", "truncated", "http500")

TRAP = "/zjzw/entities/secret"
"""Where the external entity leads: whoever asks here resolves entities over the network, and is counted."""

XML = "text/xml"


def spoilt(error: str | None, good: web.Response, base: str) -> web.Response:
    """The answer that this error makes of a good one. `base` is the platform's own address."""
    change = _CHANGES.get(error or "")
    return change(good.text or "", base) if change else good


def xml(text: str, status: int = 200) -> web.Response:
    """A document as the platform sends it."""
    return web.Response(text=text, status=status, content_type=XML, charset="utf-8")


def _namespace(text: str, base: str) -> web.Response:
    return xml(text.replace("urn:zjzw:exchange:2", "urn:zjzw:exchange:3").replace(":banjian:2", ":banjian:3"))


def _bomb(text: str, base: str) -> web.Response:
    lines = ["<!ENTITY a0 'ha'>", *(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))]
    return xml(_with_entities(text, "".join(lines), "&a9;"))


def _external(text: str, base: str) -> web.Response:
    return xml(_with_entities(text, f"<!ENTITY a SYSTEM '{base}{TRAP}'>", "&a;"))


def _with_entities(text: str, declared: str, used: str) -> str:
    head, _, rest = text.partition("?>\n")
    return f"{head}?>\n<!DOCTYPE x [{declared}]>\n" + rest.replace("成功", used, 1)


def _html(text: str, base: str) -> web.Response:
    return web.Response(text="<html><body>系统升级中，请稍后访问<br></body></html>", content_type="text/html")


def _garbage(text: str, base: str) -> web.Response:
    return web.Response(body=b"\xff\xfe<?xml \x80\x81", content_type=XML)


def _truncated(text: str, base: str) -> web.Response:
    return xml(text[: len(text) // 2])


def _http500(text: str, base: str) -> web.Response:
    return web.Response(status=500, text="org.apache.axis2.AxisFault: null\n\tat com.example.exchange.Skeleton")


_CHANGES: dict[str, Callable[[str, str], web.Response]] = {
    "namespace": _namespace,
    "bomb": _bomb,
    "external-entity": _external,
    "html": _html,
    "garbage": _garbage,
    "truncated": _truncated,
    "http500": _http500,
}
