"""`tongban demo`, as the README has people use it."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from rich.cells import cell_len

from tests.contract.variant_world import VARIANTS
from tests.flows.demos import Demo, demo

KNOWN = "{ viewer { displayName cases(freshness: KNOWN, first: 100) { edges { node { number } } } } }"
LIVE = KNOWN.replace("KNOWN", "LIVE")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where these tests keep what their demos know."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Demo]:
    """A demo, started once."""
    with demo(folder) as one:
        yield one


def numbers(answer: dict) -> set[str]:
    return {edge["node"]["number"] for edge in answer["data"]["viewer"]["cases"]["edges"]}


def test_what_to_do_stands_at_the_end(running: Demo) -> None:
    """The long lines come first, so that on a small screen the address and the next steps are what is left."""
    bearers = [place for place, line in enumerate(running.lines) if "Bearer " in line]
    after = running.lines[bearers[-1] + 1 :]
    assert len(bearers) == 9
    assert len(after) <= 20
    assert all(cell_len(line) <= 80 for line in after)
    assert any("tongban simulate cases lin" in line for line in after)
    listed = [line.split()[0] for line in after if line.endswith((" pushes", " is polled"))]
    assert listed == ["44", "33", "31"]
    assert "\x1b" not in "".join(running.lines)


def test_a_browser_finds_graphiql(running: Demo) -> None:
    """The page, and every file that it names."""
    with urlopen(Request(f"{running.url}/graphql", headers={"accept": "text/html"})) as answer:
        assert answer.headers.get_content_type() == "text/html"
        page = answer.read().decode()
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        with urlopen(running.url + path) as answer:
            assert answer.status == 200


def test_one_list_has_the_cases_of_three_platforms(running: Demo) -> None:
    """All that the demo names are connected, each with something of the first persona's."""
    sources = "{ viewer { cases(freshness: LIVE) { isComplete sources { platform { code } count reason } } } }"
    found = running.ask(sources, running.headers_of("lin"))["data"]["viewer"]["cases"]
    assert found["isComplete"] is True
    assert {one["platform"]["code"] for one in found["sources"] if one["count"]} == {"44", "33", "31"}


def test_a_printed_line_signs_its_persona_in(running: Demo) -> None:
    """Pasted as it stands; and each persona is somebody else."""
    names = {
        persona: running.ask("{ viewer { displayName } }", running.headers_of(persona))["data"]["viewer"]["displayName"]
        for persona in ("lin", "chen", "many")
    }
    assert len(set(names.values())) == 3


def test_ctrl_c_ends_it_and_the_next_one_remembers(running: Demo, folder: Path) -> None:
    """No traceback, exit status 0; a second start knows what the first had learned, and --fresh forgets it."""
    seen = numbers(running.ask(LIVE, running.headers_of("lin")))
    assert len(seen) >= 5
    answer = running.end()
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.endswith("The demo has ended.\n")
    with demo(folder) as second:
        assert numbers(second.ask(KNOWN, second.headers_of("lin"))) == seen
        assert second.end().status == 0
    with demo(folder, "--fresh") as third:
        assert numbers(third.ask(KNOWN, third.headers_of("lin"))) == set()


def test_platforms_of_ones_own_are_connected_when_told(folder: Path) -> None:
    """Those of TONGBAN_DESCRIPTIONS that have an address, by --own alone: whoever has settings does not ask strangers."""
    sources = "{ viewer { cases(freshness: LIVE) { sources { platform { code } reason } } } }"
    access = {"ADDRESS": "http://127.0.0.1:9", "SECRETS__USERNAME": "us", "SECRETS__PASSWORD": "ours"}
    own = {f"TONGBAN_PLATFORMS__DESK__{name}": value for name, value in access.items()}
    own["TONGBAN_DESCRIPTIONS"] = str(VARIANTS)
    for options, expected in (("--own",), {("desk", "UNREACHABLE")}), ((), set()):
        with demo(folder, "--fresh", *options, **own) as running:
            found = running.ask(sources, running.headers_of("new"))["data"]["viewer"]["cases"]["sources"]
        assert {(one["platform"]["code"], one["reason"]) for one in found if one["reason"]} == expected
