"""The forms in which settings are written, and what is made of them. Values of secrets are never repeated."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, Secret, SecretStr
from pydantic_settings import NoDecode

RING_KEY_BYTES, LEAST_HASH_KEY_BYTES = 32, 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,16}")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 32 bytes by their id, and the id of the one that seals or signs from now on."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _key_ring(given: object) -> object:
    if not isinstance(given, str):
        return given
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(given.split(","), 1):
        name, _, text = entry.strip().partition(":")
        key = _base64(text)
        if not _KEY_ID.fullmatch(name) or name in keys or len(key) != RING_KEY_BYTES:
            raise ValueError(
                "should be id:key,id:key with ids of at most 16 letters, digits, dots, underscores or hyphens and keys of "
                f"32 bytes in base64; entry {number} is not"
            )
        keys[name] = key
    return KeyRing(next(iter(keys)), keys)


def _hash_key(given: object) -> object:
    if not isinstance(given, str):
        return given
    key = _base64(given)
    if len(key) < LEAST_HASH_KEY_BYTES:
        raise ValueError("should be at least 32 bytes in base64")
    return key


def _http_url(text: str) -> str:
    """Kept to the letter: an issuer is compared, not followed."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("should be a URL that begins with http:// or https:// and has no query")
    return text


def _issuer_of_ours(text: str) -> str:
    """What is found below it is asked for at `<issuer>/…`: a second slash would be another address."""
    if text.endswith("/"):
        raise ValueError("should have no slash at its end")
    return text


def _database_url(url: SecretStr) -> SecretStr:
    scheme, separator, rest = url.get_secret_value().partition("://")
    if scheme not in ("sqlite", "postgres") or not separator or not rest:
        raise ValueError("should be sqlite://path or postgres://user:password@host:port/name")
    return url


def _redis_url(url: SecretStr) -> SecretStr:
    scheme, separator, rest = url.get_secret_value().partition("://")
    if scheme not in ("redis", "rediss", "redis+cluster", "rediss+cluster") or not separator or not rest:
        raise ValueError("should be redis://host:port/number, or redis+cluster://host:port with any node of a cluster")
    return url


def _split(given: object) -> object:
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else given


def _by_code(given: object) -> object:
    """Names of variables have no hyphen, and codes of platforms no underscore: one stands for the other."""
    return {str(name).replace("_", "-"): value for name, value in given.items()} if isinstance(given, dict) else given


def _lower(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


HttpUrl = Annotated[str, AfterValidator(_http_url)]
OurIssuer = Annotated[HttpUrl, AfterValidator(_issuer_of_ours)]
SecretText = Annotated[SecretStr, Field(min_length=1)]
LiveSecrets = Annotated[tuple[SecretText, ...], Field(max_length=2), NoDecode, BeforeValidator(_split)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
KeyRingText = Annotated[Secret[KeyRing] | None, NoDecode, BeforeValidator(_key_ring)]
HashKeyText = Annotated[Secret[bytes] | None, BeforeValidator(_hash_key)]
ByCode = BeforeValidator(_by_code)
Lower = BeforeValidator(_lower)
