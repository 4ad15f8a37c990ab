"""The check characters agree with published examples and with python-stdnum."""

import pytest
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_37_36 as standard

from simulator.identifiers import credit_code, licence_identifier, mod_37_36, resident_identity


def test_the_reference_string() -> None:
    """The reference string of ISO 7064 MOD 37,36 gives M."""
    assert mod_37_36("A12425GABC1234002") == "M"


@pytest.mark.parametrize("number", range(0, 3000, 37))
def test_any_number_passes(number: int) -> None:
    """Whatever the parts, the result passes the independent implementation."""
    assert ric.is_valid(resident_identity("440106", "19920317", f"{number % 1000:03d}"))
    assert uscc.is_valid(credit_code("91", "440606", f"MA{number:06d}"))
    assert standard.is_valid(f"X{number}Z" + mod_37_36(f"X{number}Z"))


def test_the_root_does_not_count() -> None:
    """The check of a licence identifier covers what follows the root, without the dots."""
    made = licence_identifier("11100000000000000X001", "11990000000000000X", "0000000001")
    assert made == "1.2.156.3005.2.11100000000000000X001.11990000000000000X.0000000001.001.O"
