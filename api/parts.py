"""Answers in parts, for clients that take what an operation defers when it is there.

After "Incremental Delivery over HTTP" of the GraphQL working drafts: a multipart answer whose boundary is a hyphen. What a part
says has changed since clients began to read it; who asks for the draft of August 2022 gets that.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from typing import Any

from graphql.execution import SubsequentIncrementalExecutionResult
from strawberry.types import ExecutionResult

from api.long_answer import LongAnswer
from api.media import OLD_PARTS
from api.results import text_of, told
from domain.caller import Locale
from schema.deferring import Deferred
from schema.errors import presented

_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_BOUNDARY = b"\r\n---"
Part = dict[str, Any]


class InParts(LongAnswer):
    """Tells the parts of an answer as they come. When the time is up no more are awaited.

    A part is known to be whole by the boundary behind it, which is therefore told with it, and not before the next one.
    """

    media_type = 'multipart/mixed; boundary="-"'
    start, end = _BOUNDARY, b"--\r\n"

    def text(self, thing: Part) -> bytes:
        return _HEAD + text_of(thing) + _BOUNDARY

    def cut(self) -> bytes:
        return self.text({"hasNext": False})


def in_parts(
    answer: Deferred, media: str, locale: Locale, seconds: float, place: ExitStack, headers: Mapping[str, str]
) -> InParts:
    """The answer, in the draft that this media type stands for."""
    draft = _Old(locale) if media == OLD_PARTS else _Now(locale)
    return InParts(_parts(answer, draft), seconds, place, headers)


async def _parts(answer: Deferred, draft: "_Now | _Old") -> AsyncGenerator[Part, None]:
    async with aclosing(answer.later):
        first = told(ExecutionResult(answer.first.data, answer.first.errors), draft.locale)
        yield first | draft.pending(answer.first.pending) | {"hasNext": answer.first.has_next}
        async for later in answer.later:
            yield draft.later(later) | {"hasNext": later.has_next}


class _Now:
    """What is pending is announced, and what comes names it by its id."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale

    def pending(self, pending: Sequence[Any] | None) -> Part:
        return {"pending": [one.formatted for one in pending]} if pending else {}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Part:
        said = self.pending(part.pending)
        if part.incremental:
            said["incremental"] = [self._said(one) for one in part.incremental]
        if part.completed:
            said["completed"] = [self._said(one) for one in part.completed]
        return said

    def _said(self, one: Any) -> Part:
        return _worded(one.formatted, one.errors, self.locale)


class _Old:
    """What comes says where it belongs; what failed comes as null."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self._places: dict[str, Part] = {}

    def pending(self, pending: Sequence[Any] | None) -> Part:
        for one in pending or ():
            self._places[one.id] = {"path": one.path} | ({"label": one.label} if one.label else {})
        return {}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Part:
        self.pending(part.pending)
        came: Sequence[Any] = part.incremental or ()
        found = [self._placed(one, {"data": one.data}, one.sub_path or ()) for one in came]
        failed = [self._placed(one, {"data": None}) for one in part.completed or () if one.errors]
        return {"incremental": found + failed} if found or failed else {}

    def _placed(self, one: Any, data: Part, below: Sequence[str | int] = ()) -> Part:
        place = self._places[one.id]
        return _worded(place | {"path": [*place["path"], *below]} | data, one.errors, self.locale)


def _worded(part: Part, errors: Sequence[Any] | None, locale: Locale) -> Part:
    """The same with errors as clients see them."""
    return part | {"errors": [presented(error, locale) for error in errors]} if errors else part
