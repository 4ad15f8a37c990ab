"""GET /.well-known/jwks.json: the public keys of what we sign, for platforms."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PATH = "/.well-known/jwks.json"
MAX_AGE_S = 300
"""For which a platform or a cache in between may keep them. A new key is published for longer than that before it signs."""


class PublishedKeys:
    """A JWK Set (RFC 7517), the same as long as the process runs."""

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self._keys = keys

    async def answer(self, request: Request) -> Response:
        headers = {"cache-control": f"public, max-age={MAX_AGE_S}"}
        return JSONResponse(self._keys, headers=headers, media_type="application/jwk-set+json")
