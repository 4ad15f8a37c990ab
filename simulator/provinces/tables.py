"""The tables of the national case exchange as JSON, each of them flat; questions are signed."""

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from simulator.provinces.life import WAITING, Case
from simulator.provinces.rows import Row, case_facts, licence_row, step_row
from simulator.provinces.wire import Asked, DeclinedError, Wire, asked, json_object, whole

MOST, WINDOW_S = 100, 300
_RESULTS = ("granted", "refused", "withdrawn", "lapsed", "annulled")
_APART = ("received", "accepted", "special", "resumed", "material", "supplied", *_RESULTS)


class Tables(Wire):
    dialect = "exchange-tables"

    def secrets(self, address: str) -> dict[str, str]:
        return {"app_id": f"app-{self.code}", "app_secret": f"secret-of-{self.code}"}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/exchange/cases", self._cases), web.post("/exchange/licences", self._licences)]

    async def _cases(self, request: web.Request) -> web.Response:
        try:
            found, total = self.cases(await self._question(request))
        except DeclinedError as declined:
            return _declined(declined)
        tables = {"ACCEPT": [self._accept(case) for case in found], "PROCESS": self._rows(found, self._process),
                  "SPECIAL": self._rows(found, self._special), "MATERIAL": self._rows(found, self._material),
                  "RESULT": self._rows(found, self._result)}  # fmt: skip
        return web.json_response({"code": "0", "data": {"TOTAL": total, **tables}})

    async def _licences(self, request: web.Request) -> web.Response:
        try:
            found, total = self.licences(await self._question(request))
        except DeclinedError as declined:
            return _declined(declined)
        rows = [licence_row(self.tongue, one) for one in found]
        return web.json_response({"code": "0", "data": {"TOTAL": total, "LICENCE": rows}})

    async def _question(self, request: web.Request) -> Asked:
        if not _is_signed(request.headers, await request.read(), self.secrets("")):
            raise DeclinedError("签名错误")
        body = await json_object(request)
        page, size = whole(body.get("PAGE"), 1), whole(body.get("SIZE"))
        return asked(body.get("CERT_TYPE"), body.get("CERT_NO"), (page - 1) * size, size, MOST)

    def _rows(self, cases: list[Case], table: Any) -> list[Row]:
        """The rows of a table, each with the number of its case."""
        return [{self.tongue.name("case_no"): case.number, **row} for case in cases for row in table(case)]

    def _accept(self, case: Case) -> Row:
        moments = {"APPLY_TIME": case.first("received"), "ACCEPT_TIME": case.first("accepted")}
        return case_facts(self.tongue, case) | {name: self.tongue.moment(at) for name, at in moments.items()}

    def _process(self, case: Case) -> Iterable[Row]:
        return (step_row(self.tongue, case, one) for one in case.happenings if one.word not in _APART)

    def _result(self, case: Case) -> Iterable[Row]:
        return (step_row(self.tongue, case, one) for one in case.happenings if one.word in _RESULTS)

    def _special(self, case: Case) -> Iterable[Row]:
        return self._spans(case, "special", "START_TIME", "END_TIME", TYPE="B")

    def _material(self, case: Case) -> Iterable[Row]:
        return self._spans(case, "material", "DEMAND_TIME", "GET_TIME")

    def _spans(self, case: Case, word: str, begin: str, end: str, **more: str) -> Iterable[Row]:
        """What begins and ends, as one row."""
        ends = {one.row: one.at for one in case.happenings if one.word == WAITING[word]}
        for one in case.happenings:
            if one.word == word:
                moments = {begin: one.at, end: ends.get(one.row)}
                told = {name: self.tongue.moment(at) for name, at in moments.items()}
                yield {self.tongue.name("row_id"): one.row, "NAME": one.title, **told, **more}


def _is_signed(headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> bool:
    """HMAC-SHA256 over time, key and body, a line feed between each two, in hexadecimal."""
    told, key = headers.get("X-Time", ""), headers.get("X-App-Id", "")
    if not told.isdecimal() or abs(int(told) - time.time()) > WINDOW_S or key != secrets["app_id"]:
        return False
    right = hmac.new(secrets["app_secret"].encode(), f"{told}\n{key}\n".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers.get("X-Signature", "").encode(), right.encode())


def _declined(declined: DeclinedError) -> web.Response:
    return web.json_response({"code": "1", "message": str(declined)})
