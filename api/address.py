"""Where a caller is on the network, so far as it is counted by it."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

_OF_ONE_LINE = 64
"""Bits of an IPv6 address that a line has for itself: whoever has one has all the others behind them."""


def address_of(connection: HTTPConnection) -> str:
    """The caller's address, of IPv6 the network; nothing if there is none, as on a Unix socket."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{int(address) >> (128 - _OF_ONE_LINE):x}"
    return str(address)
