"""The GraphQL face: types with plain attributes and thin fields. `Type.of(domain value)` is the only way in."""
