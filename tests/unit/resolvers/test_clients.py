"""Which clients may come in, and how soon what an operator changes holds."""

from dataclasses import replace
from typing import cast

import pytest

from domain.client import BadClient, Client, Scope, checked
from domain.errors import ErrorCode, Refusal
from domain.times import SECOND
from resolvers.clients import SOON, Clients
from store.clients import Clients as Register
from store.database import StoreUnavailable
from store.store import Store

PHONE = Client("phone", "Phone", "its makers")


class Watched:
    """Stands for the register: counts how often it is read, and may be away."""

    def __init__(self, *clients: Client) -> None:
        self.clients, self.reads, self.away = {one.id: one for one in clients}, 0, False

    async def all(self) -> dict[str, Client]:
        self.reads += 1
        if self.away:
            raise StoreUnavailable("x")
        return dict(self.clients)


class Time:
    """A clock that is moved by hand."""

    now = 1

    def __call__(self) -> int:
        return self.now


async def refusal(clients: Clients, client: str) -> ErrorCode:
    with pytest.raises(Refusal) as raised:
        await clients.admit(client)
    return raised.value.code


async def test_only_who_is_registered_comes_in():
    """And learns by a code of its own that it is not."""
    clients = Clients(cast(Register, Watched(PHONE)), Time())
    assert await clients.admit("phone") == PHONE
    assert await refusal(clients, "other") is ErrorCode.UNKNOWN_CLIENT


async def test_a_suspension_holds_soon():
    """Within five seconds, and one read serves all who come meanwhile."""
    register, time = Watched(PHONE), Time()
    clients = Clients(cast(Register, register), time)
    await clients.admit("phone")
    register.clients["phone"] = replace(PHONE, suspended="it was stolen")
    assert (await clients.admit("phone"), register.reads) == (PHONE, 1)
    time.now += SOON
    assert await refusal(clients, "phone") is ErrorCode.SUSPENDED_CLIENT
    assert SOON <= 5 * SECOND


async def test_what_was_known_holds_while_the_database_is_away():
    """Nobody can tell what was never read."""
    register, time = Watched(PHONE), Time()
    clients = Clients(cast(Register, register), time)
    register.away = True
    assert await refusal(clients, "phone") is ErrorCode.UNAVAILABLE
    register.away = False
    await clients.admit("phone")
    register.away, time.now = True, time.now + 10 * SOON
    assert await clients.admit("phone") == PHONE


async def test_a_client_is_kept_as_it_was_agreed(store: Store):
    """Added once; changed only if it is there."""
    clients = store.clients
    assert await clients.add(PHONE, 1)
    assert not await clients.add(replace(PHONE, name="Another"), 2)
    narrow = replace(PHONE, scopes=frozenset({Scope.CASES}), budget=7, suspended="why")
    assert await clients.change(narrow)
    assert not await clients.change(replace(narrow, id="other"))
    assert await clients.all() == {"phone": narrow}


@pytest.mark.parametrize(
    "wrong", [{"id": ""}, {"id": "a b"}, {"id": "x" * 65}, {"name": " "}, {"contact": ""}, {"budget": 0}]
)
def test_what_a_client_cannot_be(wrong):
    """Said in a sentence."""
    assert checked(PHONE) == PHONE
    with pytest.raises(BadClient):
        checked(replace(PHONE, **wrong))
