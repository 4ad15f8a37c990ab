"""What does it cost to believe a token, the first time and again?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.clock import clock
from bench.figures import Work, cpu_ms, publish, table
from bench.world import run
from domain.times import SECOND
from integrations.identity import ClaimNames, IdentityProvider
from integrations.jwt import ALGORITHMS
from simulator.oidc.tokens import about
from simulator.personas import PERSONAS

QUESTION = "What does it cost to believe a token, and what does remembering it save?"
ISSUER, AUDIENCE = "https://id.example.cn", "tongban"

Key = RSAKey | ECKey | OKPKey


@dataclass(frozen=True)
class Signed:
    """A token, its public key, and providers that remember nothing and that remember it."""

    token: str
    public: Key
    forgetful: IdentityProvider
    mindful: IdentityProvider

    def works(self) -> dict[str, Work]:
        """The signature alone; the whole of it, not remembered; the same, remembered."""
        registry = jws.JWSRegistry(algorithms=sorted(ALGORITHMS), strict_check_header=False)
        return {
            "signature": partial(jws.deserialize_compact, self.token, self.public, registry=registry),
            "first": partial(self.forgetful.sign_in, self.token, clock()),
            "again": partial(self.mindful.sign_in, self.token, clock()),
        }


async def signed(algorithm: str, key: Key) -> Signed:
    now = clock() // SECOND
    said = {
        "iss": ISSUER, "aud": AUDIENCE, "azp": "tongban-phone", "iat": now, "exp": now + 3600, **about(PERSONAS["lin"]),
    }  # fmt: skip
    token = jwt.encode({"alg": algorithm, "typ": "at+jwt", "kid": "one"}, said, key, algorithms=[algorithm])
    published = key.as_dict(private=False, kid="one", use="sig")
    forgetful, mindful = (provider(published, remembered) for remembered in (0, 10_000))
    for one in (forgetful, mindful):
        await one.sign_in(token, clock())
    return Signed(token, type(key).import_key(published), forgetful, mindful)


def provider(published: Mapping[str, Any], remembered: int) -> IdentityProvider:
    """A provider whose documents are at hand."""

    async def fetch(url: str) -> Mapping[str, Any]:
        return {"keys": [published]} if url.endswith("/keys") else {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}

    return IdentityProvider(ISSUER, AUDIENCE, ClaimNames(), fetch, remembered)


async def main() -> None:
    keys: Mapping[str, tuple[str, Key]] = {
        "ES256": ("ES256", ECKey.generate_key("P-256")),
        "RS256, 2048 bits": ("RS256", RSAKey.generate_key(2048)),
        "RS256, 4096 bits": ("RS256", RSAKey.generate_key(4096)),
        "PS256, 2048 bits": ("PS256", RSAKey.generate_key(2048)),
        "Ed25519": ("Ed25519", OKPKey.generate_key("Ed25519")),
    }
    works: dict[str, Work] = {}
    for name, (algorithm, key) in keys.items():
        one = await signed(algorithm, key)
        works |= {f"{name} {part}": work for part, work in one.works().items()}
    taken = await cpu_ms(works)
    rows = []
    for name in keys:
        signature, first, again = (taken[f"{name} {part}"] * 1000 for part in ("signature", "first", "again"))
        rows.append((name, signature, first, again, f"{first / again:.0f} : 1", f"{1e6 / first:,.0f}"))
    publish(
        "sign_in",
        QUESTION,
        "One token of a person, in one process on uvloop; microseconds of CPU, median of 9 rounds.",
        table(("", "joserfc's signature", "first time", "again", "first : again", "first times a second"), rows),
    )


if __name__ == "__main__":
    run(main())
