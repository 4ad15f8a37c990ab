"""Assertions about the person asked about, signed by us, and the access tokens that a platform gives for them (RFC 8693)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.assurance import Subject
from domain.identity import Identity, IdentityType
from domain.times import SECOND, Micros
from integrations.authentication.bearer import Bearer, Client, Line, token_request
from integrations.authentication.identify import Identify
from integrations.form.connection import Assertion
from integrations.form.operations import VOUCHED, Values
from integrations.http import Request, merged
from integrations.own_keys import OwnKeys

LIFE_S = 60
"""How long an assertion is good: it is exchanged at once."""

JTI_BYTES = 16
MOST_PEOPLE = 1000
"""Of how many people tokens of one platform are kept at a time, in each process."""

_TYPE = "urn:ietf:params:oauth:token-type:"


@dataclass(frozen=True)
class Asserter:
    """Makes assertions in our name, `issuer`. `entropy` gives so many random bytes."""

    issuer: str
    keys: OwnKeys
    clock: Callable[[], Micros]
    entropy: Callable[[int], bytes]

    def about(self, who: Subject, audience: str) -> str:
        """A JWT that says about whom we ask one audience, for the next minute. Each is another."""
        now = self.clock() // SECOND
        return self.keys.signed({
            "iss": self.issuer,
            "sub": who.identity.number,
            "identity_type": who.identity.type.value,
            **_vouched(who),
            "aud": audience,
            "iat": now,
            "exp": now + LIFE_S,
            "jti": self.entropy(JTI_BYTES).hex(),
        })  # fmt: skip


def _vouched(who: Subject) -> dict[str, Any]:
    """How and when they signed in, as far as it is known (OpenID Connect Core 1.0, section 2)."""
    level, signed_in = who.vouched.level, who.vouched.signed_in
    acr = {} if level is None else {"acr": str(level.value)}
    return acr if signed_in is None else {**acr, "auth_time": signed_in // SECOND}


class PersonToken:
    """Satisfies Identify: what `ours` says, and the access token of the person asked about, which nobody else's question gets,
    nor one about the same person of whom something else is vouched for.

    `ours` has nothing else to say once it is refused: what has would need the header that the token goes in.
    """

    def __init__(
        self, form: Assertion, asserter: Asserter, secrets: Mapping[str, str], line: Line, ours: Identify
    ) -> None:
        self._form, self._asserter, self._secrets, self._line, self._ours = form, asserter, secrets, line, ours
        self._client = Client(line.clock)
        self._bearers: OrderedDict[Subject, Bearer] = OrderedDict()

    async def headers(self, request: Request, about: Values) -> Mapping[str, str]:
        # First, since what `ours` says may have a time in it.
        token = await self._bearer(_person(about)).headers()
        return merged(await self._ours.headers(request, about), token)

    def refused(self, headers: Mapping[str, str], about: Values) -> bool:
        self._bearer(_person(about)).refused(headers)
        return True

    def _bearer(self, who: Subject) -> Bearer:
        if who not in self._bearers:
            self._make_room()
            # A token that does not say how long it lives is used once.
            self._bearers[who] = Bearer(self._line, self._client, partial(self._exchange, who), unsaid_s=0)
        self._bearers.move_to_end(who)
        return self._bearers[who]

    def _make_room(self) -> None:
        """Forgets whose tokens are over, and if need be who was not asked about for longest."""
        for who in [who for who, bearer in self._bearers.items() if bearer.is_idle]:
            del self._bearers[who]
        while len(self._bearers) >= MOST_PEOPLE:
            self._bearers.popitem(last=False)

    def _exchange(self, who: Subject) -> Request:
        """What asks for a token of this person, with a new assertion (RFC 8693, section 2.1)."""
        said = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": self._asserter.about(who, self._form.audience),
            "subject_token_type": f"{_TYPE}jwt",
            "requested_token_type": f"{_TYPE}access_token",
            "audience": self._form.audience,
        }
        return token_request(self._form, self._secrets, said)


def _person(about: Values) -> Subject:
    return Subject(Identity(IdentityType(about["{identity.type}"]), about["{identity.number}"]), about[VOUCHED])
