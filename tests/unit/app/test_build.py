"""What is built from settings alone."""

import socket

import pytest

from app.build import LONGEST_OWNER, lease_owner


@pytest.mark.parametrize("host", ["a", "h" * 200])
def test_no_two_processes_have_the_same_name_in_leases(monkeypatch: pytest.MonkeyPatch, host: str):
    """Not even containers that share process id and host name; and it fits its column."""
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    names = {lease_owner() for _ in range(9)}
    assert len(names) == 9
    assert all(len(name) <= LONGEST_OWNER for name in names)
