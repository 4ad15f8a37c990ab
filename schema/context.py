"""What one request carries to every field."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.caller import Caller, Locale, SignIn
from domain.client import Client, Scope
from domain.platform import PlatformCard
from resolvers.budgets import Bill
from resolvers.cases import ReadCases
from resolvers.deadlines import Deadlines
from resolvers.devices import Devices
from resolvers.health import Statuses
from resolvers.inbox import Inbox
from resolvers.licences import ReadLicences
from resolvers.live import Live
from schema.documents import Operation


@dataclass(frozen=True)
class UseCases:
    """Everything that a field may call, and what people are told of platforms."""

    cases: ReadCases
    deadlines: Deadlines
    licences: ReadLicences
    inbox: Inbox
    devices: Devices
    live: Live
    platforms: Mapping[str, PlatformCard]
    statuses: Statuses


class Context:
    """One request: who is signed in, in which language, and the use cases. `caller` is worked out once, when first needed.

    `address`: the caller's on the network. `opened`: anybody may see the schema. Set on the way: the `gateway` through which
    people ask, if there is one, the `client`, once it is admitted, the `operation` that is run, the `bill`, and `still`, which
    raises Refusal once whoever listens may not hear more.
    """

    def __init__(
        self,
        use: UseCases,
        locale: Locale,
        signed_in: SignIn | None,
        arrive: Callable[[SignIn], Awaitable[Caller]],
        *,
        address: str = "",
        opened: bool = True,
    ) -> None:
        self.use = use
        self.locale = locale
        self.signed_in = signed_in
        self.address = address
        self.opened = opened
        self.client: Client | None = None
        self.gateway: Client | None = None
        self.operation: Operation | None = None
        self.bill: Bill | None = None
        self.still: Callable[[], None] | None = None
        self._arrive = arrive
        self._caller: Caller | None = None

    @property
    def sees_schema(self) -> bool:
        return self.opened or (self.client is not None and Scope.SCHEMA in self.client.scopes)

    @property
    def takes_text(self) -> bool:
        """Whether documents are taken that no release holds."""
        return self.opened or (self.client is not None and self.client.free_text)

    async def caller(self) -> Caller:
        """Who asks. Only fields that declare a level above PUBLIC may want to know."""
        if self._caller is None:
            assert self.signed_in is not None, "a field that needs a caller declares a level above PUBLIC"
            self._caller = await self._arrive(self.signed_in)
        return self._caller
