"""Sealing: what is kept of people opens in its own row, under its own key, and nowhere else."""

import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity import Identity, IdentityType
from store.sealing import NONCE_BYTES, Sealed, Sealer, Unsealable

ROW = UUID(int=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def sealer(current: str = "k1", *names: str) -> Sealer:
    keys = {name: bytes([int(name[1:])]) * 32 for name in (names or ("k1",))}
    return Sealer(keys, current, bytes(32), os.urandom)


@given(JSON)
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_opens(value: object):
    """Any JSON value, halves of surrogate pairs included."""
    sealed = sealer().seal("party", ROW, value)
    assert sealer().open("party", ROW, sealed.data, sealed.key_id) == value


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_sealed_blob_holds_no_plain_text(secret: str):
    """Neither as UTF-8 nor as JSON would escape it; and two of the same differ."""
    one, two = (sealer().seal("party", ROW, {"name": secret}).data for _ in range(2))
    assert secret.encode() not in one and b"name" not in one
    assert one != two


@pytest.mark.parametrize(("table", "row"), [("party", uuid4()), ("device", ROW), ("", ROW)])
def test_a_blob_moved_to_another_row_or_table_does_not_open(table: str, row: UUID):
    """Someone who can write to the database cannot show one person another's data."""
    sealed = sealer().seal("party", ROW, "x")
    with pytest.raises(Unsealable):
        sealer().open(table, row, sealed.data, sealed.key_id)


@given(st.integers(0, 60), st.integers(1, 255))
@settings(max_examples=50, deadline=None)
def test_any_changed_byte_is_noticed(place: int, change: int):
    """In the nonce, the text or the tag."""
    data = bytearray(sealer().seal("party", ROW, "x" * 40).data)
    data[place] ^= change
    with pytest.raises(Unsealable):
        sealer().open("party", ROW, bytes(data), "k1")


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, NONCE_BYTES + 15])
def test_a_blob_cut_short_does_not_open(length: int):
    """By the same name as any other that does not."""
    data = sealer().seal("party", ROW, "x").data[:length]
    with pytest.raises(Unsealable):
        sealer().open("party", ROW, data, "k1")


def test_a_new_key_seals_and_the_old_one_still_opens():
    """So that keys are changed without rewriting every row at once."""
    old = sealer("k1").seal("party", ROW, "x")
    ring = sealer("k2", "k1", "k2")
    new = ring.seal("party", ROW, "x")
    assert (old.key_id, new.key_id) == ("k1", "k2")
    assert ring.open("party", ROW, old.data, old.key_id) == ring.open("party", ROW, new.data, new.key_id) == "x"


def test_a_key_that_is_gone_or_wrong_is_named_and_nothing_else():
    """The operator learns which key; the message holds nothing of the row."""
    sealed = sealer("k1").seal("party", ROW, "x")
    with pytest.raises(Unsealable, match="k1"):
        sealer("k2", "k2").open("party", ROW, sealed.data, sealed.key_id)
    wrong = Sealer({"k1": bytes([9]) * 32}, "k1", bytes(32), os.urandom)
    with pytest.raises(Unsealable) as caught:
        wrong.open("party", ROW, sealed.data, sealed.key_id)
    assert str(ROW) not in str(caught.value)


def test_a_hash_is_of_its_purpose_and_key():
    """The same text is found again, and only for what it was hashed for."""
    ring = sealer()
    assert ring.hash("token", "t") == ring.hash("token", "t") != ring.hash("person", "t")
    assert ring.hash("token", "t") != Sealer({}, "", bytes([1]) * 32, os.urandom).hash("token", "t")
    assert len(ring.hash("token", "\ud800")) == 64


def test_a_person_key_joins_by_type_and_number():
    """And the party's id follows from it; neither holds the number."""
    ring = sealer()
    person, company = Identity(IdentityType.RESIDENT, "1"), Identity(IdentityType.ORGANISATION, "1")
    assert ring.person_key(person) != ring.person_key(company)
    assert ring.party_id(person) == ring.party_id(Identity(IdentityType.RESIDENT, "1")) != ring.party_id(company)


def test_no_key_shows_in_a_repr():
    """It would stand in logs."""
    assert "keys" not in repr(sealer()) and "hash_key" not in repr(sealer())
    assert isinstance(sealer().seal("party", ROW, 1), Sealed)
