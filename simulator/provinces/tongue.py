"""How one platform says things: names of fields, words for steps and states, and the form of a moment."""

from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from simulator.dates import CHINA

FIELDS = (
    "case_no", "title", "applicant", "basic_code", "item_code", "unit", "phone", "promised", "steps",
    "row_id", "word", "at", "step_name", "opinion", "handled_by",
    "licence_no", "licence_name", "identifier", "type_code", "holder", "issuer", "issuer_code", "issued", "valid_from",
    "valid_to", "state", "from_case", "updated",
)  # fmt: skip
"""What is told of cases, of what happened to them and of licences."""

WORDS = {
    "received": ("RECEIVE", "shoujian", "10"), "accepted": ("ACCEPT", "shouli", "20"),
    "review": ("REVIEW", "shencha", "30"), "correction": ("CORRECT", "buzheng", "40"),
    "corrected": ("CORRECTED", "yibuzheng", "41"), "visit": ("VISIT", "heyan", "50"),
    "visited": ("VISITED", "yiheyan", "51"), "material": ("MATERIAL", "bucailiao", "60"),
    "supplied": ("SUPPLIED", "yishoucailiao", "61"), "special": ("SPECIAL", "teshu", "70"),
    "resumed": ("RESUME", "huifu", "71"), "granted": ("PASS", "xuke", "90"),
    "refused": ("REJECT", "buyuxuke", "91"), "withdrawn": ("CANCEL", "chehui", "92"),
    "lapsed": ("LAPSE", "zhongzhi", "93"), "annulled": ("ANNUL", "chexiao", "94"),
    "reopened": ("REOPEN", "chongxin", "95"), "collected": ("COLLECT", "lingqu", "96"),
}  # fmt: skip
STATES = {
    "valid": ("VALID", "youxiao", "1"), "suspended": ("SUSPENDED", "zanting", "2"),
    "revoked": ("REVOKED", "diaoxiao", "3"),
}  # fmt: skip
MOMENTS = (
    ("yyyyMMddHHmmss", "%Y%m%d%H%M%S"), ("yyyy-MM-dd HH:mm:ss", "%Y-%m-%d %H:%M:%S"),
    ("yyyy-MM-ddTHH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
)  # fmt: skip
DAYS = (("yyyyMMdd", "%Y%m%d"), ("yyyy-MM-dd", "%Y-%m-%d"))
PAGES = (20, 50)


@dataclass(frozen=True)
class Tongue:
    """Each number picks one of a few ways; `spelling`: camelCase, UPPER_CASE or lower_case."""

    spelling: int
    choice: int
    moments: int
    days: int
    page_size: int

    def name(self, field: str) -> str:
        """What a field is called."""
        first, *others = field.split("_")
        return (first + "".join(map(str.capitalize, others)), field.upper(), field)[self.spelling]

    def word(self, word: str) -> str:
        """What is said for a step or its end."""
        return WORDS[word][self.choice]

    def state(self, state: str) -> str:
        """What is said for the state of a licence."""
        return STATES[state][self.choice]

    def moment(self, at: datetime | None) -> str | None:
        """A moment in UTC+8, without saying so."""
        return at.astimezone(CHINA).strftime(MOMENTS[self.moments][1]) if at else None

    def day(self, at: datetime | None) -> str | None:
        """A day in UTC+8."""
        return at.astimezone(CHINA).strftime(DAYS[self.days][1]) if at else None

    @property
    def forms(self) -> list[str]:
        """The forms of moment and day, as descriptions write them."""
        return [MOMENTS[self.moments][0], DAYS[self.days][0]]


def tongue_of(code: str, seed: int) -> Tongue:
    """How the platform of a division says things: always the same for the same seed."""
    picks = [crc32(f"{seed}/{code}/{what}".encode()) >> 8 for what in ("spelling", "choice", "moments", "days", "page")]
    return Tongue(picks[0] % 3, picks[1] % 3, picks[2] % 3, picks[3] % 2, PAGES[picks[4] % 2])
