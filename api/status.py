"""GET /status: how platforms are doing, for anybody, without a script."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.language import locale_of
from api.status_page import STYLE_HASH, page
from domain.caller import Locale
from resolvers.health import Report, Statuses

MAX_AGE_S = 5
"""For which a cache in between may show the page to others. The figures behind it are kept as long."""

RETRY_S = 30

HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "vary": "accept-language",
}
LANGUAGES = {"zh": Locale.ZH_HANS, "zh-hans": Locale.ZH_HANS, "en": Locale.EN}
"""What `?lang=` may say; anything else is passed over."""


class StatusPage:
    """The page, written once for each language and report: whatever the traffic, that is once in five seconds.

    Without figures, since the database is away, it still says which platforms there are and whom to call; its status is 503
    then, so that no cache keeps it and a monitor sees it.
    """

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses
        self._written: dict[Locale, tuple[Report, str]] = {}

    async def answer(self, request: Request) -> Response:
        asked, accepted = request.query_params.get("lang", "").lower(), request.headers.get("accept-language", "")
        locale = LANGUAGES.get(asked) or locale_of(accepted)
        report = await self._statuses.at_hand()
        headers = {**HEADERS, "content-language": locale.value}
        if report.is_read:
            headers["cache-control"] = f"public, max-age={MAX_AGE_S}"
            return HTMLResponse(self._page(report, locale), headers=headers)
        headers |= {"cache-control": "no-store", "retry-after": str(RETRY_S)}
        return HTMLResponse(self._page(report, locale), 503, headers)

    def _page(self, report: Report, locale: Locale) -> str:
        if locale not in self._written or self._written[locale][0] is not report:
            self._written[locale] = report, page(report, locale)
        return self._written[locale][1]
