"""Takes what is personal out of answers before they are kept.

Every text and number is replaced by another of the same build: digits by digits, letters by letters, Chinese by Chinese; the same
by the same within one recording, so that numbers of cases and keys of rows stay what they are. What stays as it is: names of
fields, true, false and null; words that the description knows, and what was read at places of closed tables; times that were read
at places of times; totals. The key is thrown away with the recording, so that nobody can find a number by trying all.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from app.kit.names import FieldNames, last_names, local_of
from app.kit.pen import document_bytes
from app.kit.witness import LONGEST_WORD, Forms, tables, texts_at, time_places
from domain.identity import Identity
from integrations.description import Description
from integrations.form.operations import ACCOUNT, NUMBER
from integrations.http import Response
from integrations.mapping.language import Unreadable, reader
from integrations.mapping.values import rows_of, text_of
from integrations.port import Drifted

_TIME = re.compile(r"[\d\sTZ:.+-]{1,40}", re.ASCII)
_CONSTANT = re.compile(r"'([^']*)'|\"([^\"]*)\"|`\"?([^`\"]*)\"?`")
_CHINESE = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MOST_ATTEMPTS = 32 * 8
TYPE = "{identity.type}"


def known_words(description: Description) -> Iterator[str]:
    """The words that a description knows: of its tables, of its conditions, and of success."""
    for table in tables(description):
        yield from table.known
    for rule in description.cases.events if description.cases else ():
        yield from (one.equals for one in rule.when)
    for operation in description.operations.declared.values():
        if success := operation.success:
            yield from (success.equals, *success.empty)
    for _, place in description.places():
        yield from (text for found in _CONSTANT.findall(place) for text in found if text)


@dataclass(frozen=True)
class Kept:
    """What stays of one answer: texts that were read as times; words and totals with the name of the field they stand in."""

    times: frozenset[str] = frozenset()
    named: frozenset[tuple[str, str]] = frozenset()


def kept_of(description: Description, noun: str, document: Any) -> Kept:
    """What stays of an answer about a noun. `document`: what its dialect makes of it."""
    operation = description.operations.declared[noun]
    try:
        total, listed = reader(description.language, [operation.total], [operation.rows])(document)
        rows = rows_of(listed, noun)
    except Drifted:
        return Kept()
    named = set(_words(description, noun, rows))
    with suppress(Drifted):
        named |= {(name, text_of(total, noun)) for name in last_names(operation.total or "")}
    return Kept(frozenset(_times(description, noun, rows)), frozenset(named))


def _words(description: Description, noun: str, rows: list[Any]) -> Iterator[tuple[str, str]]:
    """What stands at places of closed tables, with the name of the field: known or not, so that a table can be completed."""
    for table in tables(description):
        if table.noun == noun:
            names = [*last_names(table.by)] or [*last_names(table.rows)]
            for (text,) in texts_at(description, rows, table.rows, table.by):
                if len(text) <= LONGEST_WORD:
                    yield from ((name, text) for name in names)


def _times(description: Description, noun: str, rows: list[Any]) -> Iterator[str]:
    """What stands at places of times and is a time, in whatever form."""
    forms = Forms(description)
    for place in time_places(description):
        if place.noun == noun:
            for (text,) in texts_at(description, rows, place.rows, place.at):
                if _TIME.fullmatch(text) and forms.of(text):
                    yield text


class Redactor:
    """Redacts the answers of one recording. `key`: random bytes. `persons`: those who were asked about."""

    def __init__(self, description: Description, persons: Sequence[Identity], key: bytes) -> None:
        self._description, self._key, self._language = description, key, description.language
        self._fields, self._kept = FieldNames.of(description), Kept()
        operations = description.operations.declared.values()
        self._links = {name for one in operations if one.next for name in last_names(one.next.link or "")}
        # Known words stay what they are wherever they stand, so nothing else becomes one.
        self._known = frozenset(known_words(description))
        self._others: dict[str, str] = {}
        self._used = set(self._known)
        self._persons = [person.number for person in persons]
        ways = {NUMBER, ACCOUNT, *(one.whose.equals for one in operations if one.whose)}
        self._whose = {
            _filled(way, who).casefold(): _filled(way, self.person(who)) for who in persons for way in sorted(ways)
        }

    def person(self, who: Identity) -> Identity:
        """Who stands for a person in the recording. The number passes no check: it is nobody's."""
        return Identity(who.type, self._other(who.number))

    def answer(self, noun: str, answer: Response, document: Any = None) -> Response:
        """An answer with everything personal replaced. One that is no document is replaced as a whole text.

        `document`: what the dialect makes of it, or None if it makes nothing of it.
        """
        self._kept = Kept() if document is None else kept_of(self._description, noun, document)
        try:
            whole = self._language.document(answer.body)
        except Unreadable:
            text = answer.body.decode("utf-8", "replace")
            return Response(answer.status, answer.media_type, self._other(text).encode())
        if isinstance(whole, Element):
            self._element(whole)
            return Response(answer.status, answer.media_type, document_bytes(whole))
        body = json.dumps(self._json(whole, ""), ensure_ascii=False).encode()
        return Response(answer.status, answer.media_type, body)

    def _json(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {self._named(key, name): self._json(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._json(inner, name) for inner in value]
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, bool) or value is None or self._text(str(value), name) == str(value):
            return value
        return int(self._other(str(abs(value)))) if isinstance(value, int) else 0.5

    def _named(self, key: str, within: str) -> str:
        return key if self._fields.holds(key, within) else self._text(key, "")

    def _element(self, root: Element) -> None:
        for each in root.iter():
            name = local_of(each.tag)
            each.text = self._text(each.text, name) if each.text and each.text.strip() else each.text
            each.tail = self._other(each.tail) if each.tail and each.tail.strip() else each.tail
            for key, value in each.items():
                if not key.startswith(f"{{{XSI}}}"):
                    each.set(key, self._text(value, local_of(key)))

    def _text(self, text: str, name: str) -> str:
        if name in self._links:
            return f"?page={self._other(text)[:12].encode().hex()}" if text else text
        if other := self._whose.get(text.casefold()):
            return other
        if any(number in text.upper() or number in text for number in self._persons):
            return self._other(text)
        plain = text.strip()
        if plain in self._known or plain in self._kept.times or (name, plain) in self._kept.named:
            return text
        return self._other(text)

    def _other(self, text: str) -> str:
        """Another text of the same build: the same one for the same text, and of no other text. Where there are too few of its
        length, as of single digits, it is longer."""
        if (known := self._others.get(text)) is not None:
            return known
        for attempt in range(MOST_ATTEMPTS):
            longer = text + text[-1:] * (attempt // 32)
            seed = hmac.new(self._key, attempt.to_bytes(2) + text.encode("utf-8", "replace"), "sha256").digest()
            stream = hashlib.shake_256(seed).digest(len(longer))
            made = "".join(_like(c, n) for c, n in zip(longer, stream, strict=True))
            if made not in self._used:
                break
        self._used.add(made)
        self._others[text] = made
        return made


def _like(c: str, n: int) -> str:
    if c.isdigit():
        return "123456789"[n % 9]
    if c.isascii():
        return chr((97 if c.islower() else 65) + n % 26) if c.isalpha() else c
    return _CHINESE[n % len(_CHINESE)]


def _filled(way: str, who: Identity) -> str:
    return way.replace(NUMBER, who.number).replace(ACCOUNT, who.number).replace(TYPE, who.type.value)
