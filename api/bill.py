"""What an operation cost, as headers tell developers: fields of ours, and those that the IETF drafts for rate limits."""

from collections.abc import Mapping
from math import ceil

from domain.errors import Refusal
from resolvers.budgets import WINDOW_S, Bill, OverBudget
from schema.documents import MOST_COST


def headers_of(bill: Bill | None) -> Mapping[str, str]:
    """Of an answer: what it cost, the most that one may, and the budget that is nearest to its end."""
    if bill is None:
        return {}
    budget = bill.budget
    return {
        "tongban-cost": str(bill.cost),
        "tongban-cost-limit": str(MOST_COST),
        "ratelimit-policy": f'"{budget.whose}";q={budget.most};w={WINDOW_S}',
        "ratelimit": f'"{budget.whose}";r={bill.left};t={WINDOW_S}',
    }


def refused_headers(refusal: Refusal) -> Mapping[str, str]:
    """Of a refusal: when to come back, if that is all that is wrong."""
    if not isinstance(refusal, OverBudget):
        return {}
    return {**headers_of(refusal.bill), "retry-after": str(ceil(refusal.wait_s))}
