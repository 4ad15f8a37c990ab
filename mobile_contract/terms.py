"""What an operation may come to: the published terms, the same for all (docs/clients.md). Whoever checks hands them in."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """In cost. `operation`: of one. `caller`: what each caller may spend in a minute. `address`: what may be spent in a minute
    from one address without a token."""

    operation: int
    caller: int
    address: int

    def faults(self, price: int, *, public: bool) -> Iterator[str]:
        """Why what costs so much at most is never answered, a sentence each. `public`: it may be sent without a token."""
        bounds = [(self.operation, "at most {:,} is answered"), (self.caller, "a caller may spend {:,} in a minute")]
        if public:
            bounds.append((self.address, "without a token an address may spend {:,} in a minute"))
        yield from (f"It costs up to {price:,}; {said.format(most)}." for most, said in bounds if price > most)
