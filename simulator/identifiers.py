"""Check characters of the official numbers, so that invented ones look right and nothing else does."""

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LICENCE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LICENCE_ROOT = "1.2.156.3005.2"


def resident_identity(region: str, born: str, sequence: str) -> str:
    """The 18 characters of a resident identity number (GB 11643): region 6, birth date YYYYMMDD, sequence 3."""
    body = region + born + sequence
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def organisation_code(body: str) -> str:
    """The nine characters of an organisation code (GB 11714) from its first eight."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return body + "0123456789X0"[(11 - total % 11) % 11]


def credit_code(kind: str, region: str, body: str) -> str:
    """A unified social credit code (GB 32100): kind 2 (91 company, 11 government), region 6, organisation body 8."""
    first = kind + region + organisation_code(body)
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(first, _USCC_WEIGHTS, strict=True))
    return first + _USCC_ALPHABET[-total % 31]


def licence_identifier(kind: str, issuer: str, serial: str, version: str = "001") -> str:
    """A dotted licence identifier (GB/T 36904) with its ISO 7064 MOD 37,36 check character."""
    return ".".join((LICENCE_ROOT, kind, issuer, serial, version, mod_37_36(kind + issuer + serial + version)))


def mod_37_36(text: str) -> str:
    """The ISO 7064 MOD 37,36 check character over digits and capital letters."""
    rest = 36
    for char in text:
        rest = (rest + _LICENCE_ALPHABET.index(char)) % 36 or 36
        rest = rest * 2 % 37
    return _LICENCE_ALPHABET[(37 - rest) % 36]
