"""What a document may ask for at all: enough for every shipped operation, and never the whole process."""

import pytest
from graphql import GraphQLError, get_introspection_query

from mobile_contract.contract import OPERATIONS
from mobile_contract.limits import MOST_ALIASES, MOST_LEVELS, TooMuch, parsed


def objection(document: str) -> str:
    with pytest.raises(TooMuch) as raised:
        parsed(document)
    return raised.value.message


@pytest.mark.parametrize("file", sorted(OPERATIONS.glob("*.graphql")), ids=lambda file: file.stem)
def test_shipped_operations_pass(file):
    """As they stand."""
    assert parsed(file.read_text("utf-8")).definitions


def test_what_tools_ask_first_passes():
    """It is deeper than anybody else may ask."""
    everything = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert parsed(everything).definitions


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ viewer { displayName } } #" + "x" * 15_000, "A document has at most 15000 characters."),
        ("{" + " __typename" * 1_001 + "}", "A document has at most 1000 tokens."),
        (
            " ".join(f"query q{place} {{ __typename }}" for place in range(11)),
            "A document has at most 10 operations.",
        ),
        ("{" + " __typename @a" * 51 + "}", "At most 50 directives may stand in a document."),
        ("{" + " viewer { displayName }" * 21 + "}", "A field may be selected at most 20 times in one place."),
        (
            "{" + (" viewer {" + " displayName" * 6 + " }") * 4 + "}",
            "A field may be selected at most 20 times in one place.",
        ),
        ("{ __schema {" + " types { name }" * 21 + "} }", "A field may be selected at most 20 times in one place."),
    ],
)
def test_what_passes_a_limit_is_told_which(document, said):
    """Also what is selected twenty times only once it is merged with what is selected beside it."""
    assert objection(document) == said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ }", "A selection must not be empty."),
        ("{ viewer { } }", "A selection must not be empty."),
        ("fragment f on Viewer { displayName }", "The document holds no operation."),
        ("type A { b: Int }", "The document holds no operation."),
        ("{ viewer", "Syntax Error: Expected Name, found <EOF>."),
        ("[" * 400, "Syntax Error: Unexpected '['."),
        ("{ node(id: " + "[" * 400 + "]" * 400 + ") { id } }", "Syntax Error: Document is nested too deeply."),
    ],
)
def test_what_is_no_document_is_told_why(document, said):
    """These are no limits of ours."""
    with pytest.raises(GraphQLError) as raised:
        parsed(document)
    assert not isinstance(raised.value, TooMuch)
    assert raised.value.message.startswith(said)


def test_aliases_are_counted_over_the_whole_document():
    """Also those in fragments, and those of the type's name."""
    named = "query { viewer { %s ...v } } fragment v on Viewer { more: displayName }"
    fourteen = " ".join(f"a{place}: displayName" for place in range(MOST_ALIASES - 1))
    assert parsed(named % (fourteen + " __typename"))
    for one_more in ("displayName", "__typename"):
        assert objection(named % f"{fourteen} z: {one_more}") == "At most 15 aliases may stand in a document."


def test_depth():
    """Fragments count too, and one that holds itself has no end."""

    def inside(levels: int) -> str:
        return "{ viewer " + "{ ... " * (levels - 2) + "{ displayName }" + " }" * (levels - 1)

    said = "Selections and fragments may nest 12 deep."
    assert parsed(inside(MOST_LEVELS))
    assert objection(inside(MOST_LEVELS + 1)) == said
    assert objection("{ viewer { ...v } } fragment v on Viewer { ...v }") == said


def doubling(fragments: int, times: int) -> str:
    """A document of fragments each of which holds the next one some times."""
    parts = [f"fragment f{place} on Viewer {{ {f'...f{place + 1} ' * times} }}" for place in range(fragments)]
    return "{ viewer { ...f0 } } " + " ".join(parts) + f" fragment f{fragments} on Viewer {{ displayName }}"


@pytest.mark.parametrize(
    ("fragments", "times", "said"),
    [
        (25, 2, "Selections and fragments may nest 12 deep."),
        (60, 1, "Selections and fragments may nest 12 deep."),
        (9, 30, "Fragments may unfold to at most 1000 selections."),
    ],
)
def test_doubling_fragments_end(fragments, times, said):
    """Whatever they would unfold to."""
    assert objection(doubling(fragments, times)) == said


def test_depth_is_that_of_the_deepest_use():
    """Of a fragment that is used in two places."""
    deep = "fragment v on Viewer { ... { ... { ... { displayName } } } }"
    assert parsed("{ viewer { ...v " + "... { " * 6 + "...v" + " }" * 6 + " } } " + deep)
    assert "12 deep" in objection("{ viewer { ...v " + "... { " * 7 + "...v" + " }" * 7 + " } } " + deep)
