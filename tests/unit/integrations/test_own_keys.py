"""Our keys: what the first one signs, anybody verifies with what is published."""

import json

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from integrations.own_keys import OwnKeys

NEW, OLD = b"n" * 32, b"o" * 32


def test_the_first_signs_and_all_are_published():
    """By key id, so that a platform finds the right one in the set while keys change."""
    keys = OwnKeys({"new": NEW, "old": OLD})
    published = KeySet.import_key_set(json.loads(json.dumps(keys.published)))
    for ring, named in ((keys, "new"), (OwnKeys({"old": OLD}), "old")):
        believed = jwt.decode(ring.signed({"sub": "x"}), published, algorithms=["ES256"])
        assert (believed.header, believed.claims) == ({"alg": "ES256", "typ": "JWT", "kid": named}, {"sub": "x"})
    assert keys.ids == ["new", "old"]


def test_another_key_of_that_name_is_not_believed():
    """The name alone proves nothing."""
    published = KeySet.import_key_set(OwnKeys({"new": NEW}).published)
    with pytest.raises(BadSignatureError):
        jwt.decode(OwnKeys({"new": OLD}).signed({"sub": "x"}), published, algorithms=["ES256"])


def test_nothing_private_is_published_or_shown():
    """Of a key of this curve that is `d`."""
    keys = OwnKeys({"new": NEW})
    assert [set(key) for key in keys.published["keys"]] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]
    assert "new" not in repr(keys)


@pytest.mark.parametrize("secret", [b"\x00" * 32, b"\xff" * 32, b"n" * 31, b""])
def test_not_all_bytes_are_a_key(secret: bytes):
    """Zero, more than the order of the curve, and too few."""
    with pytest.raises(ValueError, match=r".") as caught:
        OwnKeys({"new": secret})
    assert secret.hex() not in str(caught.value) or not secret


def test_no_keys_cannot_sign():
    """Whoever has none has no ring of them either."""
    with pytest.raises(ValueError, match="at least one"):
        OwnKeys({})
