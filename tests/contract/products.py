"""The subgraph of products that Apollo's tests of subgraphs ask for, served by the machinery and the door of ours.

Names and values are those of that suite's description.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route

from api.graphql import GraphQLDoor
from api.places import Places
from resolvers.arrivals import Arrivals
from resolvers.budgets import Allowances, Budgets
from resolvers.clients import Clients
from resolvers.tally import Tally
from schema.context import UseCases
from schema.federation import SCALARS, Representation, ServiceText, entities, subgraph_text
from schema.schema import Schema
from schema.service import Service
from store.calls import Calls
from store.sealing import Sealer
from store.shared.memory import MemoryQuotas

HEAD = """extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.3"
    import: [
      "@composeDirective", "@external", "@key", "@inaccessible", "@interfaceObject"
      "@override", "@provides", "@requires", "@shareable", "@tag"
    ]
  )
  @link(url: "https://myspecs.dev/myCustomDirective/v1.0", import: ["@custom"])
  @composeDirective(name: "@custom")

directive @custom on OBJECT"""
APPLIED = {
    "Product": '@custom @key(fields: "id") @key(fields: "sku package") @key(fields: "sku variation { id }")',
    "Product.createdBy": '@provides(fields: "totalProductsCreated")',
    "Product.notes": '@tag(name: "internal")',
    "DeprecatedProduct": '@key(fields: "sku package")',
    "ProductResearch": '@key(fields: "study { caseNumber }")',
    "ProductDimension": "@shareable",
    "ProductDimension.unit": "@inaccessible",
    "User": '@key(fields: "email")',
    "User.averageProductsCreatedPerYear": '@requires(fields: "totalProductsCreated yearsOfEmployment")',
    "User.name": '@override(from: "users")',
    "User.totalProductsCreated": "@external",
    "User.yearsOfEmployment": "@external",
    "Inventory": '@interfaceObject @key(fields: "id")',
}


@strawberry.type
class ProductVariation:
    id: strawberry.ID


@strawberry.type
class ProductDimension:
    size: str | None = "small"
    weight: float | None = 1.0
    unit: str | None = "kg"


@strawberry.type
class CaseStudy:
    case_number: strawberry.ID
    description: str | None


@strawberry.type
class ProductResearch:
    study: CaseStudy
    outcome: str | None = None


@strawberry.type
class User:
    email: strawberry.ID
    name: str | None = "Jane Smith"
    total_products_created: int | None = 1337
    years_of_employment: int = 10

    @strawberry.field
    def average_products_created_per_year(self) -> int | None:
        return self.total_products_created and round(self.total_products_created / self.years_of_employment)


JANE = User(email=strawberry.ID("support@apollographql.com"))


@strawberry.type
class DeprecatedProduct:
    sku: str
    package: str
    reason: str | None = None
    created_by: User | None = None


@strawberry.type
class Product:
    id: strawberry.ID
    sku: str | None
    package: str | None
    variation: ProductVariation | None
    research: list[ProductResearch]
    dimensions: ProductDimension | None = strawberry.field(default_factory=ProductDimension)
    created_by: User | None = strawberry.field(default_factory=lambda: JANE)
    notes: str | None = None


@strawberry.type
class Inventory:
    id: strawberry.ID
    deprecated_products: list[DeprecatedProduct]


def _research(number: str, description: str) -> ProductResearch:
    return ProductResearch(study=CaseStudy(case_number=strawberry.ID(number), description=description))


def _product(name: str, variation: str, research: ProductResearch) -> Product:
    kind = ProductVariation(id=strawberry.ID(variation))
    product_id, package = strawberry.ID(f"apollo-{name}"), f"@apollo/{name}"
    return Product(id=product_id, sku=name, package=package, variation=kind, research=[research])


RESEARCH = [_research("1234", "Federation Study"), _research("1235", "Studio Study")]
PRODUCTS = [_product("federation", "OSS", RESEARCH[0]), _product("studio", "platform", RESEARCH[1])]
OLD = DeprecatedProduct(
    sku="apollo-federation-v1", package="@apollo/federation-v1", reason="Migrate to Federation V2", created_by=JANE
)
References = Sequence[Mapping[str, Any]]


async def _products(references: References) -> list[Product | None]:
    """By any of the three keys: a product says what the reference says."""
    return [next((one for one in PRODUCTS if _is(one, reference)), None) for reference in references]


def _is(product: Product, reference: Mapping[str, Any]) -> bool:
    said = {
        "id": product.id,
        "sku": product.sku,
        "package": product.package,
        "variation": product.variation and {"id": product.variation.id},
    }
    return {name: said[name] for name in reference if name in said} == {n: reference[n] for n in reference if n in said}


async def _old(references: References) -> list[DeprecatedProduct | None]:
    return [OLD if (one["sku"], one["package"]) == (OLD.sku, OLD.package) else None for one in references]


async def _researches(references: References) -> list[ProductResearch | None]:
    known = {one.study.case_number: one for one in RESEARCH}
    return [known.get(one["study"]["caseNumber"]) for one in references]


async def _users(references: References) -> list[User]:
    """With what the gateway brings, where a field wants it."""
    names = {"totalProductsCreated": "total_products_created", "yearsOfEmployment": "years_of_employment"}
    return [
        User(email=one["email"], **{ours: one[theirs] for theirs, ours in names.items() if theirs in one})
        for one in references
    ]


async def _inventories(references: References) -> list[Inventory]:
    return [Inventory(id=one["id"], deprecated_products=[OLD]) for one in references]


KINDS = {
    "Product": _products,
    "DeprecatedProduct": _old,
    "ProductResearch": _researches,
    "User": _users,
    "Inventory": _inventories,
}
Entity = strawberry.union("_Entity")


@strawberry.type
class Query:
    @strawberry.field
    async def product(self, id: strawberry.ID) -> Product | None:
        return (await _products([{"id": id}]))[0]

    @strawberry.field(deprecation_reason="Use product query instead")
    async def deprecated_product(self, sku: str, package: str) -> DeprecatedProduct | None:
        return (await _old([{"sku": sku, "package": package}]))[0]

    @strawberry.field(name="_entities")
    async def entities(
        self, representations: list[Representation]
    ) -> list[Annotated[Product | DeprecatedProduct | ProductResearch | User | Inventory, Entity] | None]:
        return await entities(representations, KINDS)

    @strawberry.field(name="_service")
    def service(self) -> ServiceText:
        return ServiceText(sdl=subgraph_text(SCHEMA.as_str(), HEAD, APPLIED))


SCHEMA = Schema(Query, scalar_overrides=SCALARS)


def products() -> Starlette:
    """The subgraph at `/`. Nobody signs in."""
    budgets = Budgets(MemoryQuotas(), Sealer({}, "", bytes(32), bytes), Allowances(address=10_000_000))
    service = Service(SCHEMA, budgets, cast(Clients, None), Tally(cast(Calls, None), lambda: 0))
    door = GraphQLDoor(service, cast(UseCases, None), cast(Arrivals, None), Places(), lambda: 0, True)
    return Starlette(routes=[Route("/", door.answer, methods=["POST"])])
