"""Which clients are not answered, and which are."""

from dataclasses import replace

import pytest

from app.client_fitness import unfit
from domain.client import USUAL, Client, Scope
from domain.client_key import Key
from schema.documents import MOST_COST

NOW = 1_000
APP = Client("app", "App", "makers@example.org")
FREE = replace(APP, free_text=True)
GATEWAY = replace(APP, scopes=USUAL | {Scope.GATEWAY})
KEY = Key("app", "0" * 64, 0)


def said(client: Client, *keys: Key, released: str = "", any_text: bool = False) -> str:
    return "; ".join(unfit([client], keys, {released}, NOW, any_text=any_text))


@pytest.mark.parametrize(
    ("client", "keys", "released", "expected"),
    [
        (APP, [], "", "app has no live release and may send nothing else"),
        (APP, [], "other", "app has no live release and may send nothing else"),
        (APP, [], "app", ""),
        (FREE, [], "", ""),
        (GATEWAY, [], "", "app is a gateway without a good key"),
        (GATEWAY, [replace(KEY, client="other")], "", "app is a gateway without a good key"),
        (GATEWAY, [replace(KEY, ends=NOW)], "", "app is a gateway without a good key"),
        (GATEWAY, [replace(KEY, ends=NOW), replace(KEY, ends=NOW + 1)], "", ""),
        (replace(FREE, budget=MOST_COST - 1), [], "", "app has a budget of 24,999, and one operation may cost 25,000"),
        (replace(FREE, budget=MOST_COST), [], "", ""),
    ],
)
def test_what_a_client_lacks_is_said(client: Client, keys: list[Key], released: str, expected: str) -> None:
    found = said(client, *keys, released=released)
    assert found.startswith(expected)
    assert bool(found) is bool(expected)


def test_nothing_is_said_of_who_was_sent_away_or_where_everybody_may_send_anything() -> None:
    assert said(replace(APP, suspended="it was stolen")) == ""
    assert said(APP, any_text=True) == ""
