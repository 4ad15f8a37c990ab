"""The simulator's FCM as a process of its own, so that a test sees when our event loop stands still."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class FcmDouble:
    """Its addresses, its service account, and words for its control."""

    fcm: str
    control: str
    service_account: Path

    async def answer(self, token: str | None, answer: str | None, **how: Any) -> None:
        """From now on this answer for a phone, or for all with None."""
        await self.turn(token=token, answer=answer, **how)

    async def turn(self, **knobs: Any) -> None:
        await asyncio.to_thread(self._ask, "/fcm", knobs)

    async def phone(self, token: str) -> list[dict[str, Any]]:
        """What a phone has received, oldest first."""
        return [one["message"] for one in await asyncio.to_thread(self._ask, f"/phones/{token}")]

    async def counts(self) -> tuple[int, int]:
        """Requests to send, and access tokens issued, since it started."""
        shown = await asyncio.to_thread(self._ask, "/fcm")
        return shown["sends"], shown["tokens_issued"]

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.control + path, data, {"Content-Type": "application/json"}), timeout=10) as answer:
            return json.load(answer)


@contextmanager
def fcm_double(folder: Path) -> Iterator[FcmDouble]:
    """Runs it until the block ends."""
    command = [sys.executable, "-m", "simulator", "--end-with-parent", "--folder", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield FcmDouble(said["fcm"], said["control"], Path(said["service_account"]))
        process.stdin.close()
