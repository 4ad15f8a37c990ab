"""The weights of the gate, before anybody's use is looked at, against the tool that others judge schemas by."""

import json
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema

from mobile_contract.change import Weight
from mobile_contract.compare import changes
from tests.node import installed
from tests.schema_changes import SCHEMA, SEEDS, changed

HOME = Path(__file__).parents[1] / "graphql_inspector"
CALLED = {"BREAKING": Weight.BREAKING, "DANGEROUS": Weight.DANGEROUS, "NON_BREAKING": Weight.SAFE}
ORDER = list(Weight)

OTHERWISE = {
    "an argument is new": (
        Weight.DANGEROUS,
        "theirs warns that a resolver may do something else; nothing that was shipped gives it, so a client cannot notice",
    ),
    "an input field is new, with a default": (Weight.DANGEROUS, "the same"),
    "a default is gone, and something must be given": (
        Weight.DANGEROUS,
        "theirs looks at the default alone; who relied on it is not answered at all any more",
    ),
    "a type is new, and of an interface": (
        Weight.SAFE,
        "theirs says so only of types that were there; where a client chooses by type a new one comes as well",
    ),
    "fewer rows may be asked for": (Weight.DANGEROUS, "theirs knows no bounds of pages: what passes one is refused"),
    "more rows may be asked for": (Weight.DANGEROUS, "the same; whoever was answered still is"),
    "a field needs more": (Weight.DANGEROUS, "theirs knows no levels: an argument of a directive changed, whichever"),
    "a field needs less": (Weight.DANGEROUS, "the same; whoever was answered still is"),
    "a field wants one more scope": (Weight.DANGEROUS, "theirs knows no scopes: a client without it is not answered"),
    "a field wants no scope any more": (Weight.DANGEROUS, "the same; whoever was answered still is"),
}
"""Seeds that theirs weighs as given here, and we do not: with the reason."""


@pytest.fixture(scope="module")
def theirs() -> dict[str, list[list[str]]]:
    """By seed, what the inspector finds: criticality, type and path of each change."""
    program = installed(HOME, "weigh.mjs")
    pairs = json.dumps([[SCHEMA, changed(seed)] for seed in SEEDS.values()])
    run = subprocess.run(["node", program], input=pairs, capture_output=True, text=True, check=True)
    return dict(zip(SEEDS, json.loads(run.stdout), strict=True))


@pytest.mark.parametrize("name", SEEDS)
def test_a_change_weighs_the_same_or_there_is_a_reason(name: str, theirs: dict[str, list[list[str]]]) -> None:
    """By the worst that either finds. A difference that is on the list and is none any more is an error too."""
    ours = [one.weight for one in changes(build_schema(SCHEMA), build_schema(changed(SEEDS[name])))]
    worst = min(ours, key=ORDER.index)
    weighed = min((CALLED[level] for level, *_ in theirs[name]), key=ORDER.index)
    expected = OTHERWISE[name][0] if name in OTHERWISE else worst
    assert weighed is expected, theirs[name]
    assert (weighed is not worst) is (name in OTHERWISE)


def test_the_differences_are_about_seeds() -> None:
    assert OTHERWISE.keys() <= SEEDS.keys()
