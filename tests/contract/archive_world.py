"""A platform that knows people by accounts of its own: variants/archive at work."""

import hmac
import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

from aiohttp import web

SECRETS, EVENT_SECRET = {"app_key": "k"}, "e" * 32


class Archive:
    """`held`: the numbers of the requests of each account. An account that nobody has is an error."""

    def __init__(self, **held: list[str]) -> None:
        self.held = held
        self.asked: list[str] = []

    def answer(self, request: web.Request, body: bytes) -> Any:
        _, _, account, _ = (unquote(part) for part in request.raw_path.partition("?")[0].split("/"))
        if request.headers.get("X-App") != "k":
            return web.json_response({"error": "who are you"}, status=401)
        self.asked.append(account)
        if account not in self.held:
            return web.json_response({"error": "no such account"}, status=400)
        rows = [row(number, account) for number in self.held[account]]
        begin = int(request.query["offset"])
        return {"requests": rows[begin : begin + int(request.query["limit"])], "total": len(rows)}


def row(number: str, account: str, **more: str) -> dict[str, str]:
    return {"no": number, "title": "查档", "account": account, "received": "2026-11-20T09:00:00+08:00", **more}


def event(event_id: str, account: Any, number: str, **more: str) -> bytes:
    """What the archive pushes when something happened to a request, just now."""
    at = datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
    return json.dumps({"id": event_id, "at": at, "account": account, "request": row(number, account, **more)}).encode()


def signed(body: bytes) -> dict[str, str]:
    """The headers of an event."""
    at = str(int(time.time()))
    digest = hmac.new(EVENT_SECRET.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return {"X-Time": at, "X-Sign": digest, "Content-Type": "application/json"}
