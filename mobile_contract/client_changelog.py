"""CHANGELOG.md for client developers: what became different from one baseline to the next, and since the last."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from graphql import GraphQLSchema

from mobile_contract.change import Change, Section
from mobile_contract.compare import changes
from mobile_contract.contract import HOME
from mobile_contract.releases import Release

CHANGELOG: Path = HOME / "CHANGELOG.md"

_HEAD = """# What changed for client developers

Written by `tongban contract write` out of [baselines/](baselines) and [schema.graphql](schema.graphql): do not edit it.
"""


def changelog(schema: GraphQLSchema, baselines: Mapping[str, GraphQLSchema], releases: Sequence[Release]) -> str:
    """The newest first. `baselines`: by number, the oldest first."""
    numbers = sorted(baselines, reverse=True)
    states = [schema, *(baselines[number] for number in numbers)]
    titles = ["Not released yet", *(_title(number, releases) for number in numbers)]
    parts = [_HEAD]
    for title, after, before in zip(titles, states, states[1:], strict=False):
        parts.append("\n".join([f"## {title}", *_sections(changes(before, after))]) + "\n")
    first = f"## {titles[-1]}\n\nThe first.\n" if numbers else "## Not released yet\n\nNo client is registered.\n"
    return "\n".join([*parts, first])


def _title(number: str, releases: Sequence[Release]) -> str:
    """When it began, and with which releases."""
    built = [one for one in releases if one.baseline == number]
    names = ", ".join(sorted(one.name for one in built))
    return f"{number}, {min(one.registered for one in built)} ({names})" if built else number


def _sections(found: Sequence[Change]) -> Iterator[str]:
    if not found:
        yield "\nNothing."
    for section in Section:
        if lines := [_line(one) for one in found if one.section is section]:
            yield "\n".join([f"\n### {section.value}\n", *lines])


def _line(change: Change) -> str:
    about = f" {' '.join(change.about.split())}" if change.about else ""
    return f"- `{change.place}`: {change.what}.{about}".replace("..", ".")
