"""The description of a generated platform: what an operator would write after reading its wire document."""

import json
from pathlib import Path
from string import Template

from simulator.provinces.divisions import Division
from simulator.provinces.tongue import FIELDS, STATES, WORDS, Tongue
from simulator.provinces.wire import Wire

_HOME = Path(__file__).parent / "descriptions"
_PARTS = {
    "rest": ("head", "rest", "facts", "steps", "licences"), "soap": ("head", "soap", "facts", "steps", "licences"),
    "graphql": ("head", "graphql", "facts", "steps", "licences"), "native": ("head", "native"),
    "exchange-tables": ("head", "exchange-tables", "facts", "tables", "licences"),
}  # fmt: skip
"""The files that a description is put together from, by dialect."""


def description(division: Division, wire: Wire) -> str:
    """The text of its platform.toml."""
    dialect = wire.dialect
    xml, native = dialect == "soap", dialect == "native"
    said = {
        **vars(division), "division": division.division, "dialect": dialect, "page_size": str(wire.tongue.page_size),
        "times": "" if native else f'offset = "+08:00"\ntimes = {json.dumps(wire.tongue.forms)}',
        "p": "x:" if xml else "", "step_rows": "/x:step" if xml else "", **_vocabulary(wire.tongue), **wire.words(),
    }  # fmt: skip
    return "".join(Template((_HOME / f"{part}.toml").read_text("utf-8")).substitute(said) for part in _PARTS[dialect])


def _vocabulary(tongue: Tongue) -> dict[str, str]:
    words = {f"w_{word}": tongue.word(word) for word in WORDS} | {f"s_{one}": tongue.state(one) for one in STATES}
    return {field: tongue.name(field) for field in FIELDS} | words
