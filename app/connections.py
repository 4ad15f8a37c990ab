"""What the settings say about platforms: which are described, to which there is access, and how they are reached."""

import logging
import os
from dataclasses import replace
from pathlib import Path

import aiohttp

from app.clock import clock
from app.settings import PlatformSettings, Settings, SettingsError, variable
from integrations.authentication.assertion import Asserter
from integrations.own_keys import OwnKeys
from integrations.registry import HOME, Access, BadAccess, Catalogue, Registry, connect, read_catalogue
from store.shared.quotas import Quotas

log = logging.getLogger(__name__)


def new_session() -> aiohttp.ClientSession:
    """One for each purpose: a platform's slow connections must not take those of sign-in.

    With as many connections as are wanted: how many one platform may have is for its guard to say, and the library's hundred for
    all would let those that hang hold up the others.
    """
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())


def asserter_of(settings: Settings) -> Asserter | None:
    """Who speaks about people to platforms that take assertions; nobody without keys. Raises SettingsError."""
    if settings.assertion_keys is None or settings.assertion_issuer is None:
        return None
    try:
        keys = OwnKeys(settings.assertion_keys.get_secret_value().keys)
    except ValueError:
        raise SettingsError(
            ["TONGBAN_ASSERTION_KEYS holds bytes that are no private key of P-256; make another."]
        ) from None
    return Asserter(settings.assertion_issuer, keys, clock, os.urandom)


def registry_of(settings: Settings, catalogue: Catalogue, session: aiohttp.ClientSession, quotas: Quotas) -> Registry:
    """All known platforms, and those that the settings connect: not one whose description has errors.

    Raises SettingsError for access that misses or names too much.
    """
    access = {code: access_of(given) for code, given in settings.platforms.items()}
    usable = {code: given for code, given in access.items() if code not in catalogue.broken}
    try:
        registry = connect(
            *(catalogue.descriptions, usable, session, clock, os.urandom, quotas, settings.breaker == "act"),
            asserter=asserter_of(settings),
        )
    except BadAccess as bad:
        raise SettingsError(
            [f"{variable(['platforms', *place])}: {said}." for place, said in bad.errors.items()]
        ) from None
    broken = frozenset(catalogue.broken)
    return replace(registry, registered=catalogue.registered, broken=broken, unusable=broken & access.keys())


def catalogue_of(settings: Settings) -> Catalogue:
    """What is described and registered in our folder and in the operator's; errors in descriptions are logged.

    Raises BadDescription for a register with errors.
    """
    catalogue = read_catalogue(*homes_of(settings))
    for code, error in ((code, error) for code, errors in catalogue.broken.items() for error in errors):
        log.error("a description has an error, and its platform is left out", extra={"platform": code, "detail": error})
    return catalogue


def homes_of(settings: Settings) -> tuple[Path, ...]:
    """The folders of descriptions: ours, and the operator's own."""
    return (HOME, settings.descriptions) if settings.descriptions else (HOME,)


def access_of(given: PlatformSettings) -> Access:
    """What the settings give to connect one platform."""
    return Access(
        address=given.address,
        secrets={name: secret.get_secret_value() for name, secret in given.secrets.items()},
        event_secrets=[secret.get_secret_value() for secret in given.event_secrets],
    )
