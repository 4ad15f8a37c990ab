"""How far a body is read."""

import pytest
from starlette.requests import ClientDisconnect

from api.body import BodyRefused, read_body
from tests.unit.api.asgi import HANG_UP, a_request, client, piece


async def refused(request, seconds: float = 5) -> tuple[int, str]:
    with pytest.raises(BodyRefused) as caught:
        await read_body(request, 4, seconds)
    return caught.value.status, caught.value.kind


async def test_a_body_in_pieces():
    """It is put together, up to the last byte that is allowed."""
    assert await read_body(a_request(client(piece(b"ab", more=True), piece(b"cd"))), 4) == b"abcd"


async def test_a_body_that_is_too_large():
    """Known by its stated length, or as soon as it is."""
    assert await refused(a_request(client(piece(b"abc", more=True), piece(b"de", more=True)))) == (413, "too-large")
    assert await refused(a_request(client(), content_length="5")) == (413, "too-large")


async def test_a_body_that_does_not_end():
    """A client that says a little and then nothing is not waited for."""
    assert await refused(a_request(client(piece(b"a", more=True))), seconds=0.01) == (408, "too-slow")


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity", ""])
async def test_an_encoded_body(encoding):
    """It is not read at all: what it would unfold to nobody knows."""
    assert await refused(a_request(client(), content_encoding=encoding)) == (415, "encoded")


async def test_a_body_that_says_it_is_not_encoded():
    """`identity` is none, in any case."""
    assert await read_body(a_request(client(piece(b"a")), content_encoding="Identity"), 4) == b"a"


async def test_a_client_that_hangs_up():
    """That is not for the reader of the body to judge."""
    with pytest.raises(ClientDisconnect):
        await read_body(a_request(client(piece(b"a", more=True), HANG_UP)), 4)
