"""hypothesis-graphql asks what it makes up: python make_up.py URL TOKEN SCHEMA KNOWN COUNT.

KNOWN is JSON, as values.py takes it. So many operations are sent or some more, no two the same: half of them ask for `viewer`,
where most of the schema is, the others for each other field of the root, for several, and for what is not in the schema. Writes a
tally as one line of JSON. Fails with the smallest operation that is answered wrongly.
"""

import json
import sys
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from answers import KIND, LONGEST_S, count, faults
from graphql import GraphQLEnumType, build_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from hypothesis_graphql import Mode, from_schema
from values import scalars

SEED = 20261128
url, token, schema_file, known, wanted = sys.argv[1:]
schema, place = build_schema(Path(schema_file).read_text("utf-8")), urlsplit(url)
codes = schema.type_map["ErrorCode"]
assert isinstance(codes, GraphQLEnumType) and schema.query_type and schema.mutation_type
valid: Counter[str] = Counter()
invalid: Counter[str] = Counter()
asked: set[str] = set()


def ask(query: str) -> tuple[int, str, bytes]:
    """Status, Content-Type and body. Raises OSError where no answer comes."""
    line = HTTPConnection(str(place.hostname), place.port, timeout=LONGEST_S)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": KIND}
    line.request("POST", place.path, json.dumps({"query": query}), headers)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, answer.headers["Content-Type"], body


def make_up(operations: SearchStrategy[str], examples: int, seen: Counter[str]) -> None:
    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(operations)
    def is_answered(query: str) -> None:
        if query in asked:
            return
        status, kind, body = ask(query)
        assert not (found := list(faults(status, kind, body, codes.values))), (found, query, body[:2000])
        count(seen, query, body)
        asked.add(query)

    is_answered()


values = json.loads(known)
roots = [*schema.query_type.fields, *schema.mutation_type.fields]
few = -(-int(wanted) // (2 * len(roots)))
for root in roots:
    made_up = from_schema(schema, fields=[root], custom_scalars=scalars(values, root))
    make_up(made_up, int(wanted) // 2 if root == "viewer" else few, valid)
make_up(from_schema(schema, custom_scalars=scalars(values, None)), few, valid)
make_up(from_schema(schema, custom_scalars=scalars(values, None), mode=Mode.NEGATIVE), int(wanted) // 4, invalid)
sys.stdout.write(json.dumps({"valid": valid, "invalid": invalid}) + "\n")
