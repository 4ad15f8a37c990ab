"""What schemathesis holds each answer against: SCHEMATHESIS_HOOKS=hooks, and TALLY, the file in which it counts them."""

import atexit
import json
import os
from collections import Counter
from pathlib import Path

import schemathesis
from answers import count, faults
from schemathesis import Case, CheckContext, Response

tallies: dict[str, Counter[str]] = {"positive": Counter(), "negative": Counter()}


@schemathesis.check
def well_answered(context: CheckContext, response: Response, case: Case) -> None:
    """Every answer is one of GraphQL over HTTP, with a published code for each error."""
    codes = case.operation.schema.client_schema.type_map["ErrorCode"].values
    (kind,) = response.headers["content-type"]
    found = list(faults(response.status_code, kind, response.content, codes))
    assert not found, (found, case.body, response.content[:2000])
    count(tallies[case.meta.generation.mode.value], case.body, response.content)


def write() -> None:
    tally = {"valid": tallies["positive"], "invalid": tallies["negative"]}
    Path(os.environ["TALLY"]).write_text(json.dumps(tally), encoding="utf-8")


atexit.register(write)
