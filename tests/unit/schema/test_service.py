"""Operations as callers have them: judged, paid for and run; and a door that is closed tells nothing of the schema."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest
from graphql import get_introspection_query
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api.results import told
from domain.assurance import Assurance
from domain.caller import Locale, Represented, SignIn
from domain.client import Client
from domain.errors import ErrorCode, Refusal
from domain.identity import Identity, IdentityType
from domain.turns import answering, rest
from mobile_contract.contract import operation
from mobile_contract.manifest import Operation as Promised
from mobile_contract.releases import Release
from resolvers.budgets import LEAST, Allowances, Bill, Budget, Budgets, OverBudget
from resolvers.clients import Clients
from resolvers.tally import Tally
from schema.asked import Asked
from schema.context import Context
from schema.documents import MOST_ERRORS, SHORT, Documents, Unfit, id_of
from schema.errors import code_of
from schema.schema import schema_of
from schema.service import Service
from store.calls import Calls
from tests.resting import comes_to_rest

TYPENAME = "{ __typename }"
DEAR = (
    "{ viewer { cases(first: 100) { edges { node { deadline { proof { at } } events { at } x: events { at } } } } } }"
)
NAMES = " ".join(f"a{place}: __typename" for place in range(15))
TALLY = Tally(cast(Calls, None), lambda: 0)
"""Nothing of it is written."""


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
    return Service(schema_of(), cast(Budgets, purse or Purse()), cast(Clients, None), TALLY, [])


def asked(query: str | None = None, **parameters: Any) -> Asked:
    return Asked(query, **parameters)


def context(*, opened: bool = False) -> Context:
    """Of somebody who may send any text; `opened`: and see the schema."""
    found = Context(cast(Any, None), Locale.EN, None, cast(Any, None), address="192.0.2.1", opened=opened)
    found.client = Client("phone", "x", "x", free_text=True)
    return found


async def objections(document: str, variables: dict[str, Any] | None = None, *, opened: bool = False) -> Sequence[Any]:
    result = await service().result(asked(document, variables=variables), context(opened=opened))
    assert result.data is None
    return result.errors or []


@pytest.mark.parametrize("opened", [True, False])
async def test_only_an_opened_door_describes_itself(opened):
    """By introspection; __typename always answers."""
    served = service()
    for question in ("{ __schema { types { name } } }", '{ x: __type(name: "Case") { name } }'):
        result = await served.result(asked(question), context(opened=opened))
        assert bool(result.data) is opened
        codes = [code_of(error) for error in result.errors or ()]
        assert codes == ([] if opened else [ErrorCode.INTROSPECTION_CLOSED])
    assert (await served.result(asked(TYPENAME), context())).data == {"__typename": "Query"}
    hidden = "query { ...q } fragment q on Query { ... { __schema { types { name } } } }"
    assert bool((await served.result(asked(hidden), context(opened=opened))).data) is opened


async def test_what_tools_ask_first_is_answered():
    """Several times a minute, out of the budget of an address; and whoever asks for as much as fits pays for each."""
    purse = Purse(Allowances().address)
    served = service(purse)
    for _ in range(5):
        assert (await served.result(asked(get_introspection_query()), context(opened=True))).errors is None
    assert purse.spent[1:] == [2_000] * 5
    many = " ".join(f"a{place}: __schema {{ types {{ fields {{ name }} }} }}" for place in range(15))
    inside = " ".join(f"a{place}: types {{ fields {{ name }} }}" for place in range(15))
    for document in (f"{{ {many} }}", f"{{ __schema {{ {inside} }} }}"):
        (error,) = await objections(document, opened=True)
        assert error.message.startswith("This may cost 3")


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


@pytest.mark.parametrize("opened", [True, False])
async def test_a_document_full_of_faults_is_told_some(opened):
    """And that there were more: looking for what each might have meant is work."""
    faults = " ".join(f"wrong{place}: dispalyName{place}" for place in range(10))
    errors = await objections(f"{{ viewer {{ {faults} }} }}", opened=opened)
    assert len(errors) == MOST_ERRORS + 1
    assert ("Too many validation errors" in errors[-1].message) is opened


def test_where_nobody_is_told_nothing_is_suggested():
    """What a closed door takes out again is not looked for."""
    for suggests in (True, False):
        with pytest.raises(Unfit) as raised:
            Documents(schema_of()).judged("{ viewer { dispalyName } }", suggests=suggests)
        assert ("Did you mean" in raised.value.errors[0].message) is suggests


@pytest.mark.parametrize("opened", [True, False])
async def test_what_nobody_foresaw_is_logged_once(opened, caplog):
    """Also at a door that is closed, where each error is looked at before it is told."""
    result = await service().result(asked("{ platforms { state } }"), context(opened=opened))
    assert [one["extensions"]["code"] for one in told(result, Locale.EN)["errors"]] == ["INTERNAL"]
    assert [one.levelname for one in caplog.records if one.name == "schema.errors"] == ["ERROR"]


async def test_what_is_known_does_not_wait_for_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are read one after the other, with a rest after each; one that was read before is answered meanwhile."""
    served = service()
    await served.result(asked(TYPENAME), context())
    monkeypatch.setattr("schema.service.REST_S", 3600)
    new = [asyncio.create_task(served.result(asked(f"{{ a{number}: __typename }}"), context())) for number in range(2)]
    async with asyncio.timeout(5):
        while served._documents.known(id_of("{ a0: __typename }")) is None:
            await asyncio.sleep(0.001)
    assert (await served.result(asked(TYPENAME), context())).data == {"__typename": "Query"}
    read = [served._documents.known(id_of(f"{{ a{number}: __typename }}")) is not None for number in range(2)]
    assert read == [True, False]
    for one in new:
        one.cancel()


@pytest.mark.parametrize(("size", "rests"), [(SHORT, False), (SHORT + 1, True)])
async def test_others_are_served_before_a_long_text_is_parsed(size: int, rests: bool):
    """A short one is parsed at once, which here is its end."""
    reading = asyncio.create_task(Documents(schema_of()).read("", "{".ljust(size)))
    assert await comes_to_rest(reading) is rests
    with pytest.raises(Unfit):
        await reading


@pytest.mark.usefixtures("patient")
async def test_long_work_does_not_rest_for_one_who_waits_to_be_read():
    """He waits himself, until it is his turn."""
    served = service(purse := Purse())

    async def request() -> None:
        with answering():
            await served.result(asked(TYPENAME), context())

    async with served._reading:
        waiting = asyncio.create_task(request())
        while not purse.spent:
            await asyncio.sleep(0)
        await asyncio.wait_for(rest(), 5)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 5)


class Closed(Purse):
    """Whoever pays waits until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened, self.came = asyncio.Event(), list[str]()

    async def spend(self, signed_in: SignIn | None, client: Client | None, address: str, cost: int) -> Bill:
        self.came.append(address)
        await self.opened.wait()
        return await super().spend(signed_in, client, address, cost)


class Everybody:
    """Stands for Clients: admits each."""

    async def admit(self, client_id: str) -> Client:
        return Client(client_id, "x", "x", free_text=True)


def somebody(number: str = "1", *, address: str = "192.0.2.1", **said: Any) -> Context:
    found = context()
    found.signed_in = SignIn("x", "phone", Assurance.NONE, "x", Identity(IdentityType.RESIDENT, number))
    found.signed_in = replace(found.signed_in, **said)
    found.address = address
    return found


def nobody(address: str) -> Context:
    found = context()
    found.address = address
    return found


def through_a_gateway() -> Context:
    found = nobody("192.0.2.1")
    found.client = found.gateway = Client("gateway", "x", "x", free_text=True)
    return found


def acting(number: str) -> Represented:
    return Represented("x", Identity(IdentityType.ORGANISATION, number))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (somebody, lambda: somebody(address="192.0.2.2", subject="y", name="y", expires=1), True),
        (lambda: somebody(acting=acting("2")), lambda: somebody(acting=acting("2")), True),
        (lambda: nobody("192.0.2.1"), lambda: nobody("192.0.2.1"), True),
        (somebody, lambda: somebody(client="other"), False),
        (somebody, lambda: somebody("2"), False),
        (somebody, lambda: somebody(acting=acting("2")), False),
        (lambda: somebody(acting=acting("2")), lambda: somebody(acting=acting("3")), False),
        (lambda: nobody("192.0.2.1"), lambda: nobody("192.0.2.2"), False),
        (lambda: nobody("192.0.2.1"), somebody, False),
        (through_a_gateway, through_a_gateway, False),
    ],
    ids=[
        *("the same from elsewhere", "the same for the same", "the same address"),
        *(
            "another client",
            "another person",
            "for somebody",
            "for somebody else",
            "another address",
            "nobody",
            "a gateway",
        ),
    ],
)
async def test_of_one_callers_requests_one_is_soon_answered(
    first: Callable[[], Context], second: Callable[[], Context], is_same: bool
):
    """The others wait, before they pay; another caller's do not."""
    purse = Closed()
    served = Service(schema_of(), cast(Budgets, purse), cast(Clients, Everybody()), TALLY)

    async def request(whose: Context) -> None:
        with answering():
            assert (await served.result(asked(TYPENAME), whose)).data

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(request(first()))
        while not purse.came:
            await asyncio.sleep(0)
        tasks.create_task(request(second()))
        tasks.create_task(request(nobody("198.51.100.1")))
        while "198.51.100.1" not in purse.came:
            await asyncio.sleep(0)
        assert len(purse.came) == (2 if is_same else 3)
        purse.opened.set()


@pytest.mark.parametrize(
    ("document", "said", "code"),
    [
        ("{ viewer", "Syntax Error: Expected Name, found <EOF>.", ErrorCode.BAD_REQUEST),
        ("{ }", "A selection must not be empty.", ErrorCode.BAD_REQUEST),
        ("query a { __typename } query b { __typename }", "The document must hold exactly one", ErrorCode.BAD_REQUEST),
        ("{" + "viewer {" * 13 + "}" * 14, "A selection must not be empty.", ErrorCode.BAD_REQUEST),
        ("{" + " __typename" * 1_100 + "}", "A document has at most 1000 tokens.", ErrorCode.LIMIT_EXCEEDED),
        (
            DEAR,
            "This may cost ",
            ErrorCode.LIMIT_EXCEEDED,
        ),
        (
            f"{{ viewer {{ cases(first: 100) {{ edges {{ node {{ events {{ {NAMES} }} }} }} }} }} }}",
            "This may cost ",
            ErrorCode.LIMIT_EXCEEDED,
        ),
        (f"{{ {NAMES} z: __typename }}", "At most 15 aliases", ErrorCode.LIMIT_EXCEEDED),
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
    served, home = service(purse), operation("Home")
    await served.result(asked(home, variables={"first": 5}), context())
    await served.result(asked(home, variables={"first": 100}), context())
    reading, five, hundred = purse.spent
    assert reading == len(home) // 10
    assert LEAST < five < hundred
    torn = "{ viewer { " + "displayName " * 100
    for _ in range(2):
        assert (await served.result(asked(torn), context())).data is None
    assert purse.spent[3:] == [len(torn) // 10] * 2


@pytest.mark.parametrize(
    ("wanted", "whose"),
    [
        (Asked(TYPENAME + "#" * 1_000_000), "bound"),
        (Asked(None, id="0" * 64), "bound"),
        (Asked(None, id="0" * 64), "free"),
        (Asked(TYPENAME, id="0" * 64), "free"),
        (Asked("{ __typename }", operation_name="Another"), "free"),
        (Asked("{ __schema { queryType { name } } }"), "free"),
        (Asked(DEAR), "free"),
        (Asked('mutation { unregisterDevice(input: { id: "x" }) { removed } }'), "free"),
    ],
)
async def test_what_is_refused_costs_something(wanted, whose):
    """Also where nothing had to be read; and who has nothing left is told that alone."""
    purse = Purse()
    served = service(purse)
    for text in (TYPENAME, DEAR, wanted.query) if whose == "free" and wanted.query else ():
        with suppress(InvalidOperationTypeError):
            await served.result(asked(text), context(), (OperationType.QUERY,))
    purse.spent.clear()
    paid = context() if whose == "free" else bound(None)
    with suppress(InvalidOperationTypeError):
        assert (await served.result(wanted, paid, (OperationType.QUERY,))).errors
    assert purse.spent == [LEAST]
    assert paid.bill is not None
    purse.most = LEAST
    with pytest.raises(OverBudget):
        await served.result(wanted, context() if whose == "free" else bound(None), (OperationType.QUERY,))


class Slow(Purse):
    """Others come in while somebody pays."""

    async def spend(self, signed_in: SignIn | None, client: Client | None, address: str, cost: int) -> Bill:
        await asyncio.sleep(0)
        return await super().spend(signed_in, client, address, cost)


async def test_a_new_document_that_many_send_at_once_is_kept_once():
    """And leaves room for others: all that are sent again are known."""
    purse = Slow(10**9)
    served, long = service(purse), TYPENAME + "#" * 14_000
    await asyncio.gather(*(served.result(asked(long), context()) for _ in range(100)))
    others = [f"query Q{place} {{ __typename }}" for place in range(5)]
    for text in (*others, long, *others):
        await served.result(asked(text), context())
    assert purse.spent[-6:] == [0] * 6


async def test_a_bill_holds_all_that_was_spent():
    """Reading and running together."""
    purse, paid = Purse(), context()
    await service(purse).result(asked(TYPENAME), paid)
    assert paid.bill is not None
    assert (paid.bill.cost, paid.bill.left) == (sum(purse.spent), purse.most - sum(purse.spent))


async def test_nothing_is_run_on_credit():
    """Over budget it is not even read; a stream says so as its only result."""
    with pytest.raises(OverBudget) as raised:
        await service(Purse(5)).result(asked(TYPENAME), context())
    assert (raised.value.wait_s, raised.value.code) == (7.5, ErrorCode.RATE_LIMITED)
    results = [one async for one in service(Purse(5)).stream(asked(TYPENAME), context())]
    assert [code_of(error) for one in results for error in one.errors or ()] == [ErrorCode.RATE_LIMITED]


async def test_the_kind_of_an_operation_is_looked_at_before_it_is_paid_for():
    """Also where one of several is named."""
    purse = Purse()
    both = 'query Q { __typename } mutation M { unregisterDevice(input: { id: "x" }) { removed } }'
    with pytest.raises(InvalidOperationTypeError):
        await service(purse).result(asked(both, operation_name="M"), context(), (OperationType.QUERY,))
    assert len(purse.spent) == 1
    with pytest.raises(InvalidOperationTypeError):
        await anext(service().stream(asked(both, operation_name="M"), context(), (OperationType.QUERY,)))


async def test_an_alias_of_a_mutation_is_one_more_try():
    """Fifteen guesses at once cost what fifteen cost one by one."""
    spent = []
    for aliases in (1, 15):
        purse = Purse()
        fields = " ".join(
            f'a{place}: unregisterDevice(input: {{ id: "{place}" }}) {{ removed }}' for place in range(aliases)
        )
        result = await service(purse).result(asked(f"mutation {{ {fields} }}"), context())
        assert result.data is not None
        spent.append(purse.spent[-1])
    assert spent[1] == 15 * spent[0]


def test_a_refusal_is_what_over_budget_is():
    """So that every door that knows refusals knows it."""
    assert isinstance(OverBudget(Bill(1, Budget("client", "x", 1), 0), 1.0), Refusal)


PROMISED = "query Promised { __typename }"
OPEN = "query Open { platforms { state } __typename }"


def release(client: str, text: str, *, public: bool = False) -> Release:
    return Release(client, "1", date(2026, 11, 28), "0001", public, (Promised(id_of(text), "x", "query", text),))


def promising(purse: Purse | None = None) -> Service:
    """Where `phone` has promised one operation, and another client a public one."""
    releases = [
        release("phone", PROMISED),
        release("other", "query Other { __typename }"),
        release("other", OPEN, public=True),
    ]
    return Service(schema_of(), cast(Budgets, purse or Purse()), cast(Clients, None), TALLY, releases)


def bound(client: str | None = "phone") -> Context:
    """Of a client that may send nothing but what it promised, or of nobody."""
    found = context()
    found.client = Client(client, "x", "x") if client else None
    return found


async def code(served: Service, wanted: Asked, whose: Context) -> ErrorCode | None:
    result = await served.result(wanted, whose)
    return code_of(result.errors[0]) if result.errors else None


async def test_a_promised_operation_is_run_by_its_id():
    """Without its text, and without paying for reading it; and by its text too, to the letter."""
    purse = Purse()
    served = promising(purse)
    for wanted in (asked(id=id_of(PROMISED)), asked(PROMISED)):
        result = await served.result(wanted, bound())
        assert result.data == {"__typename": "Query"}
    assert purse.spent == [0, 0]


async def test_nothing_else_is_run_for_who_is_bound():
    """Not another's, not free text, not what nobody knows; and a hash that is not that of the text helps nobody."""
    served = promising()
    for wanted in (asked(TYPENAME), asked(id=id_of("query Other { __typename }")), asked(id="0" * 64)):
        assert await code(served, wanted, bound()) is ErrorCode.NOT_REGISTERED
    assert await code(served, asked(TYPENAME, id=id_of(PROMISED)), bound()) is ErrorCode.NOT_REGISTERED
    assert await code(served, asked(TYPENAME), bound(None)) is ErrorCode.NOT_REGISTERED
    assert await code(served, asked(id=id_of(PROMISED), operation_name="Another"), bound()) is ErrorCode.BAD_REQUEST


async def test_who_might_send_it_if_he_signed_in_is_told_so():
    """Somebody's promise, by id or by text."""
    for wanted in (asked(id=id_of(PROMISED)), asked(PROMISED)):
        assert await code(promising(), wanted, bound(None)) is ErrorCode.UNAUTHENTICATED


async def test_a_public_operation_is_anybodys():
    """Of whichever client."""
    for whose in (bound(), bound(None)):
        operations = promising()._registered.find(id_of(OPEN), whose.client.id if whose.client else None)
        assert operations is not None
        assert operations.keys() == {"Open"}


async def test_a_text_is_found_by_its_hash_where_free_text_is_taken():
    """As Apollo's clients ask: the hash alone, then text and hash, then the hash again. A wrong hash keeps nothing."""
    served = promising()
    assert await code(served, asked(id=id_of(TYPENAME)), context()) is ErrorCode.PERSISTED_QUERY_NOT_FOUND
    assert await code(served, asked(TYPENAME, id="0" * 64), context()) is ErrorCode.BAD_REQUEST
    assert await code(served, asked(id="0" * 64), context()) is ErrorCode.PERSISTED_QUERY_NOT_FOUND
    assert await code(served, asked(TYPENAME, id=id_of(TYPENAME)), context()) is None
    assert await code(served, asked(id=id_of(TYPENAME)), context()) is None


async def test_a_promise_that_does_not_fit_any_more(caplog):
    """Is logged by its names, and whoever sends it is told, each time. The others are kept."""
    releases = [release("phone", "query Gone { gone }"), release("phone", PROMISED)]
    served = Service(schema_of(), cast(Budgets, Purse()), cast(Clients, None), TALLY, releases)
    (said,) = caplog.records
    assert (said.levelname, said.release, said.operation) == ("ERROR", "phone 1", "x")
    for wanted in 2 * [asked(id=id_of("query Gone { gone }"))]:
        assert await code(served, wanted, bound()) is ErrorCode.BAD_REQUEST
    assert await code(served, asked(id=id_of(PROMISED)), bound()) is None


class Noted:
    """Stands for Tally: takes note of what was counted."""

    def __init__(self) -> None:
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def count(self, client: str, what: tuple[str, ...]) -> None:
        self.found.append((client, what))


FREE = "{ __schema { queryType { name } } now: platforms { ...P } } fragment P on PlatformStatus { platform { code } }"
PLACES = ("Platform.code", "PlatformStatus.platform", "Query.platforms")


@pytest.mark.parametrize(
    ("wanted", "counted"),
    [
        (asked(id=id_of(PROMISED)), (id_of(PROMISED),)),
        (asked(PROMISED), (id_of(PROMISED),)),
        (asked(FREE), PLACES),
        (asked(TYPENAME), ()),
    ],
)
async def test_what_a_call_is_counted_as(wanted, counted):
    """What is registered by its id, however it is sent; free text by its fields, without introspection; a stream once."""
    noted = Noted()
    releases = [release("phone", PROMISED)]
    served = Service(schema_of(), cast(Budgets, Purse()), cast(Clients, None), cast(Tally, noted), releases)
    await served.result(wanted, context(opened=True))
    assert [one async for one in served.stream(wanted, context(opened=True))]
    assert noted.found == 2 * [("phone", ("all", *counted))]


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        (asked(OPEN), 12),
        (asked(DEAR), 10**6),
        (asked(id=id_of(PROMISED)), 10**6),
        (asked("{ nothing }"), 10**6),
        (asked("mutation { __typename }"), 10**6),
    ],
)
async def test_what_is_refused_is_not_counted(wanted, most):
    """For want of money, because it is too dear, not known, nonsense or of another kind."""
    noted = Noted()
    served = Service(schema_of(), cast(Budgets, Purse(most)), cast(Clients, None), cast(Tally, noted))
    with suppress(OverBudget, InvalidOperationTypeError):
        assert (await served.result(wanted, context(), (OperationType.QUERY,))).errors
    assert noted.found == []
