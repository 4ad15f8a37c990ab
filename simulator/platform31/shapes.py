"""Matters and certificates in the shape of the schema: field by field what graphql-core is to answer."""

from datetime import UTC, datetime
from typing import Any

from simulator.dates import CHINA
from simulator.personas import Holder
from simulator.platform31.catalogue import Office
from simulator.platform31.matters import Certificate, Link, Material, Matter, Result

Shape = dict[str, Any]


def office_time(moment: datetime | None) -> str | None:
    """What an office did: ISO 8601 in UTC+8."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds") if moment else None


def platform_time(moment: datetime | None) -> str | None:
    """What the platform itself noted: ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") if moment else None


def day(moment: datetime | None) -> str | None:
    """yyyyMMdd in UTC+8."""
    return moment.astimezone(CHINA).strftime("%Y%m%d") if moment else None


def matter_shape(matter: Matter) -> Shape:
    """A Matter."""
    item, persona, online = matter.item, matter.persona, matter.channel in (2, 3)
    return {
        "matterNo": matter.number,
        "item": {"name": item.name, "basicCode": item.basic_code, "implementationCode": item.code,
                 "handlingCode": f"{item.code}01" if item.days > 5 else None, "version": 1},
        "applicant": _party(persona.holder),
        "contact": {"name": persona.signs_in.name, "mobile": persona.mobile} if online else None,
        "channel": matter.channel,
        "kind": 1 if item.days <= 3 else 2,
        "appliedAt": office_time(matter.applied),
        "acceptedAt": office_time(matter.accepted),
        "promisedOn": day(matter.promised),
        "unit": _unit(item.office),
        "links": [_link(link, item.office) for link in matter.links],
        "materials": [_material(material) for material in matter.materials],
        "rating": _rating(matter),
        "updatedAt": platform_time(matter.updated),
    }  # fmt: skip


def certificate_shape(one: Certificate) -> Shape:
    """A Certificate."""
    return {
        "identifier": one.identifier, "number": one.number, "name": one.item.certificate,
        "typeCode": one.item.certificate_type, "issuer": _unit(one.item.office), "holder": _party(one.holder),
        "issuedOn": day(one.issued), "validFrom": day(one.issued), "validUntil": day(one.until),
        "status": one.status, "matterNo": one.matter_no, "updatedAt": platform_time(one.updated),
    }  # fmt: skip


def _party(holder: Holder) -> Shape:
    return {"name": holder.name, "documentType": holder.kind, "documentNumber": holder.number}


def _unit(office: Office) -> Shape:
    return {"name": office.name, "creditCode": office.credit_code, "phone": office.phone, "division": office.division}


def _link(link: Link, office: Office) -> Shape:
    return {
        "id": link.id, "code": int(link.code), "otherCode": int(link.other) if link.other else None, "name": link.name,
        "startedAt": office_time(link.started), "endedAt": office_time(link.ended), "handler": link.handler,
        "unitName": office.name, "opinion": link.opinion, "specialProcedure": link.special,
        "result": _result(link.result) if link.result else None,
    }  # fmt: skip


def _result(result: Result) -> Shape:
    made = result.certificate
    return {
        "code": result.code, "decidedOn": day(result.decided), "reason": result.reason, "delivery": result.delivery,
        "certificateName": made.item.certificate if made else None, "certificateNumber": made.number if made else None,
    }  # fmt: skip


def _material(material: Material) -> Shape:
    received = platform_time if material.form == 2 else office_time
    return {
        "id": material.id, "name": material.name, "form": material.form, "copies": 1,
        "extra": int(material.demanded is not None), "demandedAt": office_time(material.demanded),
        "receivedAt": received(material.received),
    }  # fmt: skip


def _rating(matter: Matter) -> Shape | None:
    if matter.satisfaction is None:
        return None
    return {"satisfaction": matter.satisfaction, "ratedAt": platform_time(matter.rated)}
