"""JSON over HTTP POST, one list of steps in each case; named by a key in a header."""

import hmac
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator.provinces.rows import case_row, licence_row
from simulator.provinces.wire import Asked, DeclinedError, Wire, asked, json_object, whole

MOST = 100


class Rest(Wire):
    dialect = "rest"

    def secrets(self, address: str) -> dict[str, str]:
        return {"app_key": f"key-of-{self.code}"}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/cases", self._cases), web.post("/api/licences", self._licences)]

    async def _cases(self, request: web.Request) -> web.Response:
        return await self._answer(request, lambda question: self.cases(question), case_row)

    async def _licences(self, request: web.Request) -> web.Response:
        return await self._answer(request, lambda question: self.licences(question), licence_row)

    async def _answer(self, request: web.Request, find: Any, row: Any) -> web.Response:
        if not hmac.compare_digest(request.headers.get("X-App-Key", ""), f"key-of-{self.code}"):
            return web.json_response({"code": "401", "message": "应用未授权"}, status=401)
        try:
            found, total = find(_question(await json_object(request)))
        except DeclinedError as declined:
            return web.json_response({"code": "500", "message": str(declined)})
        rows = [row(self.tongue, one) for one in found]
        return web.json_response({"code": "0", "data": {"total": total, "rows": rows}})


def _question(body: Mapping[str, Any]) -> Asked:
    page, size = whole(body.get("page"), 1), whole(body.get("size"))
    return asked(body.get("type"), body.get("number"), (page - 1) * size, size, MOST)
