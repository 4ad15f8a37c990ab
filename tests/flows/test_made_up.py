"""Operations that nobody thought of: tools make them up from the schema, and the service answers each as it says it does.

A short run. The full one, with what each tool asked and got: `make test ARGS="tests/flows/test_made_up.py --operations 2000 -s"`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import build_schema

from app.phone import Phone
from tests.flows.outside import home, inbox_of, nodes, only, register, send, sql
from tests.flows.python_clients import PROGRAMS, SCHEMA, python, ran
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only(
        "sqlite",
        "postgres",
        because="the processes of a crew answer by the same code; databases may take values otherwise",
    ),
]

SEED, LONGEST_S = 20261128, 10
KIND = "application/graphql-response+json"
SHARE = 0.02
"""So many of the valid operations at least bring something for each field of the root."""

Known = dict[str, Sequence[str | int]]
"""What a phone has, by its place in an operation."""


@pytest.fixture
def operations(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--operations"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def many(live: Live) -> Phone:
    """The phone of somebody with many cases, licences and a notification."""
    phone = await live.phone("many")
    await home(phone)
    await live.world.post("/advance", case=await live.case_at("many", "reception"))
    await inbox_of(phone, 1)
    return phone


async def known(phone: Phone) -> Known:
    viewer = await home(phone, "KNOWN")
    (case, licence, item) = (nodes(viewer[noun])[0]["id"] for noun in ("cases", "licences", "notifications"))
    position = (await phone.run("ChangesSince"))["data"]["changesSince"]["cursor"]
    return {
        "Query.case.id": [case],
        "Query.licence.id": [licence],
        "Query.node.id": [case, licence, item],
        "Query.changesSince.cursor": [position],
        "Viewer.cases.after": [viewer["cases"]["pageInfo"]["endCursor"]],
        "Viewer.notifications.after": [viewer["notifications"]["pageInfo"]["endCursor"]],
        "Mutation.markNotificationsRead.input.ids[*]": [item],
        "Mutation.markNotificationsRead.input.upTo": [item],
        "Mutation.registerDevice.input.token": ["made-up-1", "made-up-2", "made-up-3"],
        "Mutation.unregisterDevice.input.id": [await register(phone, "made-up")],
    }


def dictionaries(known: Known) -> str:
    """The settings of schemathesis that have it put these where they belong, three times in five."""
    lines = []
    for number, (place, values) in enumerate(known.items()):
        lines += [f"[dictionaries.d{number}]", f"values = {json.dumps(list(values))}"]
        lines += [f'[parameters."{place}"]', f'dictionary = "d{number}"', "probability = 0.6"]
    return "\n".join(lines)


async def is_unharmed(live: Live) -> None:
    """It is ready, its process has not ended, and no fault stands in its log."""
    assert (await send(live, "GET", "/health/ready")).status == 200
    assert live.service.process.returncode is None
    lines = map(json.loads, live.service.log.read_text("utf-8").splitlines())
    assert [line for line in lines if line["level"] in {"ERROR", "CRITICAL"}] == []


def roots() -> list[str]:
    """The fields of the root that are asked for: those of queries and of mutations."""
    schema = build_schema(SCHEMA.read_text("utf-8"))
    assert schema.query_type and schema.mutation_type
    return [*schema.query_type.fields, *schema.mutation_type.fields]


def is_no_sham(tally: dict[str, Any], operations: int) -> None:
    """So many were asked; two thirds of the valid ones brought something, each field of the root too; the others were refused."""
    print(json.dumps(tally))  # noqa: T201 - the full form is run to read it
    valid, invalid = tally["valid"], tally["invalid"]
    assert valid["operations"] + invalid["operations"] >= operations
    assert valid.get("refused", 0) + valid.get("nothing", 0) < valid["operations"] / 3
    assert [name for name in roots() if valid.get(name, 0) < SHARE * valid["operations"]] == []
    assert invalid["refused"] == invalid["operations"] > operations / 20


async def test_what_hypothesis_makes_up(live: Live, many: Phone, operations: int, tmp_path: Path) -> None:
    """Queries and mutations that fit the schema's file, and some that do not (hypothesis-graphql)."""
    told = (f"{live.service.url}/graphql", many.bearer, str(SCHEMA), json.dumps(await known(many)), str(operations))
    said = await ran(await python(), str(PROGRAMS / "make_up.py"), *told, cwd=tmp_path, seconds=60 + operations / 5)
    is_no_sham(json.loads(said), operations)
    await is_unharmed(live)


async def test_what_schemathesis_makes_up(live: Live, many: Phone, operations: int, tmp_path: Path) -> None:
    """Each field of the root by itself, from what the service says of itself, as its command line does."""
    tally = tmp_path / "tally.json"
    (tmp_path / "schemathesis.toml").write_text(dictionaries({**await known(many), "*.*.first": range(21)}), "utf-8")
    headers = (f"--header=Authorization: Bearer {many.bearer}", f"--header=Accept: {KIND}")
    kept = (f"--seed={SEED}", f"--request-timeout={LONGEST_S}", "--generation-database=none", "--no-color")
    # Its own check takes codes that it does not know for faults of the server; that of hooks.py knows ours.
    checks = ("--checks=all", "--exclude-checks=not_a_server_error")
    options = (*checks, f"--max-examples={operations // len(roots()) + 1}", *headers, *kept)
    command = (await python(), "-m", "schemathesis.cli", "run", f"{live.service.url}/graphql", *options)
    told = {"SCHEMATHESIS_HOOKS": "hooks", "TALLY": str(tally), "PYTHONPATH": str(PROGRAMS)}
    await ran(*command, cwd=tmp_path, seconds=60 + operations / 5, **told)
    is_no_sham(json.loads(tally.read_text("utf-8")), operations)
    await is_unharmed(live)


async def test_what_was_made_up_was_done(live: Live, many: Phone) -> None:
    """The mutations among it did something: devices were registered, and the inbox was read."""
    ((devices,),) = await sql(live, "SELECT COUNT(*) FROM device")
    assert devices > 1
    assert (await home(many, "KNOWN"))["notifications"]["unreadCount"] == 0
