"""Control over FCM: what it answers, and what the phones have received."""

from aiohttp import web

from simulator.control.asked import read
from simulator.fcm.answers import NAMES, Rule
from simulator.fcm.service import Fcm

_TOKEN_FAILURES = ("http500", "invalid_grant")


class PushControl:
    """The routes about FCM."""

    def __init__(self, fcm: Fcm) -> None:
        self._fcm = fcm

    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler of each."""
        return [
            web.get("/phones", self._phones),
            web.get("/phones/{token}", self._phone),
            web.get("/fcm", self._shown),
            web.post("/fcm", self._turn),
        ]

    async def _phones(self, request: web.Request) -> web.Response:
        return web.json_response({token: len(received) for token, received in self._fcm.phones.items()})

    async def _phone(self, request: web.Request) -> web.Response:
        return web.json_response(self._fcm.phones.get(request.match_info["token"], []))

    async def _shown(self, request: web.Request) -> web.Response:
        account = self._fcm.account
        return web.json_response({
            "sends": self._fcm.sends, "tokens_issued": account.issued, "answers": self._fcm.rules.shown(),
            "token_delay_s": account.delay_s, "token_error": account.failure,
        })  # fmt: skip

    async def _turn(self, request: web.Request) -> web.Response:
        body = await read(
            request,
            token=(str, None),
            answer=(*NAMES, None),
            retry_after=(int, None),
            times=(int, None),
            seconds=float,
            token_delay_s=float,
            token_error=(*_TOKEN_FAILURES, None),
        )
        if "answer" in body:
            self._fcm.rules.set(body.get("token"), _rule(body))
        account = self._fcm.account
        account.delay_s = body.get("token_delay_s", account.delay_s)
        account.failure = body.get("token_error", account.failure)
        return await self._shown(request)


def _rule(body: dict[str, object]) -> Rule | None:
    if body["answer"] is None or body.get("times") == 0:
        return None
    names = ("answer", "times", "retry_after", "seconds")
    return Rule(**{name: body[name] for name in names if name in body})  # type: ignore[arg-type]
