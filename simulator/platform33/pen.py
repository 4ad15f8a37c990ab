"""The pen that writes one change of one case and remembers which rows it touched."""

from datetime import datetime, timedelta
from zlib import crc32

from simulator.identifiers import licence_identifier
from simulator.platform33.book import Book, Case, Certificate, Paper, Pause, Result, Step

_OFFICERS = {"收件": "浙里办", "受理": "综合窗口02", "审核": "审批科01", "踏勘": "踏勘组", "送达": "出件窗口"}


class Pen:
    """`touched` holds the ids of new or changed rows, `certificates` the licences made or changed."""

    def __init__(self, book: Book, case: Case, at: datetime) -> None:
        """What is written is dated `at`, or a second after the newest row if that is later."""
        self.book, self.case = book, case
        self.at = max(at, case.updated + timedelta(seconds=1))
        self.touched: set[str] = set()
        self.certificates: list[Certificate] = []
        case.updated = self.at

    def step(self, word: str, name: str, *, opinion: str | None = None, verdict: str | None = None) -> None:
        """A new step; with a verdict it has ended already."""
        end = self.at if verdict else None
        officer = _OFFICERS.get(word, "审批科02")
        self.case.steps.append(
            Step(self._id("H", self.case.steps), word, name, self.at, officer, end, verdict, opinion)
        )

    def end(self, *words: str, verdict: str = "通过", opinion: str | None = None) -> None:
        """End the running steps of these words; an opinion stays unless there is a new one."""
        for step in self.case.running(*words):
            step.end, step.verdict, step.opinion = self.at, verdict, opinion or step.opinion
            self.touched.add(step.id)

    def pause(self, word: str, reason: str) -> None:
        """A special procedure that begins."""
        self.case.pauses.append(Pause(self._id("T", self.case.pauses), word, reason, self.at))

    def resume(self) -> None:
        """End the special procedures that run."""
        for pause in self.case.pauses:
            if pause.end is None:
                pause.end = self.at
                self.touched.add(pause.id)

    def demand(self, name: str) -> None:
        """A material beyond the published list."""
        self.case.papers.append(Paper(self._id("C", self.case.papers), name, "电子", demanded=self.at))

    def receive(self) -> None:
        """All materials that were still to come."""
        for paper in self.case.papers:
            if paper.received is None:
                paper.received = self.at
                self.touched.add(paper.id)

    def result(self, word: str, *, note: str | None = None) -> None:
        """A result; 准予 makes the licence that the item leads to."""
        granted = word == "准予"
        made = self._issue() if granted and self.case.item.certificate else None
        handover = ("窗口", "邮寄")[crc32(self.case.number.encode()) % 2] if granted else None
        self.case.results.append(Result(self._id("J", self.case.results), word, self.at, made, handover, note=note))

    def rate(self, word: str) -> None:
        """The applicant's rating of the newest result."""
        self.case.results[-1].rating = word
        self.touched.add(self.case.results[-1].id)

    def mark_certificates(self, word: str) -> None:
        """Give every licence of this case that holds another status."""
        for one in self.book.certificates:
            if one.case == self.case.number and one.word == "有效":
                one.word, one.updated = word, self.at
                self.certificates.append(one)

    def _issue(self) -> Certificate:
        made = certificate(self.case, self.at, len(self.book.certificates) + 1)
        self.book.certificates.append(made)
        self.certificates.append(made)
        return made

    def _id(self, letter: str, rows: list[Step] | list[Pause] | list[Paper] | list[Result]) -> str:
        row = f"{letter}{len(rows) + 1:03d}"
        self.touched.add(row)
        return row


def certificate(case: Case, at: datetime, serial: int) -> Certificate:
    """The licence that a granted case leads to."""
    item = case.item
    until = at.replace(year=at.year + item.years, day=min(at.day, 28)) if item.years else None
    identifier = licence_identifier(item.certificate_type, item.bureau.credit_code, f"{serial:08d}")
    number = f"浙{item.bureau.division}{at:%Y}{serial:05d}"
    return Certificate(case.persona.holder, item, identifier, number, at, until, "有效", at, case.number)
