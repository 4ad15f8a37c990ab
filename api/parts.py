"""Answers in parts, for clients that take what an operation defers when it is there.

After "Incremental Delivery over HTTP" of the GraphQL working drafts: a multipart answer whose boundary is a hyphen. What a part
says has changed since clients began to read it; who asks for the draft of August 2022 gets that.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from typing import Any

from graphql import GraphQLError
from graphql.execution import SubsequentIncrementalExecutionResult

from api.long_answer import LongAnswer
from api.media import OLD_PARTS
from api.results import expired, text_of
from schema.context import Context
from schema.deferring import Deferred
from schema.errors import closed, presented

_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_BOUNDARY = b"\r\n---"
Part = dict[str, Any]


class InParts(LongAnswer):
    """Tells the parts of an answer as they come, in the draft that a media type stands for. What comes too late has failed.

    A part is known to be whole by the boundary behind it, which is therefore told with it, and not before the next one.
    """

    start, end = _BOUNDARY, b"--\r\n"

    def __init__(
        self,
        answer: Deferred,
        media: str,
        context: Context,
        seconds: float,
        place: ExitStack,
        headers: Mapping[str, str],
    ) -> None:
        self._draft = _Old(context) if media == OLD_PARTS else _Now(context)
        self.media_type = f'multipart/mixed; boundary="-"{self._draft.named}'
        super().__init__(_parts(answer, self._draft), seconds, place, headers)

    def text(self, thing: Part) -> bytes:
        return _HEAD + text_of(thing) + _BOUNDARY

    def cut(self) -> bytes:
        return self.text(self._draft.expired() | {"hasNext": False})


async def _parts(answer: Deferred, draft: "_Draft") -> AsyncGenerator[Part, None]:
    async with aclosing(answer.later):
        first = {"data": answer.first.data} | draft.errors(answer.first.errors)
        yield first | draft.pending(answer.first.pending) | {"hasNext": answer.first.has_next}
        async for later in answer.later:
            yield draft.later(later) | {"hasNext": later.has_next}


class _Draft:
    """`awaited`: what is announced and not completed, by id: its path and, if it has one, its label."""

    named = ""
    """Behind the media type."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.awaited: dict[str, Part] = {}

    def pending(self, pending: Sequence[Any] | None) -> Part:
        for one in pending or ():
            self.awaited[one.id] = {"path": one.path} | ({"label": one.label} if one.label else {})
        return {}

    def errors(self, errors: Sequence[GraphQLError] | None) -> Part:
        """As clients see them, on the door that this is."""
        seen = errors if self._context.sees_schema else [closed(error) for error in errors or ()]
        return {"errors": [presented(error, self._context.locale) for error in seen or ()]} if errors else {}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Part:
        raise NotImplementedError

    def expired(self) -> Part:
        raise NotImplementedError


class _Now(_Draft):
    """What is pending is announced, and what comes names it by its id."""

    def pending(self, pending: Sequence[Any] | None) -> Part:
        super().pending(pending)
        return {"pending": [one.formatted for one in pending]} if pending else {}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Part:
        said = self.pending(part.pending)
        if part.incremental:
            said["incremental"] = [self._said(one) for one in part.incremental]
        if part.completed:
            said["completed"] = [self._said(one) for one in part.completed]
            for one in part.completed:
                del self.awaited[one.id]
        return said

    def expired(self) -> Part:
        return {"completed": [{"id": one} | self.errors([expired()]) for one in self.awaited]}

    def _said(self, one: Any) -> Part:
        return {**one.formatted, **self.errors(one.errors)}


class _Old(_Draft):
    """What comes says where it belongs; what failed comes as null, and each fragment is named once it is complete."""

    named = ";deferSpec=20220824"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._named: set[str] = set()

    def later(self, part: SubsequentIncrementalExecutionResult) -> Part:
        self.pending(part.pending)
        came: Sequence[Any] = part.incremental or ()
        found = [self._came(one) for one in came]
        ended = [said for one in part.completed or () if (said := self._ended(one))]
        return {"incremental": found + ended} if found or ended else {}

    def expired(self) -> Part:
        return {"incremental": [place | {"data": None} | self.errors([expired()]) for place in self.awaited.values()]}

    def _came(self, one: Any) -> Part:
        if not one.sub_path:
            self._named.add(one.id)
        place = self.awaited[one.id]
        return place | {"path": [*place["path"], *(one.sub_path or ())], "data": one.data} | self.errors(one.errors)

    def _ended(self, one: Any) -> Part | None:
        """What failed; or a fragment all of which came under the name of others, and which clients wait for by its own."""
        place = self.awaited.pop(one.id)
        if one.errors:
            return place | {"data": None} | self.errors(one.errors)
        return None if one.id in self._named else place | {"data": {}}
