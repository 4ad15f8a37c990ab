"""Cases and licences as flat facts and rows, by the neutral names of `tongue.FIELDS`; each wire writes them in its own way."""

from typing import Any

from simulator.provinces.life import Case, Happening, Licence
from simulator.provinces.tongue import Tongue

Row = dict[str, Any]


def case_facts(tongue: Tongue, case: Case) -> Row:
    """What is told of a case besides what happened to it."""
    item = case.item
    return _named(tongue, case_no=case.number, title=item.name, applicant=case.persona.holder.name, basic_code=item.basic_code,
                  item_code=item.code, unit=item.office, phone="12345", promised=tongue.day(case.promised))  # fmt: skip


def step_row(tongue: Tongue, case: Case, one: Happening) -> Row:
    """One thing that happened."""
    return _named(tongue, row_id=one.row, word=tongue.word(one.word), at=tongue.moment(one.at), step_name=one.title,
                  opinion=one.detail, handled_by=case.item.office)  # fmt: skip


def case_row(tongue: Tongue, case: Case) -> Row:
    """A case with all that happened to it in one list."""
    steps = [step_row(tongue, case, one) for one in case.happenings]
    return case_facts(tongue, case) | _named(tongue, steps=steps)


def licence_row(tongue: Tongue, one: Licence) -> Row:
    """A licence."""
    item, day = one.item, tongue.day
    return _named(tongue, licence_no=one.number, licence_name=item.licence, identifier=item.identifier(one.number),
                  type_code=item.type_code, holder=one.persona.holder.name, issuer=item.office,
                  issuer_code=item.office_code, issued=day(one.issued), valid_from=day(one.issued),
                  valid_to=day(one.until), state=tongue.state(one.state), from_case=one.case,
                  updated=tongue.moment(one.updated))  # fmt: skip


def _named(tongue: Tongue, **values: Any) -> Row:
    return {tongue.name(field): value for field, value in values.items()}
