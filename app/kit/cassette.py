"""A recording of questions' answers in a file, without anybody's data (redact.py), and a bench that plays it."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from app.kit.bench import NO_AUTHENTICATION, Bench
from app.kit.redact import Redactor
from app.kit.tape import Replayed, Take, by_question
from domain.identity import Identity, IdentityType
from domain.times import Micros
from integrations.description import Description
from integrations.form.connection import IdentityNumber, Person
from integrations.http import Response
from integrations.port import PlatformTrouble
from integrations.registry import Access

FORM = 1
KEPT = ("happy", "empty", "paged", "stable")
"""The checks whose questions are recorded: those that ask as the service does."""


class BadCassette(ValueError):
    """A file is no cassette of this platform. Says why."""


@dataclass(frozen=True)
class Cassette:
    """A recording: of which platform, when, about whom (numbers that are nobody's), and every call."""

    code: str
    recorded: str
    persons: Sequence[Identity]
    takes: Sequence[Take]


async def record(bench: Bench, at: datetime) -> str:
    """The calls of a bench as the text of a cassette, everything personal replaced."""
    redactor = Redactor(bench.description, bench.persons, bench.entropy(32))
    takes = [take for take in bench.tape.takes if take.question.partition("/")[0] in KEPT]
    document = {
        "cassette": FORM,
        "platform": bench.description.code,
        "recorded": at.isoformat(timespec="seconds"),
        "persons": [_person(redactor.person(who)) for who in bench.persons],
        "takes": [await _kept(bench, redactor, take) for take in takes],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _person(who: Identity) -> dict[str, str]:
    return {"type": who.type.value, "number": who.number}


async def _kept(bench: Bench, redactor: Redactor, take: Take) -> dict[str, Any]:
    document = None
    with suppress(PlatformTrouble):
        document = await bench.document(take.noun, take.answer)
    answer = redactor.answer(take.noun, take.answer, document)
    head = {"question": take.question, "noun": take.noun, "status": answer.status, "media_type": answer.media_type}
    return {**head, "body": answer.body.decode()}


def read_cassette(file: Path, code: str) -> Cassette:
    """Raises BadCassette."""
    try:
        said = json.loads(file.read_text("utf-8"))
        if said["cassette"] != FORM:
            raise BadCassette(f"{file}: a cassette of another version of the kit")
        persons = [Identity(IdentityType(one["type"]), str(one["number"])) for one in said["persons"]]
        cassette = Cassette(said["platform"], said["recorded"], persons, [_read(one) for one in said["takes"]])
    except OSError as error:
        raise BadCassette(f"{file}: cannot be read ({type(error).__name__})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise error if isinstance(error, BadCassette) else BadCassette(f"{file}: not a cassette") from None
    if cassette.code != code:
        raise BadCassette(f"{file}: recorded at {cassette.code}, not at {code}")
    return cassette


def _read(said: Any) -> Take:
    answer = Response(int(said["status"]), said["media_type"], said["body"].encode())
    return Take(str(said["question"]), str(said["noun"]), answer)


def replaying(
    description: Description,
    cassette: Cassette,
    session: aiohttp.ClientSession,
    clock: Callable[[], Micros],
    entropy: Callable[[int], bytes],
    event_secrets: Sequence[str],
) -> Bench:
    """A bench whose answers come out of a cassette. It opens no connection, and needs no secret of ours."""
    changed = {"authentication": NO_AUTHENTICATION, "trust": None}
    connection = description.connection.model_copy(update=changed)
    person: Person = IdentityNumber(how="identity-number", types=description.person.types)
    if description.by_account:
        person = description.person
    plain = description.model_copy(update={"connection": connection, "person": person})
    access = Access("http://cassette.invalid", {}, event_secrets)
    more = {"recorded": by_question(cassette.takes)}
    return Bench(plain, access, cassette.persons, session, clock, entropy, kind=Replayed, more=more)
