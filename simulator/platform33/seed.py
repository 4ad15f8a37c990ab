"""The book as it is on the first morning: what each persona has behind them here."""

from datetime import datetime, timedelta
from zlib import crc32

from simulator.dates import office_hours
from simulator.personas import PERSONAS, Persona
from simulator.platform33.book import Book, Case, Paper, Step
from simulator.platform33.catalogue import ITEMS, Item
from simulator.platform33.life import take
from simulator.platform33.pen import certificate

# persona, item, "days ago" the application was handed in, then "step days-ago" each
_JOURNEYS = (
    ("lin", "settle", 2, ""),
    ("lin", "estate", 16, "accepted 15, review 13, correction 7"),
    ("lin", "pension", 44, "accepted 42, review 40, granted 31, collected 30"),
    ("chen", "signboard", 22, "accepted 21, review 20, refused 12"),
    ("huang", "residence", 10, "accepted 9, review 7, visit 2"),
    ("liang", "nurse", 27, "accepted 26, review 22, granted 3"),
    ("he", "pension", 19, "accepted 18, review 16, special 4"),
    ("he-org", "food", 13, "accepted 12, material 5"),
    ("rare", "craft", 36, "accepted 34, review 30, granted 21, annulled 6"),
)

# persona, item, days ago it was issued, its status
_EARLIER = (("liang", "residence", 800, "有效"), ("he-org", "food", 2100, "失效"))

_CHANNELS = ("手机", "电脑", "窗口", "手机", "邮寄")
_SOURCES = ("纸质", "电子", "共享", "证照")


def first_book(now: datetime, seed: int) -> Book:
    """The whole book, a pure function of the moment and the seed (which only moves the hours of the day)."""
    book = Book()
    for name, item, days, steps in _JOURNEYS:
        planned = [step.split() for step in steps.split(", ") if step]
        case = receive(book, PERSONAS[name], ITEMS[item], _day(now, days, f"{seed}{name}{item}"))
        for step, ago in planned:
            take(book, case, _day(now, int(ago), f"{seed}{case.number}{step}"), step)
    for name, item, days, word in _EARLIER:
        _issue_earlier(book, PERSONAS[name], ITEMS[item], now - timedelta(days=days), word)
    return book


def receive(book: Book, persona: Persona, item: Item, at: datetime) -> Case:
    """A new case, handed in and not yet accepted, entered into the book."""
    number = f"ZJ{item.bureau.division}{at:%Y%m%d}{len(book.cases) + 1:06d}"
    pick = crc32(number.encode())
    case = Case(number, persona, item, _CHANNELS[pick % len(_CHANNELS)], at, at)
    for place, name in enumerate(item.papers):
        case.papers.append(Paper(f"C{place + 1:03d}", name, _SOURCES[(pick + place) % len(_SOURCES)], received=at))
    if case.channel in ("手机", "电脑"):
        case.steps.append(Step("H001", "收件", "网上收件", at, "浙里办"))
    book.cases[number] = case
    return case


def _issue_earlier(book: Book, persona: Persona, item: Item, at: datetime, word: str) -> None:
    former = Case("", persona, item, "窗口", at, at)
    made = certificate(former, at, len(book.certificates) + 1)
    made.word, made.case = word, None
    book.certificates.append(made)


def _day(now: datetime, ago: int, key: str) -> datetime:
    return office_hours(now - timedelta(days=ago), key)
