"""The book as it is on the first morning: what each persona has behind them."""

from datetime import datetime, timedelta
from random import Random

from simulator.dates import office_hours
from simulator.personas import PERSONAS, Persona
from simulator.platform44.book import Book, Case
from simulator.platform44.catalogue import ITEMS
from simulator.platform44.change import Change
from simulator.platform44.licences import EXPIRED, licence
from simulator.platform44.life import take
from simulator.platform44.reception import receive

# persona, item, then "days ago" the application was handed in, then "step days-ago" each
_JOURNEYS = (
    ("lin", "residence", 1, ""),
    ("lin", "no-record", 3, "accepted 1"),
    ("lin", "household", 12, "accepted 11, review 9"),
    ("lin", "rental", 33, "accepted 31, review 28, special 6"),
    ("lin", "unemployment", 25, "accepted 24, review 22, granted 16, collected 14"),
    ("lin", "skill", 70, "accepted 68, review 65, refused 50, reopened 4"),
    ("chen", "elevator", 40, "accepted 38, correction 37, corrected 33, review 30, refused 8"),
    ("huang", "public-health", 9, "accepted 8, review 6, correction 2"),
    ("huang", "fire", 11, "accepted 10, review 7, material 3, visit 1"),
    ("liang", "doctor", 21, "accepted 20, review 15, granted 1"),
    ("he", "unemployment", 6, "accepted 5, review 3"),
    ("he-org", "food", 30, "accepted 28, review 25, visit 20, review 16, granted 10, collected 8"),
    ("he-org", "fire", 14, "accepted 12, review 9"),
    ("he-org", "signboard", 5, "accepted 4, correction 2"),
    ("rare", "heritage", 20, "accepted 18, review 12, special 5"),
    ("rare", "residence", 8, "accepted 7, review 5"),
)

# persona, item, days ago it was issued, whether it has run out
_EARLIER_LICENCES = (
    ("liang", "public-health", 500, False),
    ("liang", "food", 2200, True),
    ("he-org", "fire", 400, False),
)

_LIVES = (
    "", "accepted", "accepted review", "accepted correction", "accepted correction corrected review",
    "accepted review visit", "accepted review material", "accepted review special", "accepted special resume review",
    "accepted review granted", "accepted review granted collected", "accepted review refused",
    "accepted correction lapsed", "withdrawn", "accepted review refused reopened", "accepted review granted annulled",
)  # fmt: skip


def first_book(now: datetime, seed: int) -> Book:
    """The whole book, a pure function of the moment and the seed."""
    book = Book()
    for name, item, days, steps in _JOURNEYS:
        planned = [step.split() for step in steps.split(", ") if step]
        _journey(book, PERSONAS[name], item, now, days, [(step, int(ago)) for step, ago in planned])
    for name, item, days, over in _EARLIER_LICENCES:
        _earlier_licence(book, PERSONAS[name], item, now - timedelta(days=days), over)
    _three_hundred(book, now, Random(seed))
    return book


def _journey(book: Book, persona: Persona, item: str, now: datetime, days: int, steps: list[tuple[str, int]]) -> Case:
    case = receive(book, persona, ITEMS[item], _day(now, days, f"{item}{days}"), past=True)
    for step, ago in steps:
        take(Change(book, case, _day(now, ago, f"{case.number}{step}{ago}"), past=True), step)
    return case


def _earlier_licence(book: Book, persona: Persona, item: str, at: datetime, over: bool) -> None:
    made = licence(persona.holder, ITEMS[item], at, len(book.licences) + 1)
    if over:
        made.row["STATE"] = EXPIRED
    book.licences.append(made)


def _three_hundred(book: Book, now: datetime, random: Random) -> None:
    items = [key for key in ITEMS if key not in ("heritage", "food")]
    for place in range(300):
        steps = _LIVES[place % len(_LIVES)].split()
        gaps = [random.randint(1, 6) for _ in range(len(steps) + 1)]
        left = random.randint(1, 40) + sum(gaps)
        planned = []
        for step, gap in zip(steps, gaps, strict=False):
            left -= gap
            planned.append((step, left))
        _journey(book, PERSONAS["many"], random.choice(items), now, left + sum(gaps), planned)


def _day(now: datetime, ago: int, key: str) -> datetime:
    return office_hours(now - timedelta(days=ago), key)
