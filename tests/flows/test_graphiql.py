"""GraphiQL in a real browser: it shows its editor, and nobody but us learns of it. Needs Chromium on the PATH."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.demos import Demo, demo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--virtual-time-budget=10000",
)  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@dataclass(frozen=True)
class Shown:
    """What the browser made of the page: its elements, its console, and every address that the page asked for."""

    elements: str
    console: str
    asked: set[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own."""
    with demo(tmp_path_factory.mktemp("demo")) as one:
        yield one


@pytest.fixture(scope="module")
def shown(served: Demo, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The page, ten seconds of the browser's own time after it was opened."""
    folder = tmp_path_factory.mktemp("browser")
    log, profile = folder / "net.json", folder / "profile"
    run = subprocess.run(
        [
            str(CHROMIUM),
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--log-net-log={log}",
            "--dump-dom",
            f"{served.url}/graphql",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    console = "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)
    return Shown(run.stdout, console, asked_by(served.url, log))


def asked_by(origin: str, log: Path) -> set[str]:
    """The addresses that pages of this origin asked for. What the browser asks for on its own behalf has no origin."""
    events = json.loads(log.read_text())["events"]
    params = [event.get("params", {}) for event in events]
    return {one["url"] for one in params if one.get("initiator") == origin and "url" in one}


def test_the_editor_shows_the_first_question(shown: Shown) -> None:
    """Editor, headers and the button that runs it are there, with the question in the editor."""
    assert 'class="graphiql-container' in shown.elements
    assert "graphiql-execute-button" in shown.elements
    text = re.sub(r"<[^>]+>", "", shown.elements.partition('id="graphiql"')[2])
    assert "displayName" in text
    assert "Headers" in text


def test_the_page_has_nothing_to_complain_of(shown: Shown) -> None:
    """No script failed, and none wanted what the page's policy does not allow."""
    assert "Uncaught" not in shown.console
    assert "Failed to load" not in shown.console.replace("favicon.ico", "")
    assert "Content Security Policy" not in shown.console


def test_the_page_asks_only_us(shown: Shown, served: Demo) -> None:
    """Its scripts, its style, and the schema; from this service and no other host."""
    assert {address for address in shown.asked if not address.startswith(f"{served.url}/")} == set()
    assert f"{served.url}/graphiql/graphiql.min.js" in shown.asked
    assert f"{served.url}/graphql" in shown.asked, "the schema, for completion"
