"""How much may be asked in a minute: of each caller, of each client, and of each address that nobody signed in from."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.caller import SignIn
from domain.client import ADDRESS_BUDGET, CALLER_BUDGET, Client
from domain.errors import ErrorCode, Refusal
from store.sealing import Sealer
from store.shared.quotas import Quotas

WINDOW_S = 60
LEAST = 10
"""What a request costs at least, also one that is refused: reading it is work."""


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the budgets of a minute hold, in the cost of operations. A caller's is about that of fifty Homes with pages of 20.

    A client's is its own: domain.client.
    """

    caller: int = CALLER_BUDGET
    address: int = ADDRESS_BUDGET


@dataclass(frozen=True, slots=True)
class Budget:
    """`whose`: in a word that clients may see. `name`: by what it is counted; no person can be told from it."""

    whose: str
    name: str
    most: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What an operation cost, and what is left of the budget that is nearest to its end."""

    cost: int
    budget: Budget
    left: int


class OverBudget(Refusal):
    """RATE_LIMITED, with the bill that was not paid, and in how many seconds the same may be tried again."""

    def __init__(self, bill: Bill, wait_s: float) -> None:
        super().__init__(ErrorCode.RATE_LIMITED, bill.budget.whose)
        self.bill, self.wait_s = bill, wait_s


class OverAllowance(Refusal):
    """LIMIT_EXCEEDED: the budget never holds that much, however long one waits."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(ErrorCode.LIMIT_EXCEEDED, budget.whose)
        self.budget = budget


class Budgets:
    """Counted over all processes together."""

    def __init__(self, quotas: Quotas, sealer: Sealer, allowances: Allowances) -> None:
        self._quotas, self._sealer, self._allowances = quotas, sealer, allowances

    async def spend(self, signed_in: SignIn | None, client: Client | None, address: str, cost: int) -> Bill:
        """Takes `cost` out of the budgets of who asks. Raises OverBudget; what a caller's gave is gone if the client's is spent.
        Raises OverAllowance, and takes nothing, if one of them is smaller than that.

        One after the other: a caller whose budget is spent takes nothing from all the others of the client.
        """
        cost = max(cost, LEAST)
        budgets = self._of(signed_in, client, address)
        if too_small := next((one for one in budgets if one.most < cost), None):
            raise OverAllowance(too_small)
        bills = [await self._take(budget, cost) for budget in budgets]
        return min(bills, key=lambda bill: bill.left / bill.budget.most)

    async def _take(self, budget: Budget, cost: int) -> Bill:
        spent = await self._quotas.spend(budget.name, cost, budget.most, WINDOW_S)
        bill = Bill(cost, budget, spent.left)
        if spent.wait_s > 0:
            raise OverBudget(bill, spent.wait_s)
        return bill

    def _of(self, signed_in: SignIn | None, client: Client | None, address: str) -> Sequence[Budget]:
        """Many citizens share the address of a carrier or an office: those who are signed in are counted by who they are.

        A client without anybody is one that showed a key, and pays for whom it lets ask.
        """
        if client is None:
            return [Budget("address", f"address:{self._sealer.hash('address', address)}", self._allowances.address)]
        if signed_in is None:
            return [Budget("client", f"client:{client.id}", client.budget)]
        caller = self._sealer.hash("caller", f"{client.id} {self._sealer.person_key(signed_in.identity)}")
        return [
            Budget("caller", f"caller:{caller}", self._allowances.caller),
            Budget("client", f"client:{client.id}", client.budget),
        ]
