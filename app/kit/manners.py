"""Checks of how the platform answers: in time, in its form, and with an error where there is one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from yarl import URL

from app.kit.bench import Bench
from app.kit.check import Check, Finding, failed, passed, said, skipped, warned
from domain.identity import Identity
from integrations.authentication.identify import Fixed
from integrations.form.authentication import ClientCertificate, ClientCredentials
from integrations.form.connection import Assertion
from integrations.form.operations import ACCOUNT, NUMBER, Operation, RestOperation
from integrations.form.parts import settings_in
from integrations.http import Request
from integrations.own_keys import KEY_BYTES, OwnKeys
from integrations.port import Answer, PlatformTrouble, RateLimited, TimedOut, Unreachable
from integrations.registry import Access

GROUP = "manners"
SLOW, LARGE = 0.5, 0.5
"""The share of a limit from which it is said how close an answer came."""

WRONG = "tongban-conformance-wrong"

BEARERS = {
    "a made-up token": Fixed({"Authorization": f"Bearer {WRONG}"}),
    "no token": Fixed({}),
}
"""How the questions themselves are asked wrongly where wrong secrets get no further than the token endpoint."""


async def in_time(bench: Bench) -> Finding:
    """Every answer came within the time limit; says how close the slowest question came."""
    if bench.is_replay:
        raise skipped("needs the platform itself: a cassette answers at once")
    limit, took = bench.description.limits.timeout_s, list[float]()
    for noun, person in bench.questions():
        before = len(bench.tape.takes)
        try:
            await bench.ask("in-time", noun, person)
        except TimedOut as trouble:
            raise failed(f"{noun} of person {person + 1}: {said(trouble)}") from None
        except PlatformTrouble:
            continue  # which is not about time, and was said by the first check
        took.append(sum(take.seconds for take in bench.tape.takes[before:]))
    if not took:
        raise skipped("needs an answer")
    detail = f"the slowest of {len(took)} questions took {max(took):.2f} s of {limit:g}"
    return warned(detail) if max(took) > SLOW * limit else passed(detail)


async def credentials(bench: Bench) -> Finding:
    """Wrong credentials are refused. An empty answer would look like a person who holds nothing."""
    if bench.is_replay:
        raise skipped("needs the platform itself")
    if not (wrong := list(_wrong(bench))):
        kind = bench.description.connection.authentication.kind
        raise skipped(f"the platform knows us by {kind}: nothing can be said wrongly")
    for noun in bench.nouns:
        for what, how in wrong:
            await _declined(bench, "credentials", noun, what, **how)
    return passed("refused, for each of " + ", ".join(bench.nouns))


def _wrong(bench: Bench) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each thing that can be said wrongly: secrets, tokens, and assertions that another key signed."""
    connection, given, asserter = bench.description.connection, bench.access, bench.asserter
    person = bench.description.person
    # Files and addresses stay: with others nothing would be asked at all.
    kept = [connection.trust, *(getattr(part, "token_address", None) for part in (connection.authentication, person))]
    files = isinstance(connection.authentication, ClientCertificate)
    named = set(settings_in(person) if files else bench.description.secrets) - {each.setting for each in kept if each}
    if named:
        secrets = {name: WRONG if name in named else value for name, value in given.secrets.items()}
        yield "wrong credentials", {"access": Access(given.address, secrets, given.event_secrets)}
    if isinstance(connection.authentication, ClientCredentials):
        yield from ((what, {"identify": identify}) for what, identify in BEARERS.items())
    if isinstance(person, Assertion) and asserter:
        other = OwnKeys({asserter.keys.ids[0]: bench.entropy(KEY_BYTES)})
        yield "an assertion that another key signed", {"asserter": replace(asserter, keys=other)}


async def questions(bench: Bench) -> Finding:
    """A question that cannot be understood is an error, and not an empty answer."""
    if bench.is_replay:
        raise skipped("needs the platform itself")
    halves = {noun: _half_of(operation) for noun, operation in bench.description.operations.declared.items()}
    asked = {noun: half for noun, half in halves.items() if half}
    if not asked:
        raise skipped("no question names a person so that half of it would be no question")
    for noun, half in asked.items():
        await _declined(bench, "bad-question", noun, "half a question", question=half)
    return passed("an error, for each of " + ", ".join(asked))


def _half_of(operation: Operation) -> Callable[[Request], Request] | None:
    """What makes half a question of a whole one: half a body, no query, or half a number in the path. None where the whole
    question is without a person, or half a number rightly is somebody of whom nothing is held."""
    if not operation.holds(NUMBER, ACCOUNT):
        return None
    if not isinstance(operation, RestOperation) or operation.body is not None:
        return _half_body
    path, _, _ = operation.path.partition("?")
    if not _names(path):
        return _without_query
    segments = path.split("/")
    last = next(n for n, segment in enumerate(segments[::-1], 1) if _names(segment))
    return None if operation.empty else partial(_half_segment, last)


def _names(text: str) -> bool:
    return NUMBER in text or ACCOUNT in text


def _half_body(request: Request) -> Request:
    return replace(request, body=request.body[: len(request.body) // 2])


def _without_query(request: Request) -> Request:
    return replace(request, url=URL(str(request.url.origin()) + request.url.raw_path, encoded=True))


def _half_segment(last: int, request: Request) -> Request:
    """`last`: which segment of the path, counted from its end. What stands before the path is the platform's address."""
    segments = request.url.raw_path.split("/")
    segments[-last] = segments[-last][: len(segments[-last]) // 2]
    query = f"?{request.url.raw_query_string}" if request.url.raw_query_string else ""
    return replace(request, url=URL(str(request.url.origin()) + "/".join(segments) + query, encoded=True))


async def _declined(bench: Bench, check: str, noun: str, what: str, **how: Any) -> None:
    """Raises Ended unless the platform says that it does not answer."""
    person = next((n for one, n in bench.questions() if one == noun), None)
    who: int | Identity | None = person
    if who is None:
        raise skipped("needs a test person of a kind that the platform knows: --person 111:NUMBER")
    try:
        answer: Answer[Any] = await bench.ask(check, noun, who, **how)
    except (TimedOut, Unreachable, RateLimited) as trouble:
        raise failed(f"{noun}, {what}: expected an error of the platform's own, got {said(trouble)}") from None
    except PlatformTrouble:
        return
    rows = len(answer.observations)
    raise failed(f"{noun}, {what}: expected an error, got {f'{rows} rows' if rows else 'an empty answer'}")


async def transport(bench: Bench) -> Finding:
    """Answers name their media type, redirect nobody, and stay well below the largest size."""
    await bench.everything()
    takes = [take for noun in bench.nouns for take in bench.tape.of(noun)]
    if not takes:
        raise skipped("needs an answer")
    if moved := sorted({take.answer.status for take in takes if 300 <= take.answer.status <= 399}):
        raise failed(f"HTTP {moved[0]}: redirects are not followed, since our credentials would follow them")
    most, largest = bench.description.limits.answer_bytes, max(len(take.answer.body) for take in takes)
    if any(take.answer.media_type is None and take.answer.body for take in takes):
        return warned("an answer names no media type: name it in Content-Type")
    detail = f"{len(takes)} answers, no redirect, the largest {largest} of {most} bytes"
    return warned(detail) if largest > LARGE * most else passed(detail)


async def whole(bench: Bench) -> Finding:
    """Nobody holds more than the bounded paging takes."""
    cut = [noun for (noun, _), answer in (await bench.everything()).items() if answer.truncated]
    limits = bench.description.limits
    if cut:
        return warned(
            f"{', '.join(sorted(set(cut)))}: more than {limits.pages} pages of {limits.page_size}, or rows that moved: "
            "what is missing means nothing"
        )
    return passed(f"nobody holds more than {limits.pages} pages of {limits.page_size}")


CHECKS: tuple[Check[Bench], ...] = (
    Check("whole", GROUP, "Looks for answers that were cut short", "核对答复是否完整", whole),
    Check("in-time", GROUP, "Takes the time of each question", "测量每次询问的用时", in_time),
    Check("credentials", GROUP, "Asks with wrong credentials", "以错误凭据询问", credentials),
    Check("bad-question", GROUP, "Sends half a question", "发送不完整的询问", questions),
    Check("transport", GROUP, "Looks at status, media type and size", "核对状态码、媒体类型与大小", transport),
)
