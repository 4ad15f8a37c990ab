"""The endpoint that takes messages, and the phones that receive them."""

import asyncio
import json
import secrets
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator.fcm.answers import Rules, google_error, invalid, refusal
from simulator.fcm.google import PROJECT, ServiceAccount
from simulator.fcm.shape import LIMIT_BYTES, REQUEST, WrongFieldError
from simulator.ports import Port
from simulator.settings import Settings

Message = dict[str, Any]
_TARGETS = ("token", "fid")


class Fcm:
    """Any token (or installation id) is a phone. What a phone received is kept with the time it came."""

    def __init__(self, settings: Settings) -> None:
        self.account, self.rules = ServiceAccount(), Rules()
        self.phones: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.sends = 0
        self.port = Port(settings.host, settings.fcm_port, self._app)

    def write_account(self, folder: Path) -> Path:
        """Write the service account whose token_uri points here; its path."""
        return self.account.write(folder, f"{self.port.url}/token")

    def reset(self) -> None:
        """Empty phones, no rules, counts at zero. Tokens already given stay good."""
        self.rules, self.sends = Rules(), 0
        self.phones.clear()
        self.account.issued, self.account.delay_s, self.account.failure = 0, 0.0, None

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=10 * LIMIT_BYTES)
        app.router.add_post("/token", self._token)
        app.router.add_post("/v1/projects/{project}/messages:send", self._send)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        return await self.account.token(request, f"{self.port.url}/token")

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.sends += 1
        if refused := self._unwelcome(request):
            return refused
        try:
            message, trial = _message(await request.read())
        except WrongFieldError as wrong:
            return invalid(wrong.field, wrong.why)
        rule = self.rules.due(_phone(message))
        if rule and rule.answer == "HANG":
            await asyncio.sleep(rule.seconds)
            return _hung_up(request)
        if rule and rule.answer != "DROP":
            return refusal(rule)
        name = "fake_message_id" if trial else self._kept(message)
        return _hung_up(request) if rule else web.json_response({"name": f"projects/{PROJECT}/messages/{name}"})

    def _unwelcome(self, request: web.Request) -> web.Response | None:
        if not self.account.believes(request.headers.get("Authorization", "")):
            return google_error(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. "
                "Expected OAuth 2 access token, login cookie or other valid authentication credential.",
            )
        if request.headers.get("X-GOOG-API-FORMAT-VERSION") != "2":
            return invalid("X-GOOG-API-FORMAT-VERSION", "X-GOOG-API-FORMAT-VERSION must be 2")
        if request.content_type != "application/json":
            return invalid("Content-Type", "Content-Type must be application/json")
        if request.match_info["project"] != PROJECT:
            return google_error(
                403,
                "PERMISSION_DENIED",
                "Permission 'cloudmessaging.messages.create' denied on "
                f"resource '//cloudresourcemanager.googleapis.com/projects/{PROJECT}'.",
            )
        return None

    def _kept(self, message: Message) -> str:
        name = f"0:{time.time_ns() // 1000}%{secrets.token_hex(8)}"
        self.phones[_phone(message)].append({"message": message, "at": time.time(), "id": name})
        return name


def _message(body: bytes) -> tuple[Message, bool]:
    """The message in a request and whether it is only a trial. Raises WrongFieldError."""
    try:
        request = json.loads(body)
    except ValueError:
        raise WrongFieldError("", "Invalid JSON payload received.") from None
    REQUEST(request, "")
    message: Message = request.get("message", {})
    if bool(message.get("token")) == bool(message.get("fid")):
        raise WrongFieldError("message.token", "Exactly one of token or fid must be specified")
    payload = {name: value for name, value in message.items() if name not in _TARGETS}
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > LIMIT_BYTES:
        raise WrongFieldError("message", "Message is too big")
    return message, bool(request.get("validate_only") or request.get("validateOnly"))


def _phone(message: Message) -> str:
    return str(next(message[name] for name in _TARGETS if message.get(name)))


def _hung_up(request: web.Request) -> web.Response:
    """No answer at all: the connection is cut before anything is written."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
