"""Which clients may come in, and how soon what an operator changes holds."""

from dataclasses import replace
from typing import cast

import pytest

from domain.client import BadClient, Client, Scope, checked
from domain.client_key import RANDOM, Key, digest_of, key_of
from domain.errors import ErrorCode, Refusal
from domain.times import SECOND
from resolvers.clients import AT_ONCE, SOON, Clients
from store.clients import Clients as Register
from store.database import StoreUnavailable
from store.store import Store

PHONE = Client("phone", "Phone", "its makers")


class Watched:
    """Stands for the register: counts how often it is read, and may be away."""

    def __init__(self, *clients: Client) -> None:
        self.clients, self.reads, self.away = {one.id: one for one in clients}, 0, False
        self.known_keys: dict[str, Key] = {}

    async def all(self) -> dict[str, Client]:
        self.reads += 1
        if self.away:
            raise StoreUnavailable("x")
        return dict(self.clients)

    async def keys(self) -> dict[str, Key]:
        return dict(self.known_keys)


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


def with_key(register: Watched, text: str, ends: int | None = None, client: str = "phone") -> str:
    register.known_keys[digest_of(text)] = Key(client, digest_of(text), 1, ends)
    return text


async def refusal_by(clients: Clients, key: str) -> ErrorCode:
    with pytest.raises(Refusal) as raised:
        await clients.admit_by(key)
    return raised.value.code


async def test_a_key_lets_its_client_in_until_it_ends():
    """Two are good while one takes the other's place."""
    register, time = Watched(PHONE), Time()
    clients = Clients(cast(Register, register), time)
    old, new = with_key(register, key_of(b"1" * RANDOM), ends=2), with_key(register, key_of(b"2" * RANDOM))
    assert (await clients.admit_by(old), await clients.admit_by(new)) == (PHONE, PHONE)
    time.now = 2
    assert await refusal_by(clients, old) is ErrorCode.UNAUTHENTICATED
    assert await clients.admit_by(new) == PHONE


@pytest.mark.parametrize("key", ["", "tongban_", "\ud800", key_of(b"3" * RANDOM), digest_of(key_of(b"1" * RANDOM))])
async def test_whoever_shows_no_key_of_ours_stays_out(key):
    """What we keep of a key is no key."""
    register = Watched(PHONE)
    with_key(register, key_of(b"1" * RANDOM))
    assert await refusal_by(Clients(cast(Register, register), Time()), key) is ErrorCode.UNAUTHENTICATED


async def test_a_key_of_a_suspended_client():
    """Is as good as its client."""
    register = Watched(replace(PHONE, suspended="why"))
    key, of_nobody = with_key(register, "x"), with_key(register, "y", client="gone")
    clients = Clients(cast(Register, register), Time())
    assert await refusal_by(clients, key) is ErrorCode.SUSPENDED_CLIENT
    assert await refusal_by(clients, of_nobody) is ErrorCode.UNKNOWN_CLIENT


async def test_pages_are_those_of_clients_that_may_come_in():
    """And soon no more, once one is suspended."""
    ours = "https://app.example"
    register, time = Watched(replace(PHONE, origins=frozenset({ours}))), Time()
    clients = Clients(cast(Register, register), time)
    assert [await clients.has_page_at(one) for one in (ours, "", "https://other.example")] == [True, False, False]
    register.clients["phone"] = replace(register.clients["phone"], suspended="why")
    time.now += SOON
    assert not await clients.has_page_at(ours)


async def test_keys_are_kept_as_they_were_made(store: Store):
    """And end when they were told to, never later than before."""
    first, second = Key("phone", "a" * 64, 1), Key("phone", "b" * 64, 2, ends=9)
    for key in (first, second):
        await store.clients.add_key(key)
        await store.clients.end_key(key, 20)
    assert list((await store.clients.keys()).values()) == [replace(first, ends=20), second]


async def test_whoever_was_just_registered_comes_in():
    """Without waiting for the next read; strangers in a crowd do not have the register read for each of them."""
    register, time = Watched(PHONE), Time()
    clients = Clients(cast(Register, register), time)
    await clients.admit("phone")
    register.clients["new"] = replace(PHONE, id="new")
    key = with_key(register, key_of(b"1" * RANDOM), client="new")
    for _ in range(20):
        assert await refusal(clients, "stranger") is ErrorCode.UNKNOWN_CLIENT
        assert await refusal_by(clients, "stranger") is ErrorCode.UNAUTHENTICATED
    assert register.reads == 1
    time.now += AT_ONCE
    assert (await clients.admit("new")).id == (await clients.admit_by(key)).id == "new"
    assert register.reads == 2


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
    pages = frozenset({"https://b.example", "http://localhost:5173"})
    narrow = replace(PHONE, scopes=frozenset({Scope.CASES}), budget=7, suspended="why", origins=pages)
    assert await clients.change(narrow)
    assert not await clients.change(replace(narrow, id="other"))
    assert await clients.all() == {"phone": narrow}


@pytest.mark.parametrize(
    "wrong",
    [
        *({"id": ""}, {"id": "a b"}, {"id": "x" * 65}, {"name": " "}, {"contact": ""}, {"budget": 0}),
        *(
            {"origins": {one}}
            for one in ("*", "null", "app.example", "http://app.example", "https://app.example/", "https://A.b")
        ),
    ],
)
def test_what_a_client_cannot_be(wrong):
    """Said in a sentence."""
    assert checked(PHONE) == PHONE
    with pytest.raises(BadClient):
        checked(replace(PHONE, **wrong))
