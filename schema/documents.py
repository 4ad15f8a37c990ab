"""Documents that callers send, and the operations in them: each judged, validated and priced once, and then known.

Shipped phones send the same few. What was refused is not kept: a caller could fill the room with it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    build_schema,
    specified_rules,
    validate,
)
from strawberry.types.graphql import OperationType

from domain.tally import ALL
from domain.turns import rest
from mobile_contract.describing import describes
from mobile_contract.limits import NoDocument, TooMuch, parsed
from mobile_contract.pricing import Price, Pricing, total
from mobile_contract.use import How, uses
from schema.deferring import undeferred

MOST_COST = 25_000
"""Of one operation. It takes about 0.16 s to answer."""

MOST_KEPT = 500_000
"""Characters of the documents that are kept, the oldest going first. Parsed they take some hundred times as much memory."""


MOST_ERRORS = 5
"""That validation looks for in one document: each costs time, for what a developer mends in one go."""

SHORT = 1_000
"""Characters that are parsed at once: half a millisecond."""
AT_ONCE = 8
RULES = [specified_rules[first : first + AT_ONCE] for first in range(0, len(specified_rules), AT_ONCE)]
"""Those of the GraphQL text, so many at a time."""


class Unfit(Exception):
    """A document is not run. Says why, in the library's errors and ours."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message if errors else "")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document that may be run. `describes`: the document asks for the schema itself.

    `deferring`: the document with its @defer, if it has any; `document` has none. `counted`: as what a call of it is counted
    (domain.tally).
    """

    document: DocumentNode
    node: OperationDefinitionNode
    price: Price
    describes: bool
    deferring: DocumentNode | None = None
    counted: tuple[str, ...] = (ALL,)

    @property
    def kind(self) -> OperationType:
        return OperationType(self.node.operation.value)

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    def cost(self, variables: Mapping[str, Any] | None) -> int:
        """What it costs with these. Raises Unfit if that is too much."""
        cost = total(self.price, variables or {})
        if cost > MOST_COST:
            raise Unfit([TooMuch(f"This may cost {cost}; at most {MOST_COST} is answered.", self.node)])
        return cost


def id_of(text: str) -> str:
    """By what a document is known: the SHA-256 of its text, in hex."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


Operations = Mapping[str | None, Operation]
"""Those of one document, by name."""


class Documents:
    """What is known of documents of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema._schema
        # Prices stand in the text, which is what developers reckon by.
        self._pricing = Pricing(build_schema(schema.as_str()))
        self._known: OrderedDict[str, tuple[int, Operations]] = OrderedDict()
        self._kept = 0

    def known(self, document_id: str) -> Operations | None:
        """The operations of a document that was read before, by the SHA-256 of its text; finding it costs nothing."""
        kept = self._known.get(document_id)
        if kept is None:
            return None
        self._known.move_to_end(document_id)
        return kept[1]

    async def read(self, document_id: str, text: str, *, suggests: bool = True) -> Operations:
        """The operations of a text of this id, which is known from now on. Raises what `judged` raises.

        Others are served between any two steps.
        """
        # Others may have sent the same while this one was paid for.
        if known := self.known(document_id):
            return known
        steps = self._steps(text, suggests)
        if len(text) > SHORT:
            await rest()
        while (operations := next(steps)) is None:
            await rest()
        self._known[document_id] = len(text), operations
        self._kept += len(text)
        while self._kept > MOST_KEPT:
            _, (length, _) = self._known.popitem(last=False)
            self._kept -= length
        return operations

    def judged(self, text: str, *, suggests: bool = True) -> Operations:
        """The operations of a text that was not seen before. Raises Unfit; `suggests`: it says which names would fit."""
        return next(found for found in self._steps(text, suggests) if found is not None)

    def _steps(self, text: str, suggests: bool) -> Iterator[Operations | None]:
        """Judges a text step by step, each some milliseconds of work at most; the last one gives the operations."""
        try:
            document = parsed(text)
        except GraphQLError as error:
            raise Unfit([error]) from None
        yield None
        errors: list[GraphQLError] = []
        for rules in RULES:
            left = MOST_ERRORS - len(errors)
            errors += validate(self._schema, document, rules, max_errors=left, hide_suggestions=not suggests)
            if len(errors) >= MOST_ERRORS:
                break
            yield None
        if errors:
            raise Unfit(errors)
        yield self._operations(document)

    def _operations(self, document: DocumentNode) -> Operations:
        asks_for_schema, plain = describes(document), undeferred(document)
        # The library refuses it at the root of a mutation only.
        deferring = {OperationType.QUERY.value: document} if plain is not document else {}
        selected = {place for how, place in uses(self._schema, document) if how is How.SELECTS}
        counted = (ALL, *sorted(place for place in selected if not place.startswith("__")))
        found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        return {
            one.name.value if one.name else None: Operation(
                plain,
                one,
                self._pricing.price(document, one),
                asks_for_schema,
                deferring.get(one.operation.value),
                counted,
            )
            for one in found
        }


def named(operations: Operations, name: str | None) -> Operation:
    """The one of this name, or the only one. Raises Unfit.

    The library runs the first of several operations when none is named; the GraphQL text (6.1) calls that an error.
    """
    if name is None and len(operations) == 1:
        return next(iter(operations.values()))
    if name is None or name not in operations:
        raise Unfit([
            NoDocument("The document must hold exactly one operation, or the one that operationName names.")
        ])  # fmt: skip
    return operations[name]
