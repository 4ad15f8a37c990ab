"""What is different in how many rows may be asked for: @listSize bounds its slicing arguments, and what passes it is refused."""

from collections.abc import Iterator, Set

from graphql import GraphQLArgument, GraphQLField, GraphQLInt, IntValueNode, get_nullable_type, is_list_type

from mobile_contract.change import Change, Weight
from mobile_contract.declared import declared_of
from mobile_contract.use import ANY, How, Use


def bounds(place: str, old: GraphQLField, new: GraphQLField) -> Iterator[Change]:
    """Of the arguments that a field had and has."""
    before, after = _most(old), _most(new)
    for name in old.args.keys() & new.args.keys():
        was, most, where = before.get(name), after.get(name), f"{place}({name})"
        if was == most:
            continue
        said = f"{_said(was)} became {_said(most)}"
        if most is None or (was is not None and was < most):
            yield Change(where, said)
        else:
            breaks = frozenset({*_who_passes(where, was, most), *_who_relies(where, new.args[name], most)})
            yield Change(where, said, weight=Weight.BREAKING, breaks=breaks)


def _most(field: GraphQLField) -> dict[str, int]:
    size = declared_of(field).size
    return {name: size.most for name in size.slicing if _counts(field.args[name])} if size else {}


def _counts(argument: GraphQLArgument) -> bool:
    """A cursor makes a list dearer, and says no number that could be too much."""
    kind = get_nullable_type(argument.type)
    return kind is GraphQLInt or is_list_type(kind)


def _said(most: int | None) -> str:
    return "any number" if most is None else f"at most {most}"


def _who_passes(where: str, was: int | None, most: int) -> Set[Use]:
    """Who asks for more than is answered now; what was too much before was never answered."""
    if was is None:
        return {(How.GIVES, where)}
    return {(How.COUNTS, f"{where} {said}") for said in (*range(most + 1, was + 1), ANY)}


def _who_relies(where: str, argument: GraphQLArgument, most: int) -> Set[Use]:
    """Who asks for nothing, where the default itself is too much now."""
    default = argument.ast_node.default_value if argument.ast_node else None
    too_much = isinstance(default, IntValueNode) and int(default.value) > most
    return {(How.LEAVES_OUT, where)} if too_much else set()
