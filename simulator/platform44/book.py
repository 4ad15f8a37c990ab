"""What the platform holds: rows as they go over the wire, and where to find them."""

from dataclasses import dataclass, field
from datetime import datetime

from simulator.personas import Holder
from simulator.platform44.catalogue import Item

Row = dict[str, str | None]
TABLES = ("PROCESS", "SPECIAL", "MATERIAL", "RESULT")


@dataclass
class Case:
    """One case: its rows, and what the rows cannot say simply. `latest` is the time of its newest row."""

    holder: Holder
    item: Item
    accept: Row
    applied: datetime
    latest: datetime
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    last_step: str = "received"
    ending: str | None = None

    @property
    def number(self) -> str:
        """The case number."""
        return str(self.accept["PROJECT_NO"])

    @property
    def is_accepted(self) -> bool:
        """Whether it has been accepted."""
        return self.accept["ACCEPT_DATE"] is not None

    def running(self, code: str) -> Row | None:
        """The newest handling step of this code, if it has not ended."""
        return next((row for row in reversed(self.rows["PROCESS"])
                     if row["STEP_CODE"] == code and row["END_TIME"] is None), None)  # fmt: skip

    def paused(self) -> Row | None:
        """The special procedure that runs, if any."""
        return next((row for row in self.rows["SPECIAL"] if row["END_TIME"] is None), None)

    def outstanding(self) -> list[Row]:
        """Materials that were demanded and have not come."""
        return [row for row in self.rows["MATERIAL"] if row["COLLECTED"] == "0"]

    def wire(self) -> dict[str, object]:
        """The CASE of the wire document, every row of it."""
        return {"ACCEPT": self.accept, **self.rows}


@dataclass
class Licence:
    """One licence and who holds it."""

    holder: Holder
    issued: datetime
    row: Row


class Book:
    """All cases and licences of the platform."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.licences: list[Licence] = []

    def cases_of(self, kind: str, number: str) -> list[Case]:
        """The cases of one party, the newest application first."""
        found = [case for case in self.cases.values() if (case.holder.kind, case.holder.number) == (kind, number)]
        return sorted(found, key=lambda case: (case.applied, case.number), reverse=True)

    def licences_of(self, kind: str, number: str) -> list[Licence]:
        """The licences of one party, the newest issue first."""
        found = [one for one in self.licences if (one.holder.kind, one.holder.number) == (kind, number)]
        return sorted(found, key=lambda one: (one.issued, str(one.row["ZZBS"])), reverse=True)

    def licences_from(self, case: Case) -> list[Licence]:
        """The valid licences that this case made."""
        return [one for one in self.licences if one.row["PROJECT_NO"] == case.number and one.row["STATE"] == "1"]
