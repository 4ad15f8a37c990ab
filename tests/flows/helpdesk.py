"""django-helpdesk as a process beside the tests, set up as an operator would, and the people in front of its pages."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from tests.environments import environment, run
from tests.ports import free_port

SOURCE = Path(__file__).parents[1] / "helpdesk"
START_S = 60.0
OPEN, REOPENED, RESOLVED, CLOSED, WAITING = 1, 2, 3, 4, 6
"""Statuses of its tickets, as in its settings."""


def installed() -> Path:
    """An environment with what its lock names, and beside it `desk.sqlite3`: a desk without tickets."""
    parts = (file for file in SOURCE.iterdir() if file.is_file() and file.suffix not in {".in", ".lock"})
    return environment(SOURCE, sorted(parts), _open)


def _open(place: Path) -> None:
    for command in (("migrate", "--verbosity", "0"), ("loaddata", str(SOURCE / "desk.json"))):
        run(str(place / "bin" / "python"), "-m", "django", *command, **_told(place / "desk.sqlite3"))


def _told(database: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(SOURCE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HELPDESK_DATABASE": str(database),
    }


@dataclass
class HelpDesk:
    """A desk at one address. Its tickets outlive its process."""

    python: Path
    folder: Path
    port: int
    _process: asyncio.subprocess.Process | None = field(default=None, init=False, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts it, and returns once it answers."""
        log = self.folder / "desk.log"
        with log.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(str(self.python), "-m", "django", "runserver", "--noreload", f"127.0.0.1:{self.port}"),
                env=os.environ | _told(self.folder / "desk.sqlite3"),
                stdout=said,
                stderr=said,
            )
        async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
            while not await _answers(session, f"{self.address}/api/"):
                assert self._process.returncode is None, log.read_text()
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Ends it, as an outage does. Does nothing if it does not run."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()

    async def submit(self, title: str, identity: str) -> str:
        """The number of a ticket that somebody hands in on the public page, with the number of a document."""
        async with Browser.at(self.address) as browser:
            asked = {"queue": "1", "priority": "3", "body": title, "submitter_email": "somebody@citizens.example"}
            seen = await browser.send("/", **asked, title=title, custom_identity=identity)
            return seen.query["ticket"].rpartition("-")[2]

    async def answer(self, ticket: str, status: int, comment: str = "", *, public: bool = True) -> None:
        """An officer signs in, opens a ticket, and gives it another status by the form of that page."""
        async with Browser.at(self.address) as browser:
            await browser.send("/login/", username="officer", password="desk", next="/")
            held = await browser.ticket(ticket)
            asked = {"queue": "1", "priority": "3", "owner": "0", "due_date": "", **held}
            shown = {"public": "1"} if public else {}
            await browser.send(f"/tickets/{ticket}/update/", **asked, **shown, new_status=str(status), comment=comment)


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(address) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@dataclass(frozen=True)
class Browser:
    """Somebody's browser, at the desk's pages."""

    session: aiohttp.ClientSession
    address: URL

    @classmethod
    @asynccontextmanager
    async def at(cls, address: str) -> AsyncIterator["Browser"]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            browser = cls(session, URL(address))
            async with session.get(browser.address / "login/") as answer:  # brings the cookie that forms must repeat
                assert answer.status == 200
            yield browser

    async def send(self, path: str, **form: str) -> URL:
        """Where the page leads once it has taken a form in."""
        form["csrfmiddlewaretoken"] = self.session.cookie_jar.filter_cookies(self.address)["csrftoken"].value
        async with self.session.post(self.address.join(URL(path)), data=form, allow_redirects=False) as answer:
            assert answer.status == 302, (path, answer.status, await answer.text())
            return URL(answer.headers["location"])

    async def ticket(self, number: str) -> dict[str, str]:
        """What stands in the fields of a ticket that the form sends along."""
        async with self.session.get(self.address / "api/tickets" / f"{number}/") as answer:
            held = await answer.json()
        return {name: held[name] for name in ("title", "custom_identity")}


@asynccontextmanager
async def helpdesk(folder: Path) -> AsyncIterator[HelpDesk]:
    """A running desk without tickets."""
    place = await asyncio.to_thread(installed)
    shutil.copy(place / "desk.sqlite3", folder / "desk.sqlite3")
    desk = HelpDesk(place / "bin" / "python", folder, free_port())
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop()
