"""Use cases: `async def verb(caller, *, …) -> domain value`. No Strawberry, no HTTP, no SQL."""
