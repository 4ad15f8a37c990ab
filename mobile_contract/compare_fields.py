"""What is different between the fields of two types of one name, and between what can be given to them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)

from mobile_contract.access import discloses, level, scopes
from mobile_contract.change import Change, Section, Weight, added, paired, removed
from mobile_contract.compare_bounds import bounds
from mobile_contract.use import How, Use

Composite = GraphQLObjectType | GraphQLInterfaceType
Input = GraphQLArgument | GraphQLInputField
_MUST = "added, and required"


def fields(before: Composite, after: Composite, order: list[str]) -> Iterator[Change]:
    """`order`: the access levels, the lowest first."""
    for name, old, new in paired(before.fields, after.fields):
        place = f"{before.name}.{name}"
        selects = How.SELECTS, place
        if old is None:
            yield added(place, new)
        elif new is None:
            yield removed(place, selects)
        else:
            yield from _output(place, old, new, selects)
            yield from inputs(old.args, new.args, f"{place}({{}})", selects)
            yield from bounds(place, old, new)
            yield from deprecation(place, old, new)
            yield from _access(place, old, new, selects, order)


def inputs(before: Mapping[str, Input], after: Mapping[str, Input], place: str, parent: Use) -> Iterator[Change]:
    """Of arguments or input fields. `place`: with `{}` for their names. `parent`: the use of what they belong to."""
    for name, old, new in paired(before, after):
        where = place.format(name)
        if new is None:
            yield removed(where, (How.GIVES, where))
        elif old is None:
            yield (
                replace(added(where, new, Weight.BREAKING, parent), what=_MUST) if _required(new) else added(where, new)
            )
        else:
            yield from _input(where, old, new)
            yield from deprecation(where, old, new)


def deprecation(place: str, old: Any, new: Any) -> Iterator[Change]:
    """Of anything that can be deprecated: what is said of it now."""
    if old.deprecation_reason == new.deprecation_reason:
        return
    if new.deprecation_reason is None:
        yield Change(place, "not deprecated any more")
    else:
        yield Change(place, f"deprecated. {new.deprecation_reason}", Section.DEPRECATED)


def _output(place: str, old: GraphQLField, new: GraphQLField, selects: Use) -> Iterator[Change]:
    if str(old.type) != str(new.type):
        weight = Weight.SAFE if narrowed(old.type, new.type) else Weight.BREAKING
        yield Change(place, f"{old.type} became {new.type}", weight=weight, breaks=frozenset({selects}))


def _access(place: str, old: GraphQLField, new: GraphQLField, selects: Use, order: list[str]) -> Iterator[Change]:
    before, after = level(old), level(new)
    if before != after:
        lowered = {before, after} <= {*order} and order.index(str(after)) < order.index(str(before))
        weight = Weight.SAFE if lowered else Weight.BREAKING
        yield Change(place, f"level {before} became {after}", weight=weight, breaks=frozenset({selects}))
    wanted, wants = scopes(old), scopes(new)
    if wanted != wants:
        weight = Weight.SAFE if {*wants} <= {*wanted} else Weight.BREAKING
        yield Change(
            place, f"scopes {_listed(wanted)} became {_listed(wants)}", weight=weight, breaks=frozenset({selects})
        )
    told, tells = discloses(old), discloses(new)
    if told != tells:
        what = f"discloses {told} became {tells}"
        yield Change(place, what, weight=Weight.DANGEROUS, breaks=frozenset({selects}))


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _input(place: str, old: Input, new: Input) -> Iterator[Change]:
    if str(old.type) != str(new.type):
        weight = Weight.SAFE if narrowed(new.type, old.type) else Weight.BREAKING
        yield Change(place, f"{old.type} became {new.type}", weight=weight, breaks=_who_notices(place, old, new))
    before, after = _default(old), _default(new)
    if before != after:
        what = f"default {before} became {after}"
        weight = Weight.BREAKING if _required(new) and not _required(old) else Weight.DANGEROUS
        yield Change(place, what, weight=weight, breaks=frozenset({(How.LEAVES_OUT, place)}))


def _who_notices(place: str, old: Input, new: Input) -> frozenset[Use]:
    """Of a type that takes less than before. Where it only takes null no more, whoever gives a value always may go on."""
    value_needed = {(How.LEAVES_OUT, place)} if _required(new) else set()
    only_null = is_non_null_type(new.type) and narrowed(new.type.of_type, old.type)
    return frozenset({(How.MAY_BE_NULL if only_null else How.GIVES, place), *value_needed})


def narrowed(old: Any, new: Any) -> bool:
    """Whether every value of the new type is one of the old: the same, or null at fewer places."""
    if isinstance(new, GraphQLNonNull):
        return narrowed(old.of_type if isinstance(old, GraphQLNonNull) else old, new.of_type)
    if isinstance(old, GraphQLList) and isinstance(new, GraphQLList):
        return narrowed(old.of_type, new.of_type)
    return str(old) == str(new)


def _required(one: Input) -> bool:
    return is_required_argument(one) if isinstance(one, GraphQLArgument) else is_required_input_field(one)


def _default(one: Input) -> str:
    written = one.ast_node.default_value if one.ast_node else None
    return print_ast(written) if written else "none"
