"""The desk at which one matter is worked on at one moment."""

from datetime import datetime, timedelta

from simulator.identifiers import licence_identifier
from simulator.platform31.matters import Certificate, Link, LinkCode, Material, Matter, OtherCode, Registry, Result


class Desk:
    """Everything done at it has the same time: `at`, or a second after the newest row of the matter if that is later."""

    def __init__(self, registry: Registry, matter: Matter, at: datetime) -> None:
        self.registry, self.matter = registry, matter
        self.at = max(at, matter.updated + timedelta(seconds=1))
        matter.updated = self.at

    def open(self, code: LinkCode, name: str, *, other: OtherCode | None = None, opinion: str | None = None,
             special: int | None = None) -> Link:  # fmt: skip
        """A link that begins."""
        number = f"{self.matter.number}-{len(self.matter.links) + 1}"
        link = Link(number, code, name, self.at, other=other, opinion=opinion, special=special, handler="综合窗口")
        self.matter.links.append(link)
        return link

    def pass_through(self, code: LinkCode, name: str, *, other: OtherCode | None = None,
                     opinion: str | None = None) -> Link:  # fmt: skip
        """A link that begins and ends at once."""
        link = self.open(code, name, other=other, opinion=opinion)
        link.ended = self.at
        return link

    def close(self, *codes: int) -> None:
        """End what runs of these codes."""
        for link in self.matter.open_links(*codes):
            link.ended = self.at

    def demand(self, name: str) -> None:
        """A material beyond the published list."""
        number = f"M{len(self.matter.materials) + 1}"
        self.matter.materials.append(Material(number, name, form=2, demanded=self.at))

    def take_in(self) -> None:
        """All materials that were still to come."""
        for material in self.matter.materials:
            material.received = material.received or self.at

    def complete(self, code: str, *, reason: str | None = None, opinion: str | None = None) -> None:
        """A complete link with this result; PERMITTED makes the certificate that the item leads to."""
        permitted = code == "PERMITTED"
        made = self._issue() if permitted and self.matter.item.certificate else None
        link = self.pass_through(LinkCode.COMPLETE, "办结", opinion=opinion)
        delivery = len(self.matter.links) % 2 if permitted else None
        link.result = Result(code, self.at, reason, made, delivery)

    def mark_certificates(self, status: int) -> None:
        """Give the valid certificates of this matter another status."""
        for one in self.registry.certificates:
            if one.matter_no == self.matter.number and one.status == 10:
                one.status, one.updated = status, self.at

    def _issue(self) -> Certificate:
        made = certificate(self.matter, self.at, len(self.registry.certificates) + 1)
        self.registry.certificates.append(made)
        return made


def certificate(matter: Matter, at: datetime, serial: int) -> Certificate:
    """The certificate that a permitted matter leads to."""
    item, office = matter.item, matter.item.office
    until = at.replace(year=at.year + item.years, day=min(at.day, 28)) if item.years else None
    identifier = licence_identifier(item.certificate_type, office.credit_code, f"{serial:012d}")
    number = f"沪{item.basic_code[-4:]}{at:%y%m}{serial:05d}"
    return Certificate(matter.persona.holder, item, identifier, number, at, until, at, matter_no=matter.number)
