"""The edge as a whole, over use cases that are none."""

import itertools
import json
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api import body
from api.app import WebApp, web_app
from domain.client import Client
from domain.client_key import Key
from resolvers.budgets import Allowances, Budgets
from resolvers.clients import Clients
from resolvers.events import Receipt
from resolvers.tally import Tally
from store.calls import Calls
from store.clients import Clients as Register
from store.sealing import Sealer
from store.shared.memory import MemoryQuotas
from tests.unit.api.asgi import HANG_UP, ask, client, get, piece

JSON = {"content_type": "application/json"}


class Nobody:
    """Stands for a register in which nobody is."""

    async def all(self) -> dict[str, Client]:
        return {}

    async def keys(self) -> dict[str, Key]:
        return {}


def edge(**parts: Any) -> WebApp:
    """Nobody can sign in, and every event is a conflict, unless `parts` says otherwise; each look at the timer is 1 s on."""

    async def receive(*_: Any) -> Receipt:
        return Receipt.CONFLICT

    given = {
        "use": None,
        "arrivals": None,
        "budgets": Budgets(MemoryQuotas(), Sealer({}, "", bytes(32), bytes), Allowances()),
        "clients": Clients(cast(Register, Nobody()), lambda: 0),
        "tally": Tally(cast(Calls, None), lambda: 0),
        "releases": (),
        "reception": SimpleNamespace(receive=receive),
        "statuses": None,
        "checks": {},
        "besides": {},
        "count": None,
        "open_doors": False,
    }
    ticks = itertools.count()
    return web_app(
        **given | parts, clock=lambda: 0, new_id=lambda: "0123456789abcdef", timer=lambda: float(next(ticks))
    )


def events(receipt: Receipt | Exception) -> WebApp:
    """An edge where every event ends so."""

    async def receive(*_: Any) -> Receipt:
        if isinstance(receipt, Exception):
            raise receipt
        return receipt

    return edge(reception=SimpleNamespace(receive=receive))


async def test_an_event_that_cannot_be_kept_now():
    """A problem that says so and when to come again, and not a fault of ours."""
    status, headers, text = await ask(events(Receipt.UNAVAILABLE), "POST", "/platforms/44/events", client(piece(b"{}")))
    assert (status, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "5")
    assert json.loads(text)["type"] == "urn:tongban:problem:unavailable"


async def test_other_refusals_are_for_good():
    """Nobody is asked to come again with a conflict."""
    status, headers, _ = await ask(edge(), "POST", "/platforms/44/events", client(piece(b"{}")))
    assert (status, "retry-after" in headers) == (409, False)


async def test_a_fault_in_the_form_of_its_door():
    """GraphQL's for GraphQL, a problem for everybody else; neither tells what it was."""
    door = events(RuntimeError("440106199203179941"))
    status, headers, text = await ask(door, "POST", "/platforms/44/events", client(piece(b"{}")))
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(text)["type"] == "urn:tongban:problem:internal"
    status, headers, said = await ask(edge(), "POST", "/graphql", client(), authorization="Bearer x")
    assert (status, json.loads(said)["errors"][0]["extensions"]) == (500, {"code": "INTERNAL"})
    assert b"4401" not in text + said


@pytest.mark.parametrize("path", ["/graphql", "/platforms/44/events"])
async def test_a_client_that_hangs_up_is_nobodys_fault(path, caplog):
    """It is noted, without a stack, and not as an error."""
    caplog.set_level(logging.INFO)
    await ask(edge(), "POST", path, client(piece(b"{", more=True), HANG_UP), **JSON)
    ours = [record for record in caplog.records if record.name.startswith("api.")]
    assert [(record.levelno, record.exc_info) for record in ours] == [(logging.INFO, None)] * 2
    assert ours[0].message == "a client hung up"


@pytest.mark.parametrize("path", ["/graphql", "/platforms/44/events"])
async def test_a_body_that_does_not_come(path, monkeypatch):
    """Both doors give up on it, in their own form."""
    monkeypatch.setattr(body.read_body, "__defaults__", (0.01,))
    status, _, text = await ask(edge(), "POST", path, client(piece(b"{", more=True)), **JSON)
    assert status == 408
    assert ("errors" in json.loads(text)) is (path == "/graphql")


@pytest.mark.parametrize("path", ["/graphql", "/platforms/44/events"])
async def test_an_encoded_body_is_not_taken(path):
    """At neither door."""
    assert (await ask(edge(), "POST", path, client(piece(b"{}")), **JSON, content_encoding="gzip"))[0] == 415


@pytest.mark.parametrize(
    "more", ['"variables": {"x": NaN}', '"variables": {"x": -Infinity}', '"extensions": []', '"extensions": "x"']
)
async def test_what_only_python_takes_for_json(more):
    """Numbers that JSON does not have, and extensions that are no object."""
    sent = client(piece(f'{{"query": "{{ __typename }}", {more}}}'.encode()))
    status, _, text = await ask(edge(), "POST", "/graphql", sent, **JSON)
    assert (status, json.loads(text)["errors"][0]["extensions"]) == (400, {"code": "BAD_REQUEST"})


async def test_extensions_that_are_an_object():
    """They are allowed, and nothing is made of them."""
    sent = client(piece(b'{"query": "{ __typename }", "extensions": {}}'))
    assert (await ask(edge(), "POST", "/graphql", sent, **JSON))[0] == 200


async def test_durations_are_by_the_timer_that_was_handed_in(caplog):
    """No clock is read below app."""
    caplog.set_level(logging.INFO)
    await get(edge(), "/health/live")
    (record,) = [one for one in caplog.records if one.name == "api.middleware"]
    assert record.duration_ms == 1000


async def test_public_keys_are_there_for_who_signs():
    """For a cache too; whoever signs nothing has no such page."""
    keys = {"keys": [{"kid": "a1"}]}
    status, headers, said = await get(edge(own_keys=keys), "/.well-known/jwks.json")
    assert (status, json.loads(said), headers["content-type"]) == (200, keys, "application/jwk-set+json")
    assert headers["cache-control"] == "public, max-age=300"
    assert (await get(edge(), "/.well-known/jwks.json"))[0] == 404
