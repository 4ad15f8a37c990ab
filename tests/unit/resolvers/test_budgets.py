"""How much may be asked in a minute, and of whom it is counted."""

from typing import cast

import pytest

from domain.assurance import Assurance
from domain.caller import Represented, SignIn
from domain.client import Client
from domain.errors import ErrorCode
from domain.identity import Identity, IdentityType, identity
from resolvers.budgets import LEAST, WINDOW_S, Allowances, Bill, Budgets, OverAllowance, OverBudget
from store.sealing import Sealer
from store.shared.memory import MemoryQuotas
from store.shared.quotas import Spent

LIN, WANG = identity("111", "11010519491231002X"), identity("111", "440524188001010014")
FIRM = Identity(IdentityType.ORGANISATION, "91350100M000100Y43")


class Noted(MemoryQuotas):
    """Takes note of by what is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.names = list[str]()

    async def spend(self, name: str, amount: int, most: int, window_s: float) -> Spent:
        assert window_s == WINDOW_S
        self.names.append(name)
        return await super().spend(name, amount, most, window_s)


def budgets(quotas: MemoryQuotas | None = None) -> Budgets:
    sealer = Sealer({}, "", bytes(32), bytes)
    return Budgets(quotas or MemoryQuotas(), sealer, Allowances(caller=1000, address=100))


def client_of(who: SignIn | None) -> Client | None:
    return Client(who.client, "x", "x", budget=1500) if who else None


def signed_in(who: Identity = LIN, client: str = "phone", acting: Represented | None = None) -> SignIn:
    return SignIn("sub", client, Assurance.HIGH, "x", who, acting)


async def spent(counted: Budgets, who: SignIn | None, address: str, cost: int) -> Bill:
    return await counted.spend(who, client_of(who), address, cost)


async def refused(counted: Budgets, who: SignIn | None, cost: int, address: str = "192.0.2.1") -> OverBudget:
    with pytest.raises(OverBudget) as raised:
        await counted.spend(who, client_of(who), address, cost)
    return raised.value


async def test_a_caller_has_a_budget_with_a_client():
    """The bill is of the budget that is nearest to its end; another's is not touched."""
    counted = budgets()
    bill = await spent(counted, signed_in(), "192.0.2.1", 700)
    assert (bill.cost, bill.budget.whose, bill.left) == (700, "caller", 300)
    over = await refused(counted, signed_in(), 400)
    assert (over.bill.budget.whose, over.bill.left, over.at) == ("caller", 300, "caller")
    assert 0 < over.wait_s <= WINDOW_S
    assert (await spent(counted, signed_in(client="other"), "192.0.2.1", 400)).left == 600
    assert (await spent(counted, signed_in(WANG), "192.0.2.1", 10)).budget.whose == "client"


async def test_a_caller_who_is_refused_takes_nothing_from_the_client():
    """However often one citizen tries: all others of the app have what they had."""
    counted = budgets()
    await spent(counted, signed_in(), "192.0.2.1", 900)
    for _ in range(10):
        assert (await refused(counted, signed_in(), 200)).bill.budget.whose == "caller"
    bill = await spent(counted, signed_in(WANG), "192.0.2.1", 100)
    assert (bill.budget.whose, bill.left) == ("client", 1500 - 900 - 100)


async def test_all_callers_of_a_client_have_one_together():
    """A client that goes wild stops itself, and no other."""
    counted = budgets()
    await spent(counted, signed_in(), "192.0.2.1", 900)
    over = await refused(counted, signed_in(WANG), 700)
    assert over.bill.budget.whose == "client"
    assert isinstance(await spent(counted, signed_in(WANG, "other"), "192.0.2.1", 700), Bill)


async def test_what_no_budget_ever_holds_is_not_waited_for():
    """It says whose is too small, and takes nothing: neither of that one nor of another."""
    counted = budgets()
    for who, cost, whose in ((signed_in(), 1001, "caller"), (None, 101, "address")):
        with pytest.raises(OverAllowance) as raised:
            await spent(counted, who, "192.0.2.1", cost)
        assert (raised.value.code, raised.value.at) == (ErrorCode.LIMIT_EXCEEDED, whose)
    small = Client("phone", "x", "x", budget=500)
    with pytest.raises(OverAllowance):
        await counted.spend(signed_in(), small, "192.0.2.1", 501)
    assert (await spent(counted, signed_in(), "192.0.2.1", 1000)).left == 0
    assert (await spent(counted, None, "192.0.2.1", 100)).left == 0


async def test_without_a_token_it_is_the_address_that_counts():
    """And only then: many citizens share one."""
    counted = budgets()
    assert (await spent(counted, None, "192.0.2.1", 90)).budget.whose == "address"
    assert (await refused(counted, None, 20)).bill.budget.whose == "address"
    assert isinstance(await spent(counted, None, "192.0.2.2", 20), Bill)
    assert isinstance(await spent(counted, signed_in(), "192.0.2.1", 20), Bill)


async def test_a_person_who_acts_for_others_is_one_caller():
    """However many organisations somebody acts for."""
    counted = budgets()
    await spent(counted, signed_in(acting=Represented("x", FIRM)), "192.0.2.1", 700)
    await refused(counted, signed_in(), 400)


async def test_nothing_costs_nothing():
    """Being asked is work."""
    assert (await spent(budgets(), None, "192.0.2.1", 0)).cost == LEAST


async def test_what_is_counted_by_tells_of_nobody():
    """Neither numbers nor addresses stand in what processes share."""
    quotas = Noted()
    await spent(budgets(quotas), signed_in(), "192.0.2.1", 1)
    await spent(budgets(quotas), None, "192.0.2.77", 1)
    assert len(quotas.names) == 3
    assert not any(part in name for name in quotas.names for part in (LIN.number, "192.0.2"))
    assert cast(str, quotas.names[1]) == "client:phone"
