"""Mutations answer with their payload, whatever goes wrong."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from domain.assurance import Assurance
from domain.caller import Locale
from domain.client import Client
from domain.errors import ErrorCode, Refusal
from mobile_contract.contract import operation
from schema.errors import message_of
from schema.schema import schema_of
from store.database import StoreUnavailable
from store.sealing import Unsealable

SCHEMA = schema_of()
PRIVATE = "440106199203179941"
EVERY = {
    "RegisterDevice": ({"channel": "FCM", "token": "x"}, {"id": None}),
    "UnregisterDevice": ({"id": "device_" + "0" * 32}, {"removed": False}),
    "MarkNotificationsRead": ({"ids": []}, {"marked": 0, "unreadCount": None}),
}
"""By operation: an input, and the payload without its errors when nothing was changed."""


async def refused(name: str, error: Exception | None, assurance: Assurance | None = Assurance.HIGH) -> dict[str, Any]:
    """What a mutation answers when working out who calls raises this."""

    async def caller() -> None:
        assert error is not None, "nothing is done for who may not"
        raise error

    signed_in = None if assurance is None else SimpleNamespace(assurance=assurance)
    context = SimpleNamespace(
        client=Client("phone", "x", "x"), signed_in=signed_in, locale=Locale.ZH_HANS, use=None, caller=caller
    )
    result = await SCHEMA.execute(operation(name), {"input": EVERY[name][0]}, context_value=context)
    assert result.errors is None
    (payload,) = result.data.values()
    return payload


def payload(name: str, code: ErrorCode, field: str | None = None) -> dict[str, Any]:
    error = {"code": code.value, "message": message_of(code, Locale.ZH_HANS), "field": field}
    return {**EVERY[name][1], "errors": [error]}


@pytest.mark.parametrize("name", EVERY)
async def test_who_may_not_is_told_so_as_data(name):
    """Without a token and with too low a level, in the caller's language; and nothing is done."""
    assert await refused(name, None, None) == payload(name, ErrorCode.UNAUTHENTICATED)
    assert await refused(name, None, Assurance.BASIC) == payload(name, ErrorCode.ASSURANCE_TOO_LOW)


@pytest.mark.parametrize("name", EVERY)
async def test_a_database_that_is_away_is_told_as_data(name, caplog):
    """It is nobody's fault, and not logged as one."""
    assert await refused(name, StoreUnavailable(PRIVATE)) == payload(name, ErrorCode.UNAVAILABLE)
    assert caplog.records == []


@pytest.mark.parametrize("name", EVERY)
async def test_a_refusal_names_its_input(name):
    """The one that is meant."""
    assert await refused(name, Refusal(ErrorCode.BAD_INPUT, "ids")) == payload(name, ErrorCode.BAD_INPUT, "ids")


@pytest.mark.parametrize("error", [RuntimeError(PRIVATE), Unsealable(PRIVATE)], ids=lambda error: type(error).__name__)
async def test_what_nobody_foresaw_is_told_as_data(error, caplog):
    """As INTERNAL, without any of it; what no table names is logged where it happened."""
    assert await refused("RegisterDevice", error) == payload("RegisterDevice", ErrorCode.INTERNAL)
    logged = [(one.levelno, one.path) for one in caplog.records if one.name == "schema.errors"]
    assert logged == ([(logging.ERROR, "registerDevice")] if isinstance(error, RuntimeError) else [])
