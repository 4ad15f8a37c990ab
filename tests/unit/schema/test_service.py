"""Operations as callers have them: judged, paid for and run; and a door that is closed tells nothing of the schema."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from graphql import get_introspection_query
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from domain.caller import Locale, SignIn
from domain.client import Client
from domain.errors import ErrorCode, Refusal
from mobile_contract.contract import operation
from resolvers.budgets import LEAST, Bill, Budget, Budgets, OverBudget
from resolvers.clients import Clients
from schema.context import Context
from schema.errors import code_of
from schema.service import Service

TYPENAME = "{ __typename }"


class Purse:
    """Stands for Budgets: takes note of what is spent, and has so much."""

    def __init__(self, most: int = 10**6) -> None:
        self.most, self.spent = most, list[int]()

    async def spend(self, signed_in: SignIn | None, client: Client | None, address: str, cost: int) -> Bill:
        self.spent.append(cost)
        bill = Bill(cost, Budget("caller", "x", self.most), self.most - sum(self.spent))
        if bill.left < 0:
            raise OverBudget(bill, 7.5)
        return bill


def service(purse: Purse | None = None) -> Service:
    return Service(cast(Budgets, purse or Purse()), cast(Clients, None))


def context(*, opened: bool = False) -> Context:
    """Of nobody who is signed in."""
    return Context(cast(Any, None), Locale.EN, None, cast(Any, None), address="192.0.2.1", opened=opened)


async def objections(document: str, variables: dict[str, Any] | None = None, *, opened: bool = False) -> Sequence[Any]:
    result = await service().result(document, None, variables, context(opened=opened))
    assert result.data is None
    return result.errors or []


@pytest.mark.parametrize("opened", [True, False])
async def test_only_an_opened_door_describes_itself(opened):
    """By introspection; __typename always answers."""
    asked = service()
    for question in ("{ __schema { types { name } } }", '{ x: __type(name: "Case") { name } }'):
        result = await asked.result(question, None, None, context(opened=opened))
        assert bool(result.data) is opened
        codes = [code_of(error) for error in result.errors or ()]
        assert codes == ([] if opened else [ErrorCode.INTROSPECTION_CLOSED])
    assert (await asked.result(TYPENAME, None, None, context())).data == {"__typename": "Query"}
    hidden = "query { ...q } fragment q on Query { ... { __schema { types { name } } } }"
    assert bool((await asked.result(hidden, None, None, context(opened=opened))).data) is opened


async def test_what_tools_ask_first_is_answered():
    """Whatever it costs: nothing."""
    result = await service().result(get_introspection_query(), None, None, context(opened=True))
    assert result.errors is None


@pytest.mark.parametrize(
    ("document", "variables", "said"),
    [
        ("{ viewer { dispalyName } }", None, "Cannot query field 'dispalyName' on type 'Viewer'. Did you mean"),
        ('{ node(id: "x") { stage } }', None, "Cannot query field 'stage' on type 'Node'. Did you mean"),
        ("{ viewer { cases(fist: 1) { isComplete } } }", None, "Unknown argument 'fist' on field 'Viewer.cases'. Did"),
        ("{ viewer { cases(freshness: LIV) { total } } }", None, "Value 'LIV' does not exist in 'Freshness' enum. Did"),
        ("query ($f: Freshness!) { viewer { cases(freshness: $f) { total } } }", {"f": "LIV"}, "Variable '$f' has inv"),
        ("{ viewer { cases } }", None, "Field 'cases' of type 'CaseConnection' must have a selection"),
        (
            "mutation ($i: RegisterDeviceInput!) { registerDevice(input: $i) { id } }",
            {"i": {}},
            "Variable '$i' has inv",
        ),
    ],
)
async def test_a_closed_door_does_not_help_to_guess(document, variables, said):
    """Neither a name that would fit nor one of a type: those are told to those who may read them anyway."""
    (told,) = {error.message[: len(said)] for error in await objections(document, variables, opened=True)}
    assert told == said
    for error in await objections(document, variables):
        assert error.message == "The document or its variables do not fit the schema."
        assert error.locations
        assert code_of(error) is ErrorCode.BAD_REQUEST


@pytest.mark.parametrize(
    ("document", "said", "code"),
    [
        ("{ viewer", "Syntax Error: Expected Name, found <EOF>.", ErrorCode.BAD_REQUEST),
        ("{ }", "A selection must not be empty.", ErrorCode.BAD_REQUEST),
        ("query a { __typename } query b { __typename }", "The document must hold exactly one", ErrorCode.BAD_REQUEST),
        ("{" + "viewer {" * 13 + "}" * 14, "A selection must not be empty.", ErrorCode.BAD_REQUEST),
        ("{" + " __typename" * 1_100 + "}", "A document has at most 1000 tokens.", ErrorCode.LIMIT_EXCEEDED),
        (
            "{ viewer { cases(first: 100) { edges { node { deadline { proof { at } } events { at } x: events { at } } } } } }",
            "This may cost ",
            ErrorCode.LIMIT_EXCEEDED,
        ),
    ],
)
async def test_what_names_nothing_of_the_schema_is_told_to_everybody(document, said, code):
    """A developer behind a closed door learns what is wrong with the text, and which limit it passes."""
    (error,) = await objections(document)
    assert error.message.startswith(said)
    assert code_of(error) is code


async def test_a_new_document_is_paid_for_by_its_length():
    """Reading one is work, whatever comes of it; one that is known costs what running it costs."""
    purse = Purse()
    asked, home = service(purse), operation("Home")
    await asked.result(home, None, {"first": 5}, context())
    await asked.result(home, None, {"first": 100}, context())
    reading, five, hundred = purse.spent
    assert reading == len(home) // 10
    assert LEAST < five < hundred
    torn = "{ viewer { " + "displayName " * 100
    for _ in range(2):
        assert (await asked.result(torn, None, None, context())).data is None
    assert purse.spent[3:] == [len(torn) // 10] * 2


async def test_a_bill_holds_all_that_was_spent():
    """Reading and running together."""
    purse, paid = Purse(), context()
    await service(purse).result(TYPENAME, None, None, paid)
    assert paid.bill is not None
    assert (paid.bill.cost, paid.bill.left) == (sum(purse.spent), purse.most - sum(purse.spent))


async def test_nothing_is_run_on_credit():
    """Over budget it is not even read; a stream says so as its only result."""
    with pytest.raises(OverBudget) as raised:
        await service(Purse(5)).result(TYPENAME, None, None, context())
    assert (raised.value.wait_s, raised.value.code) == (7.5, ErrorCode.RATE_LIMITED)
    results = [one async for one in service(Purse(5)).stream(TYPENAME, None, None, context())]
    assert [code_of(error) for one in results for error in one.errors or ()] == [ErrorCode.RATE_LIMITED]


async def test_the_kind_of_an_operation_is_looked_at_before_it_is_paid_for():
    """Also where one of several is named."""
    purse = Purse()
    both = 'query Q { __typename } mutation M { unregisterDevice(input: { id: "x" }) { removed } }'
    with pytest.raises(InvalidOperationTypeError):
        await service(purse).result(both, "M", None, context(), (OperationType.QUERY,))
    assert len(purse.spent) == 1
    with pytest.raises(InvalidOperationTypeError):
        await anext(service().stream(both, "M", None, context(), (OperationType.QUERY,)))


async def test_an_alias_of_a_mutation_is_one_more_try():
    """Fifteen guesses at once cost what fifteen cost one by one."""
    spent = []
    for aliases in (1, 15):
        purse = Purse()
        fields = " ".join(
            f'a{place}: unregisterDevice(input: {{ id: "{place}" }}) {{ removed }}' for place in range(aliases)
        )
        result = await service(purse).result(f"mutation {{ {fields} }}", None, None, context())
        assert result.data is not None
        spent.append(purse.spent[-1])
    assert spent[1] == 15 * spent[0]


def test_a_refusal_is_what_over_budget_is():
    """So that every door that knows refusals knows it."""
    assert isinstance(OverBudget(Bill(1, Budget("client", "x", 1), 0), 1.0), Refusal)
