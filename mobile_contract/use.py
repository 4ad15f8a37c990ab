"""What an operation rests on: everything in a schema whose change a shipped client would notice.

The operation stays as it was shipped, and so do the types that were generated from it. So an enum counts as read where a field of
it is selected, a value as given where a variable may hold it, and an argument as left out where the server's default may come in.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import Enum

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_non_null_type,
    is_required_input_field,
    visit,
)


class How(Enum):
    """In which way something is used. With each, what the place is called that goes with it."""

    SELECTS = "a field: Case.stage"
    GIVES = "an argument, an input field or a value of an enum: Viewer.cases(first), DeviceInput.token, Stage.APPROVAL"
    LEAVES_OUT = "an argument or an input field"
    COUNTS = "how many an argument asks for, by a number or a list, or whatever a variable says: Viewer.cases(first) 20"
    MAY_BE_NULL = "an argument or an input field that is given, and not always with a value"
    READS = "the type of a selected field: Stage"
    SENDS = "the type of a given argument or input field: Stage"
    NAMES = "a type that stands in the text"
    CHOOSES = "an interface or union of which some types are asked for something of their own: Node"
    JOINS = "two types, of which one is asked for where the other stands: Node/Case"


Use = tuple[How, str]

ANY = "$"
"""In the place of a number that a variable says."""


def uses(schema: GraphQLSchema, document: DocumentNode) -> dict[Use, list[Node]]:
    """Everything that a document uses of a schema that it is valid against, with where it does so."""
    info = TypeInfo(schema)
    collector = _Collector(schema, info, document)
    visit(document, TypeInfoVisitor(info, collector))
    return dict(collector.found)


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, document: DocumentNode) -> None:
        super().__init__()
        self._schema, self._info = schema, info
        self.found: defaultdict[Use, list[Node]] = defaultdict(list)
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        # All of them now: a fragment may stand before the operation.
        defined = [one for part in document.definitions for one in getattr(part, "variable_definitions", None) or ()]
        nullable = [one for one in defined if not isinstance(one.type, NonNullTypeNode)]
        self._may_be_null = {one.variable.name.value for one in nullable}
        self._may_miss = {one.variable.name.value for one in nullable if one.default_value is None}

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self._use(How.NAMES, node.name.value, node)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        field, parent = self._info.get_field_def(), self._info.get_parent_type()
        if field is None or parent is None or node.name.value.startswith("__"):
            return
        self._use(How.READS, get_named_type(field.type).name, node)
        given = {one.name.value: one for one in node.arguments or ()}
        for kind in (parent, *self._standing_for(parent)):
            assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)  # a union has no fields
            self._use(How.SELECTS, f"{kind.name}.{node.name.value}", node)
            for name, argument in kind.fields[node.name.value].args.items():
                self._argument(f"{kind.name}.{node.name.value}({name})", argument, given.get(name), node)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition:
            self._chosen(node, node.type_condition.name.value, self._info.get_parent_type())

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        condition = self._fragments[node.name.value].type_condition.name.value
        self._chosen(node, condition, self._info.get_parent_type())

    def _chosen(self, node: Node, condition: str, parent: GraphQLNamedType | None) -> None:
        if parent is None or parent.name == condition:
            return
        self._use(How.JOINS, f"{parent.name}/{condition}", node)
        self._use(How.JOINS, f"{condition}/{parent.name}", node)
        if is_abstract_type(parent):
            self._use(How.CHOOSES, parent.name, node)

    def _standing_for(self, parent: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        return self._schema.get_possible_types(parent) if is_abstract_type(parent) else ()

    def _argument(self, place: str, argument: GraphQLArgument, given: ArgumentNode | None, field: FieldNode) -> None:
        if given is None:
            self._use(How.LEAVES_OUT, place, field)
        else:
            self._given(place, get_named_type(argument.type), given)
            self._counted(place, given)

    def _counted(self, place: str, given: ArgumentNode) -> None:
        if isinstance(given.value, IntValueNode):
            self._use(How.COUNTS, f"{place} {given.value.value}", given)
        elif isinstance(given.value, ListValueNode):
            self._use(How.COUNTS, f"{place} {len(given.value.values)}", given)
        elif isinstance(given.value, VariableNode):
            self._use(How.COUNTS, f"{place} {ANY}", given)

    def _given(self, place: str, kind: GraphQLNamedType, given: ArgumentNode | ObjectFieldNode) -> None:
        self._use(How.GIVES, place, given, given.value)
        variable = given.value.name.value if isinstance(given.value, VariableNode) else None
        if variable in self._may_miss:
            self._use(How.LEAVES_OUT, place, given.value)
        if variable in self._may_be_null or isinstance(given.value, NullValueNode):
            self._use(How.MAY_BE_NULL, place, given, given.value)
        self._value(kind, given.value)

    def _value(self, kind: GraphQLNamedType, value: ValueNode) -> None:
        self._use(How.SENDS, kind.name, value)
        if isinstance(value, VariableNode):
            self._anything(kind, value, set())
        elif isinstance(value, ListValueNode):
            for one in value.values:
                self._value(kind, one)
        elif isinstance(value, EnumValueNode):
            self._use(How.GIVES, f"{kind.name}.{value.value}", value)
        elif isinstance(value, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
            given = {one.name.value: one for one in value.fields}
            for name, field in kind.fields.items():
                if name in given:
                    self._given(f"{kind.name}.{name}", get_named_type(field.type), given[name])
                else:
                    self._use(How.LEAVES_OUT, f"{kind.name}.{name}", value)

    def _anything(self, kind: GraphQLNamedType, variable: VariableNode, seen: set[str]) -> None:
        """Whatever a variable of this type may hold is given, and whatever it need not hold is left out."""
        self._use(How.SENDS, kind.name, variable)
        if kind.name in seen:
            return
        seen.add(kind.name)
        if isinstance(kind, GraphQLEnumType):
            for name in kind.values:
                self._use(How.GIVES, f"{kind.name}.{name}", variable)
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                self._use(How.GIVES, f"{kind.name}.{name}", variable)
                if not is_required_input_field(field):
                    self._use(How.LEAVES_OUT, f"{kind.name}.{name}", variable)
                if not is_non_null_type(field.type):
                    self._use(How.MAY_BE_NULL, f"{kind.name}.{name}", variable)
                self._anything(get_named_type(field.type), variable, seen)

    def _use(self, how: How, place: str, *nodes: Node) -> None:
        self.found[how, place] += nodes
