"""Changes of a schema, one of each kind, with a client that notices and one that does not."""

from typing import NamedTuple

from mobile_contract.change import Weight

SCHEMA = """
directive @access(level: Level!, discloses: Class!, scopes: [Scope!]) on FIELD_DEFINITION
directive @cost(weight: Int!) on FIELD_DEFINITION | ENUM_VALUE
directive @listSize(assumedSize: Int!, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION

enum Level { PUBLIC SIGNED_IN REAL_NAME }
enum Class { NOTHING STATUS }
enum Scope { THINGS SECRETS }

type Query {
  thing(id: ID!, order: Order = NAME, label: String, size: Int): Thing
  things(first: Int! = 20, order: Order = NAME): [Thing!]! @listSize(assumedSize: 100, slicingArguments: ["first"])
  find(by: By!): Thing
  within(span: Span, either: Either): Thing
  node(id: ID!): Node
  any: Any
  open: Int @access(level: PUBLIC, discloses: NOTHING, scopes: [THINGS])
  spare: Spare
}

interface Node { id: ID! }

union Any = Thing | Maker

type Thing implements Node {
  id: ID!
  name: String!
  tags: [String!]!
  count: Int
  colour: Colour
  maker: Maker
  secret: String @access(level: SIGNED_IN, discloses: NOTHING)
}

type Maker implements Node { id: ID! count: Int }

type Spare { id: ID! }

enum Order { NAME AGE }
enum Colour { RED BLUE }

input By { name: String order: Order = NAME near: Near limit: Int! }
input Span { from: Int to: Int }
input Either @oneOf { name: String id: ID }
input Near { place: String! km: Int }
"""

THING = '{ thing(id: "1", order: AGE) { name } }'
SPARE = "{ spare { id } }"


class Seed(NamedTuple):
    """`old` becomes `new` in SCHEMA, which the gate calls `said` and weighs so. `noticed` breaks by it, `unnoticed` does not.
    Where nobody can notice a change both are SPARE."""

    old: str
    new: str
    said: str
    weight: Weight
    noticed: str = SPARE
    unnoticed: str = SPARE


B, D, S = Weight.BREAKING, Weight.DANGEROUS, Weight.SAFE

SEEDS = {
    "a field is gone": Seed(
        "  count: Int\n", "", "Thing.count: removed", B, '{ thing(id: "1") { count } }', THING
    ),
    "a field is new": Seed("  count: Int\n", "  count: Int\n  more: Int\n", "Thing.more: added", S),
    "a field may be null": Seed(
        "  name: String!\n", "  name: String\n", "Thing.name: String! became String", B, THING, '{ thing(id: "1") { id } }'
    ),
    "an item of a list may be null": Seed(
        "[String!]!\n", "[String]!\n", "Thing.tags: [String!]! became [String]!", B, '{ thing(id: "1") { tags } }', THING
    ),
    "a field is never null": Seed("  count: Int\n", "  count: Int!\n", "Thing.count: Int became Int!", S),
    "a number has decimals": Seed(
        "  count: Int\n", "  count: Float\n", "Thing.count: Int became Float", B, '{ thing(id: "1") { count } }', THING
    ),
    "a field has another type, with the same fields": Seed(
        "  maker: Maker\n", "  maker: Node\n", "Thing.maker: Maker became Node", B, '{ thing(id: "1") { maker { id } } }', THING
    ),
    "an argument is gone": Seed(
        ", label: String, size", ", size", "Query.thing(label): removed", B, '{ thing(id: "1", label: "a") { id } }', THING
    ),
    "an argument is new, and required": Seed(
        "size: Int)", "size: Int, by: Int!)", "Query.thing(by): added, and required", B, THING, SPARE
    ),
    "an argument is new": Seed("size: Int)", "size: Int, by: Int)", "Query.thing(by): added", S),
    "an argument is required": Seed(
        "size: Int)", "size: Int!)", "Query.thing(size): Int became Int!", B, THING, '{ thing(id: "1", size: 3) { id } }'
    ),
    "an argument may not be null, and has a default": Seed(
        "order: Order = NAME, label",
        "order: Order! = NAME, label",
        "Query.thing(order): Order became Order!",
        B,
        'query Q($order: Order) { thing(id: "1", order: $order) { id } }',
        '{ thing(id: "1") { id } }',
    ),
    "an argument is of another type": Seed(
        "size: Int)", "size: Float)", "Query.thing(size): Int became Float", B, '{ thing(id: "1", size: 3) { id } }', THING
    ),
    "an argument may be null": Seed("thing(id: ID!", "thing(id: ID", "Query.thing(id): ID! became ID", S),
    "a default is another": Seed(
        "first: Int! = 20",
        "first: Int! = 50",
        "Query.things(first): default 20 became 50",
        D,
        "{ things(order: AGE) { id } }",
        "query Q($first: Int = 5) { things(first: $first) { id } }",
    ),
    "a default is another, for who may give nothing": Seed(
        "order: Order = NAME, label",
        "order: Order = AGE, label",
        "Query.thing(order): default NAME became AGE",
        D,
        'fragment F on Query { thing(id: "1", order: $order) { id } } query Q($order: Order) { ...F }',
        THING,
    ),
    "a default is gone, and something must be given": Seed(
        "first: Int! = 20",
        "first: Int!",
        "Query.things(first): default 20 became none",
        B,
        "{ things(order: AGE) { id } }",
        "{ things(first: 3) { id } }",
    ),
    "fewer rows may be asked for": Seed(
        "assumedSize: 100,",
        "assumedSize: 50,",
        "Query.things(first): at most 100 became at most 50",
        B,
        "query Q($first: Int!) { things(first: $first) { id } }",
        "{ things(first: 50) { id } }",
    ),
    "more rows may be asked for": Seed(
        "assumedSize: 100,", "assumedSize: 200,", "Query.things(first): at most 100 became at most 200", S
    ),
    "a value is new": Seed(
        "RED BLUE", "RED BLUE GREEN", "Colour.GREEN: added", D, '{ thing(id: "1") { colour } }', THING
    ),
    "a value that is only sent is new": Seed("NAME AGE", "NAME AGE SIZE", "Order.SIZE: added", D),
    "a value is gone": Seed(
        "enum Order { NAME AGE }", "enum Order { NAME }", "Order.AGE: removed", B, THING, '{ thing(id: "1") { name } }'
    ),
    "a value is gone that a variable may hold": Seed(
        "enum Order { NAME AGE }",
        "enum Order { NAME }",
        "Order.AGE: removed",
        B,
        "query Q($by: By!) { find(by: $by) { id } }",
        '{ thing(id: "1", order: NAME) { name } }',
    ),
    "a value that is only read is gone": Seed(
        "RED BLUE", "RED", "Colour.BLUE: removed", B, unnoticed='{ thing(id: "1") { colour } }'
    ),
    "a union has a new member": Seed(
        "= Thing | Maker",
        "= Thing | Maker | Spare",
        "Any: Spare may stand for it",
        D,
        "{ any { ... on Thing { id } } }",
        "{ any { __typename } }",
    ),
    "a union lost a member": Seed(
        "= Thing | Maker",
        "= Thing",
        "Any: Maker never stands for it",
        B,
        "{ any { ... on Maker { id } } }",
        "{ any { ... on Thing { id } } }",
    ),
    "an interface has a new type": Seed(
        "type Spare {",
        "type Spare implements Node {",
        "Node: Spare may stand for it",
        D,
        'query Q { node(id: "1") { ...T } } fragment T on Thing { id }',
        '{ node(id: "1") { id } }',
    ),
    "a type is new, and of an interface": Seed(
        "type Spare {",
        "type Newer implements Node { id: ID! }\n\ntype Spare {",
        "Node: Newer may stand for it",
        D,
        '{ node(id: "1") { ... on Thing { id } } }',
        '{ node(id: "1") { id } }',
    ),
    "an interface lost a type": Seed(
        "type Maker implements Node {",
        "type Maker {",
        "Node: Maker never stands for it",
        B,
        '{ node(id: "1") { ... on Maker { id } } }',
        '{ node(id: "1") { ... on Thing { id } } }',
    ),
    "an enum became any text": Seed(
        "enum Colour { RED BLUE }",
        "scalar Colour",
        "Colour: Enum became Scalar",
        B,
        '{ thing(id: "1") { colour } }',
        THING,
    ),
    "an input field is gone": Seed(
        " km: Int", "", "Near.km: removed", B, "query Q($by: By!) { find(by: $by) { id } }", SPARE
    ),
    "an input field is gone that literals give": Seed(
        "name: String order",
        "order",
        "By.name: removed",
        B,
        '{ find(by: {limit: 1, name: "a"}) { id } }',
        "{ find(by: {limit: 1}) { id } }",
    ),
    "an input field is new, and required": Seed(
        "limit: Int!",
        "limit: Int! page: Int!",
        "By.page: added, and required",
        B,
        "query Q($by: By!) { find(by: $by) { id } }",
        THING,
    ),
    "an input field is new": Seed("limit: Int!", "limit: Int! page: Int", "By.page: added", S),
    "an input field is new, with a default": Seed("limit: Int!", "limit: Int! page: Int! = 1", "By.page: added", S),
    "an input field is required": Seed(
        "name: String order",
        "name: String! order",
        "By.name: String became String!",
        B,
        "query Q($by: By!) { find(by: $by) { id } }",
        '{ find(by: {limit: 1, name: "a"}) { id } }',
    ),
    "an input field has another default": Seed(
        "order: Order = NAME near",
        "order: Order = AGE near",
        "By.order: default NAME became AGE",
        D,
        "{ find(by: {limit: 1}) { id } }",
        "{ find(by: {limit: 1, order: AGE}) { id } }",
    ),
    "an input field may be left out": Seed("limit: Int!", "limit: Int", "By.limit: Int! became Int", S),
    "an input takes only one of its fields": Seed(
        "input Span {",
        "input Span @oneOf {",
        "Span: became @oneOf",
        B,
        "query Q($span: Span) { within(span: $span) { id } }",
        '{ within(either: {id: "1"}) { id } }',
    ),
    "an input takes several of its fields": Seed(" @oneOf {", " {", "Either: is not @oneOf any more", S),
    "a field needs more": Seed(
        "level: SIGNED_IN",
        "level: REAL_NAME",
        "Thing.secret: level SIGNED_IN became REAL_NAME",
        B,
        '{ thing(id: "1") { secret } }',
        THING,
    ),
    "a field needs less": Seed(
        "level: SIGNED_IN", "level: PUBLIC", "Thing.secret: level SIGNED_IN became PUBLIC", S
    ),
    "a field wants one more scope": Seed(
        "scopes: [THINGS])",
        "scopes: [SECRETS, THINGS])",
        "Query.open: scopes THINGS became SECRETS, THINGS",
        B,
        "{ open }",
        THING,
    ),
    "a field wants no scope any more": Seed(
        ", scopes: [THINGS])", ")", "Query.open: scopes THINGS became none", S
    ),
    "a field discloses something else": Seed(
        "discloses: NOTHING)\n",
        "discloses: STATUS)\n",
        "Thing.secret: discloses NOTHING became STATUS",
        D,
        '{ thing(id: "1") { secret } }',
        THING,
    ),
    "a field is deprecated": Seed(
        "  count: Int\n",
        '  count: Int @deprecated(reason: "Old. Use Thing.tags instead. Sunset 2027-01-01.")\n',
        "Thing.count: deprecated. Old. Use Thing.tags instead. Sunset 2027-01-01.",
        S,
    ),
    "a type is new": Seed("type Spare {", "type Newer { id: ID! }\n\ntype Spare {", "Newer: added", S),
    "a type is gone": Seed(
        "type Maker implements Node { id: ID! count: Int }",
        "",
        "Maker: removed",
        B,
        '{ node(id: "1") { ... on Maker { id } } }',
        '{ node(id: "1") { ... on Thing { id } } }',
    ),
}  # fmt: skip


def changed(seed: Seed) -> str:
    """SCHEMA with the change in it."""
    assert SCHEMA.count(seed.old) == 1, seed
    text = SCHEMA.replace(seed.old, seed.new)
    if "type Maker" not in text:  # nor where it was
        text = text.replace("= Thing | Maker", "= Thing").replace("  maker: Maker\n", "")
    return text
