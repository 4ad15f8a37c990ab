"""What a document may ask for at all, judged by its text alone and before it is held against a schema.

Validation compares fields of one name in pairs, so a small document can keep a process for half a second: what repeats is
bounded before. The bounds are those of documents that anybody may send, and of those that a release registers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)

MOST_CHARACTERS, MOST_TOKENS = 15_000, 1_000
MOST_OPERATIONS, MOST_ALIASES, MOST_DIRECTIVES = 10, 15, 50
MOST_LEVELS, MOST_UNFOLDED, MOST_REPEATED = 12, 1_000, 20


class TooMuch(GraphQLError):
    """A limit is passed. Says which, in words for a developer, and names nothing of a schema."""


class NoDocument(GraphQLError):
    """A text that parses and cannot be run. Names nothing of a schema."""


def parsed(text: str) -> DocumentNode:
    """The document, if it is modest. Raises TooMuch, or GraphQLError for what is no document with an operation."""
    if len(text) > MOST_CHARACTERS:
        raise TooMuch(f"A document has at most {MOST_CHARACTERS} characters.")
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        if "tokens" in error.message:
            raise TooMuch(f"A document has at most {MOST_TOKENS} tokens.") from None
        raise
    _judge(document)
    return document


def _judge(document: DocumentNode) -> None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    if not operations:
        raise NoDocument("The document holds no operation.")
    if len(operations) > MOST_OPERATIONS:
        raise TooMuch(f"A document has at most {MOST_OPERATIONS} operations.")
    seen = _Seen()
    for one in (*operations, *fragments.values()):
        seen.directives += len(one.directives or ())
        _count(one.selection_set, seen)
    for operation in operations:
        _Unfolding(fragments).selections([operation.selection_set], 1)


@dataclass
class _Seen:
    aliases: int = 0
    directives: int = 0


def _count(node: SelectionSetNode, seen: _Seen) -> None:
    """Aliases and directives as they stand in the document."""
    if not node.selections:
        # The library's parser lets `{ }` pass, which the grammar does not.
        raise NoDocument("A selection must not be empty.", node)
    for one in node.selections:
        seen.directives += len(one.directives or ())
        if isinstance(one, FieldNode):
            seen.aliases += one.alias is not None
        if inner := getattr(one, "selection_set", None):
            _count(inner, seen)
    if seen.aliases > MOST_ALIASES:
        raise TooMuch(f"At most {MOST_ALIASES} aliases may stand in a document.")
    if seen.directives > MOST_DIRECTIVES:
        raise TooMuch(f"At most {MOST_DIRECTIVES} directives may stand in a document.")


@dataclass
class _Unfolding:
    """One operation with its fragments put in."""

    fragments: dict[str, FragmentDefinitionNode]
    unfolded: int = 0

    def selections(self, nodes: Sequence[SelectionSetNode], level: int, *, bounded: bool = True) -> None:
        """`nodes`: what is merged in one place. `bounded`: not in what asks for the schema itself: the library bounds that."""
        if bounded and level > MOST_LEVELS:
            raise TooMuch(f"Selections and fragments may nest {MOST_LEVELS} deep.")
        named: defaultdict[str, list[FieldNode]] = defaultdict(list)
        for one in (one for node in nodes for one in self._fields(node, level)):
            named[one.alias.value if one.alias else one.name.value].append(one)
        for same in named.values():
            if len(same) > MOST_REPEATED:
                raise TooMuch(f"A field may be selected at most {MOST_REPEATED} times in one place.")
            inner = [one.selection_set for one in same if one.selection_set]
            if inner:
                self.selections(inner, level + 1, bounded=bounded and not same[0].name.value.startswith("__"))

    def _fields(self, node: SelectionSetNode, level: int) -> Iterator[FieldNode]:
        for one in node.selections:
            self.unfolded += 1
            if self.unfolded > MOST_UNFOLDED:
                raise TooMuch(f"Fragments may unfold to at most {MOST_UNFOLDED} selections.")
            if isinstance(one, FieldNode):
                yield one
            elif part := self._part(one):
                if level >= MOST_LEVELS:
                    raise TooMuch(f"Selections and fragments may nest {MOST_LEVELS} deep.")
                yield from self._fields(part, level + 1)

    def _part(self, node: SelectionNode) -> SelectionSetNode | None:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments.get(node.name.value)
            return fragment.selection_set if fragment else None
        return getattr(node, "selection_set", None)
