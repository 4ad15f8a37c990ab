"""The guard of the contract, rule by rule, and the operations that phones were shipped with."""

from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from mobile_contract.contract import OPERATIONS, SCHEMA, check, operation

HEAD = '''
"""Who may read a field, and what it tells about a person."""
directive @access(level: String!) on FIELD_DEFINITION

"""Roots."""
type Query {
  """A thing."""
  thing("""Which."""id: ID!): Thing @access(level: "a")
}

"""A thing."""
type Thing {
  """Its name."""
  name: String @access(level: "a")
}
'''


@pytest.fixture
def said(tmp_path: Path):
    """What is said of a schema that is committed as it is generated; of `operations` by file name."""

    def said(schema: str, **operations: str) -> list[str]:
        committed, folder = tmp_path / "schema.graphql", tmp_path / "operations"
        committed.write_text(schema, "utf-8")
        folder.mkdir()
        for name, text in operations.items():
            (folder / f"{name}.graphql").write_text(text, "utf-8")
        return check(schema, committed, folder)

    return said


def test_a_good_contract_is_not_spoken_of(said):
    """Nothing is wrong with this one; each test below changes one thing in it."""
    assert said(HEAD, Good='query Good { thing(id: "1") { name } }') == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"""Its name."""', "", "Thing.name has no description"),
        ('"""Its name."""', '""" """', "Thing.name has no description"),
        ('"""A thing."""\ntype', "type", "type Thing has no description"),
        ('"""Which."""', "", "Query.thing(id) has no description"),
        (
            '"""Who may read a field, and what it tells about a person."""',
            "",
            "directive @access has no description",
        ),
        (
            'name: String @access(level: "a")',
            "name: String",
            "Thing.name does not declare its access level and disclosure class",
        ),
        (
            'name: String @access(level: "a")',
            'name: String @deprecated(reason: "Old. Use Thing.name instead. Sunset 2027-06-30.")',
            "Thing.name does not declare its access level and disclosure class",
        ),
        ("  name:", "  thingName:", "Thing.thingName repeats the name of its type"),
        ("  name:", "  thing:", "Thing.thing repeats the name of its type"),
    ],
)
def test_a_fault_of_a_field_is_named(said, old, new, sentence):
    """One sentence, and only that one."""
    assert HEAD.count(old) == 1
    assert said(HEAD.replace(old, new)) == [sentence]


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        ('"""x"""\nenum Kind { """x""" ONE TWO }', "Kind.TWO has no description"),
        ('enum Kind { """x""" ONE }', "type Kind has no description"),
        ('"""x"""\ninput Given { name: String }', "Given.name has no description"),
        ('"""x"""\ninput Given { """x""" givenName: String }', "Given.givenName repeats the name of its type"),
        ("scalar Moment", "type Moment has no description"),
        (
            '"""x"""\ninterface Node { """x""" id: ID }',
            "Node.id does not declare its access level and disclosure class",
        ),
        ("union Either = Thing", "type Either has no description"),
    ],
)
def test_every_kind_of_type_is_looked_at(said, planted, sentence):
    """Enums and their values, inputs, scalars, interfaces, unions."""
    assert said(f"{HEAD}\n{planted}") == [sentence]


def test_an_operation_that_no_longer_fits_is_named(said):
    """By its file, with the library's own words; and every fault in it."""
    assert said(HEAD, Old='query Old { thing(id: "1") { title kind } }') == [
        "Old.graphql: Cannot query field 'title' on type 'Thing'.",
        "Old.graphql: Cannot query field 'kind' on type 'Thing'.",
    ]


def test_an_operation_that_is_not_graphql_is_named(said):
    """And does not hide what is wrong with the others."""
    found = said(HEAD, A="query {", B="{ nothing }")
    assert [sentence.partition(":")[0] for sentence in found] == ["A.graphql", "B.graphql"]


@pytest.mark.parametrize(
    ("committed", "where"),
    [(HEAD.replace("thing(", "thong("), "first at line 8"), (HEAD + "\nscalar X", "at its end"), (None, "at its end")],
)
def test_drift_is_said_with_its_place(tmp_path, committed, where):
    """What is committed differs, goes on longer, or is not there; and what to do about it."""
    file = tmp_path / "schema.graphql"
    if committed is not None:
        file.write_text(committed, "utf-8")
    (sentence,) = check(HEAD, file, tmp_path / "none")
    assert where in sentence
    assert sentence.endswith("tongban contract write")


SHIPPED = sorted(file.stem for file in OPERATIONS.glob("*.graphql"))


@pytest.mark.parametrize("name", SHIPPED)
def test_an_operation_is_known_by_its_name(name):
    """One operation a file, named as the file is: metrics and persisted documents go by that name."""
    document = parse(operation(name))
    (definition,) = document.definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name is not None
    assert definition.name.value == name
    assert validate(build_schema(SCHEMA.read_text("utf-8")), document) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_an_operation_says_when_it_is_sent(name):
    """In a comment on its first line: it is the first thing an app developer reads."""
    assert operation(name).startswith("# ")


def test_an_operation_that_was_never_shipped_is_not_found():
    """There is nothing to fall back on."""
    with pytest.raises(FileNotFoundError):
        operation("Nothing")


def test_a_mutation_always_asks_why_not():
    """A shipped phone that does not ask for errors could not tell its citizen that nothing happened."""
    mutations = [name for name in SHIPPED if "\nmutation " in operation(name)]
    assert len(mutations) >= 3
    assert [name for name in mutations if "errors {" not in operation(name)] == []
