"""What FCM can answer instead of "accepted", and the rules of when it does."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

# name -> HTTP status, Google's status word, what it says
_ERRORS = {
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Messages sent'."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
}
NAMES = (*_ERRORS, "BAD_GATEWAY", "HANG", "DROP")


@dataclass
class Rule:
    """An answer to give. `times` runs down to zero; None lasts until changed."""

    answer: str
    times: int | None = None
    retry_after: int | None = None
    seconds: float = 30.0


class Rules:
    """Which answer is due, for one token or for all; a token's own rule comes first."""

    def __init__(self) -> None:
        self._rules: dict[str | None, Rule] = {}

    def set(self, token: str | None, rule: Rule | None) -> None:
        """A rule for a token, or for all with None. No rule: back to accepting, and with None for everyone."""
        if rule is not None:
            self._rules[token] = rule
        elif token is None:
            self._rules.clear()
        else:
            self._rules.pop(token, None)

    def due(self, token: str) -> Rule | None:
        """The rule for this message, counted as used."""
        key = token if token in self._rules else None
        rule = self._rules.get(key)
        if rule is not None and rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                del self._rules[key]
        return rule

    def shown(self) -> list[dict[str, Any]]:
        """All rules, for people."""
        return [{"token": token, **vars(rule)} for token, rule in self._rules.items()]


def refusal(rule: Rule) -> web.Response:
    """The answer a rule stands for: Google's error JSON, or a proxy's page."""
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if rule.answer == "BAD_GATEWAY":
        page = "<!DOCTYPE html><title>Error 502 (Server Error)!!1</title><p><b>502.</b> That's an error."
        return web.Response(status=502, text=page, content_type="text/html", headers=headers)
    status, word, message = _ERRORS[rule.answer]
    return google_error(status, word, message, [fcm_error(rule.answer)], headers)


def invalid(field: str, why: str) -> web.Response:
    """400 INVALID_ARGUMENT with the field it is about."""
    violation = {"@type": "type.googleapis.com/google.rpc.BadRequest",
                 "fieldViolations": [{"field": field, "description": why}]}  # fmt: skip
    return google_error(400, "INVALID_ARGUMENT", why, [fcm_error("INVALID_ARGUMENT"), violation])


def fcm_error(code: str) -> dict[str, Any]:
    """The detail that carries FCM's own error code."""
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


def google_error(status: int, word: str, message: str, details: list[dict[str, Any]] | None = None,
                 headers: dict[str, str] | None = None) -> web.Response:  # fmt: skip
    """An error in the shape of Google's APIs."""
    error: dict[str, Any] = {"code": status, "message": message, "status": word}
    if details:
        error["details"] = details
    return web.json_response({"error": error}, status=status, headers=headers)
