"""A phone, as the tour plays it: it sends the contract's operations over HTTP and knows nothing else of the service."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from mobile_contract.contract import operation


@dataclass(frozen=True)
class Phone:
    """Somebody's phone with one sign-in."""

    session: aiohttp.ClientSession
    service: str
    bearer: str

    async def run(self, name: str, deadline_ms: int = 10_000, **variables: Any) -> dict[str, Any]:
        """Sends an operation of the contract and gives the answer as it came: `data`, `errors`."""
        headers = {
            "authorization": f"Bearer {self.bearer}",
            "accept-language": "en",
            "tongban-deadline-ms": str(deadline_ms),
        }
        body = {"query": operation(name), "variables": variables}
        async with self.session.post(f"{self.service}/graphql", json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            return answer
