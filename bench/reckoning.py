"""What does it cost to reckon the cost of an operation?"""

from collections.abc import Mapping
from functools import partial

from graphql import OperationDefinitionNode, build_schema, parse

from bench.figures import Work, cpu_ms, publish, table
from bench.world import run
from mobile_contract.contract import operation
from mobile_contract.pricing import Price, Pricing, total
from schema.schema import schema_of

QUESTION = "What does it cost to reckon the cost of an operation?"
OPERATIONS: Mapping[str, Mapping[str, object]] = {
    "Home": {"first": 20, "freshness": "KNOWN"},
    "Inbox": {"first": 20, "unread": True},
    "CaseDetail": {"id": "x"},
    "ChangesSince": {"cursor": "x"},
}


async def main() -> None:
    pricing = Pricing(build_schema(schema_of().as_str()))
    works: dict[str, Work] = {}
    costs: dict[str, int] = {}
    for name, variables in OPERATIONS.items():
        document = parse(operation(name))
        (node,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        price: Price = pricing.price(document, node)
        costs[name] = total(price, variables)
        works |= {
            f"{name} compiled": partial(pricing.price, document, node),
            f"{name} reckoned": partial(total, price, variables),
            f"{name} at most": partial(total, price, None),
        }
    ms = await cpu_ms(works)
    rows = [
        (name, costs[name], *(ms[f"{name} {part}"] * 1000 for part in ("compiled", "reckoned", "at most")))
        for name in OPERATIONS
    ]
    publish(
        "reckoning",
        QUESTION,
        "Operations of the contract, microseconds of CPU. *Compiled*: once for each document, when it is read or registered. "
        "*Reckoned*: at each request, with its variables.",
        table(("", "its cost", "compiled", "reckoned", "at its dearest"), rows),
    )


if __name__ == "__main__":
    run(main())
