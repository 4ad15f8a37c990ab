"""The interface for platforms that have none of their own (docs/platform-interface), over HTTPS, with OAuth 2.0 tokens."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from simulator.dates import CHINA
from simulator.provinces.life import Case, Happening, Licence
from simulator.provinces.wire import Asked, DeclinedError, Wire, asked, json_object, whole

MOST, LIFE_S = 1000, 600
_KINDS = {
    "review": "step-taken", "correction": "correction-demanded", "corrected": "correction-received",
    "visit": "visit-demanded", "visited": "visit-made", "material": "material-demanded", "supplied": "material-received",
    "special": "suspended",
}  # fmt: skip


class Native(Wire):
    dialect, tls = "native", True

    def secrets(self, address: str) -> dict[str, str]:
        return {"token_address": f"{address}/token", "client_id": "tongban", "client_secret": f"secret-of-{self.code}"}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/token", self._token), web.post("/v1/cases/query", self._cases),
                web.post("/v1/licences/query", self._licences)]  # fmt: skip

    async def _token(self, request: web.Request) -> web.Response:
        known = base64.b64encode(f"tongban:secret-of-{self.code}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Basic {known}"):
            return web.json_response({"error": "invalid_client"}, status=401)
        if (await request.post()).get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        return web.json_response({"access_token": self._bearer(), "token_type": "Bearer", "expires_in": LIFE_S})

    async def _cases(self, request: web.Request) -> web.Response:
        return await self._answer(request, "cases", self.cases, _case)

    async def _licences(self, request: web.Request) -> web.Response:
        return await self._answer(request, "licences", self.licences, _licence)

    async def _answer(self, request: web.Request, noun: str, find: Any, row: Any) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self._bearer()}"):
            return web.json_response({"error": "invalid_token"}, status=401)
        try:
            question = _question(await json_object(request))
            found, total = find(question)
        except DeclinedError as declined:
            return web.json_response({"error": str(declined)}, status=422)
        after = question.offset + len(found)
        page = {"next": str(after) if after < total else None}
        return web.json_response({noun: [row(one) for one in found], "page": page})

    def _bearer(self) -> str:
        return hashlib.sha256(f"token of {self.code}".encode()).hexdigest()


def _question(body: Mapping[str, Any]) -> Asked:
    identity, page = body.get("identity"), body.get("page")
    if not isinstance(identity, dict) or not isinstance(page, dict):
        raise DeclinedError("identity and page are required")
    return asked(identity.get("type"), identity.get("number"), whole(page.get("after", "0")), page.get("size"), MOST)


def _case(case: Case) -> dict[str, Any]:
    item = case.item
    return {"number": case.number, "title": item.name, "applicant": case.persona.holder.name,
            "basicCode": item.basic_code, "implementationCode": item.code, "unit": item.office, "hotline": "12345",
            "promised": _day(case.promised), "channel": "mobile",
            "events": [_event(case, one) for one in case.happenings]}  # fmt: skip


def _event(case: Case, one: Happening) -> dict[str, Any]:
    return {"row": one.row, "kind": _KINDS.get(one.word, one.word), "at": _moment(one.at), "title": one.title,
            "detail": one.detail, "unit": case.item.office}  # fmt: skip


def _licence(one: Licence) -> dict[str, Any]:
    item = one.item
    return {"number": one.number, "name": item.licence, "state": one.state, "holder": one.persona.holder.name,
            "identifier": item.identifier(one.number), "typeCode": item.type_code, "issuer": item.office,
            "issuerCode": item.office_code, "issued": _day(one.issued), "validFrom": _day(one.issued),
            "validTo": _day(one.until), "caseNumber": one.case, "updated": _moment(one.updated)}  # fmt: skip


def _moment(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")


def _day(at: datetime | None) -> str | None:
    return at.astimezone(CHINA).strftime("%Y-%m-%d") if at else None
