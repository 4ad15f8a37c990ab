"""The invented people one can sign in as. Their numbers pass the official checks and belong to nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.identifiers import credit_code, resident_identity

RESIDENT, ORGANISATION = "111", "001"


@dataclass(frozen=True)
class Holder:
    """Whoever cases and licences belong to, as a platform knows them: type (111 or 001), number and name."""

    kind: str
    number: str
    name: str


@dataclass(frozen=True)
class Persona:
    """One choice on the sign-in page. `signs_in` is the person; `acts_for` the organisation, if any.

    `accounts`: those of the holder at platforms that have accounts of their own, by the platform's code.
    """

    name: str
    title: str
    signs_in: Holder
    mobile: str
    acts_for: Holder | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def holder(self) -> Holder:
        """Whose cases are looked at when this persona is chosen."""
        return self.acts_for or self.signs_in


def _person(name: str, region: str, born: str, sequence: str) -> Holder:
    return Holder(RESIDENT, resident_identity(region, born, sequence), name)


_HE = _person("何启鸣", "440125", "19760923", "993")
_COMPANY = Holder(ORGANISATION, credit_code("91", "440606", "MAX0TB44"), "佛山市通办示范餐饮管理有限公司")

_ALL = (
    Persona("lin", "A case in every stage, from just handed in to reopened",
            _person("林晓岚", "440106", "19920317", "994"), "13000000001",
            accounts={"archive": "A-1001"}),
    Persona("chen", "A refusal, with its reason", _person("陈志恒", "440305", "19851102", "995"), "13000000002"),
    Persona("huang", "Something to do: a correction, a visit, an extra material",
            _person("黄佩琪", "440402", "19990608", "996"), "13000000003"),
    Persona("liang", "A licence just issued, one with an end date, one expired",
            _person("梁文秀", "440221", "19680425", "997"), "13000000004"),
    Persona("he", "Legal representative of a company, for himself", _HE, "13000000005"),
    Persona("he-org", "The same person, acting for the company", _HE, "13000000005", _COMPANY,
            {"archive": "F-2002"}),
    Persona("new", "Nothing at all", _person("伍新宁", "440703", "20051219", "998"), "13000000006"),
    Persona("many", "Three hundred cases", _person("马多闻", "440126", "19800101", "991"), "13000000007"),
    Persona("rare", "Rare characters in the name", _person("阿依𬱖·䶮𰻞", "441802", "19951030", "992"),
            "13000000008"),
)  # fmt: skip

PERSONAS: dict[str, Persona] = {persona.name: persona for persona in _ALL}
BY_HOLDER: dict[str, Persona] = {persona.holder.number: persona for persona in _ALL}
