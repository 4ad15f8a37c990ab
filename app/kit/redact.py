"""Takes what is personal out of answers before they are kept.

Every text and number is replaced by another of the same build: digits by digits, letters by letters, Chinese by Chinese; the same
by the same within one recording, so that numbers of cases and keys of rows stay what they are. What stays as it is: names of
fields, true, false and null; words at places of closed tables; times at places of times; totals. The key is thrown away with
the recording, so that nobody can find a number by trying all.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.kit.pen import document_bytes
from app.kit.witness import LONGEST_WORD, tables, time_places
from domain.identity import Identity
from integrations.description import Description
from integrations.http import Response
from integrations.mapping.language import Unreadable

_NAME = r"[A-Za-z_\u4e00-\u9fff][\w-]*"
_LAST = re.compile(rf"({_NAME})[\]\s\"'()]*$")
_PREDICATE = re.compile(rf"\[[^\[\]]*?@?(?:[\w-]+:)?({_NAME})\s*(?:==|=)")
_TIME = re.compile(r"[\d\sTZ:.+-]{1,40}", re.ASCII)
_CHINESE = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MOST_ATTEMPTS = 32 * 8
PERSONAL = ("number", "title", "name", "applicant", "holder", "identifier")


def last_names(place: str) -> Iterator[str]:
    """The names at which a place ends: those of `a.b || c:d/@e` are b and e."""
    for way in place.split("|"):
        if found := _LAST.search(way.strip()):
            yield found[1]


@dataclass(frozen=True)
class Plan:
    """What of a platform's answers is kept as it is: words and times by the name of the field they stand in; known words."""

    words: frozenset[str]
    times: frozenset[str]
    links: frozenset[str]
    known: frozenset[str]

    @classmethod
    def of(cls, description: Description) -> "Plan":
        words, times, links, personal = set[str](), set[str](), set[str](), set[str]()
        for table in tables(description):
            words |= set(last_names(table.by))
        for place in time_places(description):
            times |= set(last_names(place.at))
        for _, text in description.places():
            words |= set(_PREDICATE.findall(text))
        for operation in description.operations.declared.values():
            words |= set(last_names(operation.success.at)) if operation.success else set()
            words |= set(last_names(operation.total or ""))
            links |= set(last_names(operation.next.link)) if operation.next and operation.next.link else set()
        for rule in description.cases.events if description.cases else ():
            words |= {name for one in rule.when for name in last_names(one.field)}
        for noun in (description.cases, description.licences):
            facts = noun.facts.model_dump() if noun else {}
            personal |= {name for key in PERSONAL for name in last_names(facts.get(key) or "")}
        known = {word for table in tables(description) for word in table.known}
        return cls(frozenset(words - personal - links), frozenset(times - personal), frozenset(links), frozenset(known))


class Redactor:
    """Redacts the answers of one recording. `key`: random bytes. `persons`: those who were asked about."""

    def __init__(self, description: Description, persons: Sequence[Identity], key: bytes) -> None:
        self._plan, self._key, self._language = Plan.of(description), key, description.language
        self._persons = [person.number for person in persons]
        self._others: dict[str, str] = {}
        # Known words stay what they are wherever they stand, so nothing else becomes one.
        self._used = set(self._plan.known)

    def person(self, who: Identity) -> Identity:
        """Who stands for a person in the recording. The number passes no check: it is nobody's."""
        return Identity(who.type, self._other(who.number))

    def answer(self, answer: Response) -> Response:
        """An answer with everything personal replaced. One that is no document is replaced as a whole text."""
        try:
            document = self._language.document(answer.body)
        except Unreadable:
            text = answer.body.decode("utf-8", "replace")
            return Response(answer.status, answer.media_type, self._other(text).encode())
        if isinstance(document, etree._Element):
            self._element(document)
            return Response(answer.status, answer.media_type, document_bytes(document))
        return Response(
            answer.status, answer.media_type, json.dumps(self._json(document, ""), ensure_ascii=False).encode()
        )

    def _json(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: self._json(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._json(inner, name) for inner in value]
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, bool) or value is None or self._text(str(value), name) == str(value):
            return value
        return int(self._other(str(abs(value)))) if isinstance(value, int) else 0.5

    def _element(self, root: etree._Element) -> None:
        for each in root.iter():
            name = etree.QName(each).localname
            each.text = self._text(each.text, name) if each.text and each.text.strip() else each.text
            each.tail = self._other(each.tail) if each.tail and each.tail.strip() else each.tail
            for key, value in each.attrib.items():
                if etree.QName(key).namespace != XSI:
                    each.set(key, self._text(str(value), etree.QName(key).localname))

    def _text(self, text: str, name: str) -> str:
        plan = self._plan
        if name in plan.links:
            return f"?page={self._other(text)[:12].encode().hex()}" if text else text
        if any(number in text.upper() for number in self._persons):
            return self._other(text.upper() if text.upper() in self._persons else text)
        if text in plan.known or (name in plan.words and len(text) <= LONGEST_WORD):
            return text
        if name in plan.times and _TIME.fullmatch(text):
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
