"""What tests of several rooms stand on."""

import pytest

from domain import turns


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rest ends only where nobody is waited for."""
    monkeypatch.setattr(turns, "SHORT_S", 60.0)
    monkeypatch.setattr(turns, "LONGEST_S", 60.0)
