"""The schema of gateways: what phones may ask, and cases, licences and parties as entities that other services may speak of.

An entity is one of the caller's, as by its id: who asks is said by the token of a citizen, never by the gateway.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.client import Scope
from domain.errors import ErrorCode, Refusal
from domain.ids import BadId, Noun, parse_id_of, public_id
from domain.page import LARGEST_PAGE
from schema.access import Disclosure, Level, asked, check, told
from schema.case import Case, shown_case
from schema.federation import SCALARS, Representation, ServiceText, entities, subgraph_text
from schema.licence import Licence, shown_licence
from schema.mutation import Mutation
from schema.price import ListSize
from schema.query import Info, Query, Viewer
from schema.schema import NODES, Schema

HEAD = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])"""
"""The newest version that Apollo's own tests of subgraphs take; every composition of today takes it too."""

APPLIED = {
    **dict.fromkeys(("Case", "Licence", "Party"), '@key(fields: "id")'),
    # Every service with pages has this type, and each says of its own pages what it says.
    "PageInfo": "@shareable",
}
WITHOUT = {"Query.node", "@access", "AccessLevel", "DisclosureClass", "Scope"}
"""Two services cannot both answer `node`: a gateway finds things again as entities. Of directives only those of prices are of use
to a gateway, and enums of the others would be in every composed schema.
"""

Representations = Annotated[
    list[Representation], strawberry.argument(description="References to entities, at most 100.")
]
References = Sequence[Mapping[str, Any]]


@strawberry.type(description="A person or an organisation, as other services may speak of it.")
class Party(Viewer):
    id: strawberry.ID = told("Opaque and stable for ever.", Disclosure.STATUS, Level.SIGNED_IN)


async def _party(info: Info) -> Party | None:
    party = (await info.context.caller()).party
    return Party(id=strawberry.ID(public_id(Noun.PARTY, party.id)), display_name=party.name)


async def _parties(info: Info, references: References) -> list[Any]:
    own = await _party(info)
    return [own if own and own.id == reference.get("id") else None for reference in references]


async def _cases(info: Info, references: References) -> list[Any]:
    check(Level.REAL_NAME, info.context, [Scope.CASES])
    ids = _ids(Noun.CASE, references)
    found = await info.context.use.cases.some(await info.context.caller(), case_ids={one for one in ids if one})
    return [shown_case(found[one], info.context) if one in found else None for one in ids]


async def _licences(info: Info, references: References) -> list[Any]:
    check(Level.REAL_NAME, info.context, [Scope.LICENCES])
    ids = _ids(Noun.LICENCE, references)
    found = await info.context.use.licences.some(await info.context.caller(), licence_ids={one for one in ids if one})
    return [shown_licence(found[one], info.context) if one in found else None for one in ids]


def _ids(noun: Noun, references: References) -> list[UUID | None]:
    """None for what is no id of this noun: there is nothing that it could be the key of."""
    return [_id(noun, reference.get("id")) for reference in references]


def _id(noun: Noun, given: object) -> UUID | None:
    try:
        return parse_id_of(noun, given) if isinstance(given, str) else None
    except BadId:
        return None


_KINDS = {"Case": _cases, "Licence": _licences, "Party": _parties}
Entity = Annotated[Case | Licence | Party, strawberry.union("_Entity", description="What has a key.")]


async def _entities(info: Info, representations: Representations) -> list[Entity | None]:
    if len(representations) > LARGEST_PAGE:
        raise Refusal(ErrorCode.PAGE_SIZE, "representations")
    return await entities(representations, {name: partial(find, info) for name, find in _KINDS.items()})


@strawberry.type(name="Query", description="What can be asked.")
class SubgraphQuery(Query):
    party: Party | None = asked("The party as which the caller is signed in.", level=Level.SIGNED_IN)(_party)
    entities: list[Entity | None] = asked(
        "What references stand for, each in its place: null where it is nothing of the caller's.",
        level=Level.SIGNED_IN,
        name="_entities",
        size=ListSize(assumed_size=LARGEST_PAGE, slicing_arguments=["representations"]),
    )(_entities)

    @strawberry.field(name="_service", description="What a gateway must know of this service.")
    def service(self) -> ServiceText:
        return ServiceText(sdl=subgraph_sdl())


def subgraph_of() -> Schema:
    """The schema of gateways."""
    return Schema(SubgraphQuery, mutation=Mutation, types=NODES, scalar_overrides=SCALARS)


@cache
def subgraph_sdl() -> str:
    """Its text as composition takes it."""
    return subgraph_text(subgraph_of().as_str(), HEAD, APPLIED, WITHOUT)
