"""One change of one case, written row by row, remembering which rows an event must carry."""

from datetime import datetime, timedelta

from simulator.dates import written
from simulator.platform44.book import TABLES, Book, Case, Licence, Row
from simulator.platform44.licences import issued

_HANDLERS = {
    "SL": "综合受理窗口03",
    "SC": "审批岗02",
    "BZGZ": "审批岗02",
    "XCHC": "现场核查组",
    "LQ": "统一出件窗口01",
}
_PREFIX = {"PROCESS": "P", "SPECIAL": "S", "MATERIAL": "M", "RESULT": "R"}


class Change:
    """The pen that writes one change. `rows` holds what is new or changed, `licences` likewise."""

    def __init__(self, book: Book, case: Case, at: datetime, *, past: bool = False) -> None:
        """`past` admits dates without a time of day; what happens now is written to the second, after all before."""
        self.book, self.case, self.past = book, case, past
        self.at = at if past else max(at, case.latest + timedelta(seconds=1))
        self.rows: dict[str, list[Row]] = {table: [] for table in TABLES}
        self.licences: list[Licence] = []

    def written(self, field: str, at: datetime | None = None, *, day_only: bool = False) -> str:
        """A moment (default: this one) in the form that belongs to this field of this case."""
        return written(at or self.at, f"{self.case.number}{field}{len(self.case.rows['PROCESS'])}", day_only=day_only)

    def add(self, table: str, **values: str | None) -> Row:
        """A new row."""
        rows = self.case.rows[table]
        row: Row = {"ROW_ID": f"{_PREFIX[table]}{len(rows) + 1:03d}", **values}
        rows.append(row)
        self.rows[table].append(row)
        return row

    def alter(self, table: str, row: Row, **values: str | None) -> None:
        """Other values in a row that exists."""
        row.update(values)
        if not any(row is known for known in self.rows[table]):
            self.rows[table].append(row)

    def step(self, code: str, name: str, *, action: str | None = None, ended: bool = False,
             opinion: str | None = None) -> None:  # fmt: skip
        """A new handling step; one that has not ended has no action yet."""
        unit = self.case.item.authority.name
        start = self.written(f"{code}START")
        end = self.written(f"{code}END") if ended else None
        self.add("PROCESS", STEP_CODE=code, STEP_NAME=name, ACTION=action, HANDLER=_HANDLERS.get(code), ORG_NAME=unit,
                 START_TIME=start, END_TIME=end, OPINION=opinion)  # fmt: skip

    def end(self, *codes: str, action: str = "pass", opinion: str | None = None) -> None:
        """End the steps of these codes that run; a step's opinion is kept unless there is a new one."""
        for code in codes:
            if row := self.case.running(code):
                self.alter("PROCESS", row, ACTION=action, END_TIME=self.written(f"{code}END"),
                           OPINION=opinion or row["OPINION"])  # fmt: skip

    def issue_licence(self) -> str | None:
        """Make the licence this item leads to and return its number; None if it leads to none."""
        if self.case.item.licence is None:
            return None
        licence = issued(self.case, self.at, len(self.book.licences) + 1)
        self.book.licences.append(licence)
        self.licences.append(licence)
        return licence.row["ZZBH"]

    def mark_licences(self, state: str) -> None:
        """Give every valid licence of this case another state."""
        for licence in self.book.licences_from(self.case):
            licence.row.update(STATE=state, UPDATE_TIME=self.written("UPDATE_TIME"))
            self.licences.append(licence)
