"""The gate, rule by rule: each can fail, and each lets pass what no live release uses."""

from collections.abc import Sequence
from datetime import date

import pytest
from graphql import build_schema, parse, validate

from mobile_contract.compare import changes
from mobile_contract.gate import ADVICE, Gate, Verdict
from mobile_contract.limits import MOST_ALIASES
from mobile_contract.manifest import Operation, id_of
from mobile_contract.releases import BadRelease, Release, Retirement
from mobile_contract.terms import Terms
from tests.schema_changes import SCHEMA, SEEDS, SPARE, THING, Seed, changed

TODAY = date(2026, 11, 28)
TERMS = Terms(operation=1_000, caller=1_100, address=300)
USED = "Thing.name: String! became String"
NULLABLE = SEEDS["a field may be null"]


def release(
    *bodies: str,
    client: str = "app",
    baseline: str = "1",
    public: bool = False,
    retirement: Retirement | None = None,
) -> Release:
    operations = tuple(Operation(id_of(body), "Q", "query", body) for body in bodies)
    return Release(client, "1", TODAY, baseline, public, operations, retirement)


def verdict(
    new: str,
    *releases: Release,
    old: Sequence[str] = (SCHEMA,),
    approvals: Sequence[str] = (),
    approved_for: str = "app 1",
    today: date = TODAY,
) -> Verdict:
    baselines = {str(number): build_schema(text) for number, text in enumerate(old, 1)}
    approved = {(one, approved_for) for one in approvals}
    return Gate(build_schema(new), baselines, TERMS).verdict(releases, approved, today)


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_a_change_is_named_and_weighed(seed: Seed) -> None:
    found = {str(one): one.weight for one in changes(build_schema(SCHEMA), build_schema(changed(seed)))}
    assert found[seed.said] is seed.weight


@pytest.mark.parametrize("seed", [one for one in SEEDS.values() if one.noticed != SPARE], ids=str)
def test_a_change_fails_for_who_uses_it(seed: Seed) -> None:
    """And what is said first is what an approval has to name."""
    assert not validate(build_schema(SCHEMA), parse(seed.noticed))
    faults = verdict(changed(seed), release(seed.noticed)).faults
    assert faults == [f"{seed.said}, noticed by app 1 (Q)", ADVICE]
    assert verdict(changed(seed), release(seed.noticed), approvals=[seed.said]).faults == []


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_a_change_passes_for_who_does_not_use_it(seed: Seed) -> None:
    """With a note where it would break somebody."""
    assert not validate(build_schema(SCHEMA), parse(seed.unnoticed))
    found = verdict(changed(seed), release(seed.unnoticed))
    assert found.faults == []
    assert (f"{seed.said}, not used any more" in found.notes) is (seed.weight.name == "BREAKING")


def test_the_seeds_have_every_kind_that_validation_does_not_see() -> None:
    """What these break is valid against the changed schema, so only our own rules find it."""
    unseen = [
        name
        for name, one in SEEDS.items()
        if one.noticed != SPARE and not validate(build_schema(changed(one)), parse(one.noticed))
    ]
    assert len(unseen) > 15


def test_what_no_rule_explains_is_found_by_validation() -> None:
    """Two fields of one name may be merged only while their types are the same: never null is no break elsewhere."""
    body = "query Q { any { ... on Thing { count } ... on Maker { count } } }"
    new = SCHEMA.replace("id: ID! count: Int }", "id: ID! count: Int! }")
    (said, advice) = verdict(new, release(body)).faults
    assert said.startswith("Q: Fields 'count' conflict because they return conflicting types 'Int' and 'Int!'.")
    assert said.endswith(", noticed by app 1 (Q)")
    assert advice == ADVICE


def test_an_approved_break_does_not_hide_another() -> None:
    """Also in the same operation."""
    body = '{ thing(id: "1") { name colour } }'
    new = changed(NULLABLE).replace("  colour: Colour\n", "")
    faults = verdict(new, release(body), approvals=[USED]).faults
    assert faults == ["Thing.colour: removed, noticed by app 1 (Q)", ADVICE]


def test_an_approved_change_of_an_answer_does_not_hide_that_the_operation_is_refused() -> None:
    body = "query Q { any { ... on Thing { count } ... on Maker { count } } }"
    new, said = changed(SEEDS["a number has decimals"]), "Thing.count: Int became Float"
    (conflict, advice) = verdict(new, release(body), approvals=[said]).faults
    assert conflict.startswith("Q: Fields 'count' conflict")
    assert advice == ADVICE


def test_an_operation_that_became_dearer_than_is_answered_fails() -> None:
    body = "query Q($first: Int!) { things(first: $first) { id } }"
    dearer = SCHEMA.replace("assumedSize: 100,", "assumedSize: 400,")
    assert verdict(SCHEMA, release(body)).faults == []
    assert verdict(dearer, release(body)).faults == [
        "Q: It costs up to 1,200; at most 1,000 is answered, noticed by app 1 (Q)",
        "Q: It costs up to 1,200; a caller may spend 1,100 in a minute, noticed by app 1 (Q)",
        ADVICE,
    ]
    assert verdict(dearer, release("{ things(first: 10) { id } }")).faults == []


@pytest.mark.parametrize("public", [True, False])
def test_a_public_operation_that_no_address_can_pay_fails(public: bool) -> None:
    """Without a token an address pays for it, and a dearer one would be refused however long somebody waits."""
    dearer = SCHEMA.replace("spare: Spare\n", "spare: [Spare] @listSize(assumedSize: 150)\n").replace(
        "type Spare {", "type Spare { "
    )
    wanted = release(SPARE, public=public, baseline="2")
    assert verdict(dearer, wanted, old=[SCHEMA, dearer]).faults == (
        [
            "Q: It costs up to 450; without a token an address may spend 300 in a minute, noticed by app 1 (Q)",
            ADVICE,
        ]
        if public
        else []
    )


def test_a_list_that_is_reckoned_longer_by_a_cursor_bounds_nothing() -> None:
    """Only a number of rows, or a list of them, can be more than is answered."""
    reckoned = SCHEMA.replace(
        "either: Either): Thing\n", 'either: Either): Thing @listSize(assumedSize: 5, slicingArguments: ["span"])\n'
    )
    found = verdict(reckoned, release("query Q($span: Span) { within(span: $span) { id } }"))
    assert found == Verdict([], [])


def test_an_approved_price_is_that_of_one_operation() -> None:
    """Of two that became too dear, the one that nobody looked at fails."""
    dearer = SCHEMA.replace("assumedSize: 100,", "assumedSize: 340,")
    both = [Operation(id_of(body), name, "query", body) for name, body in (
        ("Q", "query Q($f: Int!) { things(first: $f) { id } }"), ("R", "query R($f: Int!) { things(first: $f) { name } }"),
    )]  # fmt: skip
    dear = Release("app", "1", TODAY, "1", False, tuple(both))
    approved = "Q: It costs up to 1,020; at most 1,000 is answered"
    assert verdict(dearer, dear, approvals=[approved]).faults == [
        "R: It costs up to 1,020; at most 1,000 is answered, noticed by app 1 (R)",
        ADVICE,
    ]


MANY = SEEDS["fewer rows may be asked for"]


@pytest.mark.parametrize(
    ("body", "fails"),
    [
        ("{ things(first: 100) { id } }", True),
        ("{ things(first: 51) { id } }", True),
        ("{ things(first: 50) { id } }", False),
        ("{ things(first: 101) { id } }", False),
        ("{ things { id } }", False),
        ("query Q($f: Int! = 5) { things(first: $f) { id } }", True),
    ],
)
def test_fewer_rows_fail_for_who_may_ask_for_more(body: str, fails: bool) -> None:
    """What was refused before breaks by nothing."""
    assert bool(verdict(changed(MANY), release(body)).faults) is fails


def test_fewer_rows_than_the_default_fail_for_who_leaves_it_out() -> None:
    few = SCHEMA.replace("assumedSize: 100,", "assumedSize: 10,")
    assert verdict(few, release("{ things { id } }")).faults == [
        "Query.things(first): at most 100 became at most 10, noticed by app 1 (Q)",
        ADVICE,
    ]


def test_a_bound_where_there_was_none_fails_for_who_gives_the_argument() -> None:
    free = SCHEMA.replace(', slicingArguments: ["first"]', "")
    for body, count in (("{ things(first: 3) { id } }", 2), ("{ things { id } }", 0)):
        assert len(verdict(SCHEMA, release(body), old=[free]).faults) == count


def test_all_who_notice_are_named_once() -> None:
    new = changed(NULLABLE)
    assert verdict(new, release(THING, THING), release(THING, client="other")).faults == [
        f"{USED}, noticed by app 1 (Q, Q); other 1 (Q)",
        ADVICE,
    ]


def test_an_approval_counts_for_the_releases_that_it_names() -> None:
    """And those that it does not name are said."""
    new, other = changed(NULLABLE), release(THING, client="other")
    assert verdict(new, release(THING), other, approvals=[USED]).faults == [f"{USED}, noticed by other 1 (Q)", ADVICE]


def test_an_approval_for_a_retired_release_does_not_count_for_a_later_one() -> None:
    """A field goes, comes back, is shipped by somebody else, and goes again."""
    gone, retired = changed(NULLABLE), release(THING, retirement=Retirement(TODAY, 0.0))
    later = release(THING, client="later", baseline="2")
    assert verdict(gone, retired, later, old=[SCHEMA, SCHEMA], approvals=[USED]).faults == [
        f"{USED}, noticed by later 1 (Q)",
        ADVICE,
    ]


def test_each_release_is_held_to_the_schema_that_it_was_built_for() -> None:
    """Who came after a break was built for it; who came before is broken by it still, so its approval stays."""
    old, new = SCHEMA, changed(NULLABLE)
    assert verdict(new, release(THING, baseline="2"), old=[old, new]).faults == []
    assert verdict(new, release(THING, baseline="1"), old=[old, new]).faults == [
        f"{USED}, noticed by app 1 (Q)",
        ADVICE,
    ]
    assert verdict(new, release(THING, baseline="1"), old=[old, new], approvals=[USED]).faults == []


@pytest.mark.parametrize(("day", "fails"), [(date(2026, 11, 29), True), (TODAY, False)])
def test_a_retired_release_counts_until_its_day(day: date, fails: bool) -> None:
    assert bool(verdict(changed(NULLABLE), release(THING, retirement=Retirement(day, 0.0))).faults) is fails


def test_an_approval_of_what_breaks_nobody_is_an_error() -> None:
    stale = f"approvals.toml approves what does not break app 1: {USED}"
    assert verdict(SCHEMA, release(THING), approvals=[USED]).faults == [stale]
    assert verdict(changed(NULLABLE), release(SPARE), approvals=[USED]).faults == [stale]
    assert verdict(SCHEMA, approvals=[EARLY], approved_for="").faults == [
        stale.replace("app 1", "anybody").replace(USED, EARLY)
    ]


def test_no_day_makes_an_approval_wrong() -> None:
    """Nobody need touch a tree because a release was retired or a sunset is over. A note says that the entry may go."""
    note = "approvals.toml approves what breaks no more"
    retired = verdict(changed(NULLABLE), release(THING, retirement=Retirement(TODAY, 0.0)), approvals=[USED])
    assert (retired.faults, f"{note} app 1: {USED}" in retired.notes) == ([], True)
    over = verdict(GONE, old=[OLD], today=date(2027, 1, 31), approvals=[EARLY], approved_for="")
    assert (over.faults, f"{note} anybody: {EARLY}" in over.notes) == ([], True)


def test_a_limit_that_a_shipped_operation_passes_by_now_fails() -> None:
    """Limits were held when it was registered; whoever lowers one later meets who keeps to the old one."""
    aliases = " ".join(f"a{number}: count" for number in range(MOST_ALIASES + 1))
    assert verdict(SCHEMA, release(f'{{ thing(id: "1") {{ {aliases} }} }}')).faults == [
        f"Q: At most {MOST_ALIASES} aliases may stand in a document, noticed by app 1 (Q)",
        ADVICE,
    ]


def test_a_release_without_its_baseline_is_an_error() -> None:
    with pytest.raises(BadRelease, match="app 1 was built for the baseline 7, which is not there"):
        verdict(SCHEMA, release(THING, baseline="7"))


def test_before_the_first_release_everything_passes() -> None:
    assert verdict(SCHEMA, old=[]) == Verdict([], [])


OLD = SCHEMA.replace(
    "  count: Int\n", '  count: Int @deprecated(reason: "Old. Use Thing.tags instead. Sunset 2027-01-31.")\n'
)
GONE = SCHEMA.replace("  count: Int\n", "")
EARLY = "Thing.count: removed before its sunset, 2027-01-31"


@pytest.mark.parametrize(("today", "fails"), [(date(2027, 1, 30), True), (date(2027, 1, 31), False)])
def test_what_is_deprecated_stays_until_its_sunset_even_unused(today: date, fails: bool) -> None:
    """A sunset is a promise to clients that are being built. After it nothing is in the way but a live release."""
    assert verdict(GONE, old=[OLD], today=today).faults == ([EARLY, ADVICE] if fails else [])
    assert verdict(GONE, old=[OLD], today=today, approvals=[EARLY] * fails, approved_for="").faults == []
    used = release('{ thing(id: "1") { count } }')
    assert "Thing.count: removed, noticed by app 1 (Q)" in verdict(GONE, used, old=[OLD], today=today).faults


def test_a_sunset_is_not_brought_forward() -> None:
    """The latest day that any baseline promised counts."""
    sooner = OLD.replace("2027-01-31", "2026-12-01")
    assert verdict(GONE, old=[OLD, sooner], today=date(2026, 12, 2)).faults == [EARLY, ADVICE]


def test_a_sunset_is_not_forgotten_by_a_registration() -> None:
    """Whoever registers between a removal and its check makes the baseline in which the field is gone."""
    assert verdict(GONE, old=[OLD, GONE]).faults == [EARLY, ADVICE]


def test_a_sunset_holds_also_when_the_whole_type_goes() -> None:
    promised = SCHEMA.replace(
        "type Spare { id: ID! }",
        'type Spare { id: ID! old: Int @deprecated(reason: "Old. Use Spare.id instead. Sunset 2027-01-31.") }',
    )
    gone = SCHEMA.replace("type Spare { id: ID! }", "").replace("  spare: Spare\n", "")
    assert "Spare.old: removed before its sunset, 2027-01-31" in verdict(gone, old=[promised]).faults
