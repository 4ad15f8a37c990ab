"""What a description says about the wire: each mistake in it is named with file, line, place and what is expected."""

from pathlib import Path

import pytest

from integrations.description import BadDescription, Description, read_description
from tests.contract.variant_world import VARIANTS, variant

BASIC = 'kind = "basic", username = { setting = "username" }, password = { setting = "password" }'
SIGNED = 'kind = "hmac", secret = { setting = "s" }, signature_header = "X-Sign", parts = ["path"]'
TOKEN = 'kind = "oauth2-client-credentials"'
QUERY = 'query = { limit = "{page.size}", offset = "{page.offset}" }'
LINK = 'next = { link = "next" }'

MISTAKES = [
    ("desk", "kind = \"basic\"", 'kind = "digest"', "connection.authentication: "),
    ("desk", ', password = { setting = "password" }', "", "connection.authentication.password: "),
    ("desk", 'username = { setting = "username" }', 'username = "tong"', "connection.authentication.username: "),
    ("desk", BASIC, SIGNED.replace('["path"]', '["path", "date"]'), "connection.authentication.parts.1: "),
    ("desk", BASIC, SIGNED.replace('["path"]', "[]"), "connection.authentication.parts: "),
    ("desk", BASIC, SIGNED.replace('["path"]', '["time"]'), "connection.authentication: expected time_header"),
    ("desk", BASIC, SIGNED.replace('["path"]', '["nonce"]'), "connection.authentication: expected nonce_header"),
    ("desk", BASIC, SIGNED + ', key_header = "X-Key"', "connection.authentication: expected key and key_header"),
    ("desk", BASIC, SIGNED.replace("X-Sign", "X Sign"), "connection.authentication.signature_header: "),
    ("desk", BASIC, 'kind = "client-certificate", key = { setting = "key" }', "connection.authentication.certificate: "),
    ("bureau", 'client_id = { setting = "client_id" }\n', "", "connection.authentication.client_id: "),
    ("bureau", 'scope = "cases:read"', 'scope = ""', "connection.authentication.scope: "),
    ("bureau", 'audience = "bureau"', 'send = "query"', "connection.authentication.send: "),
    ("bureau", 'media_type = "text/plain"', 'media_type = "text/plain; charset=gbk"', "connection.media_type: "),
    ("desk", "X-Requested-By", "Authorization", "connection.headers.Authorization"),
    ("desk", '"tongban" }', '"a\\nb" }', "connection.headers.X-Requested-By"),
    ("ledger", 'how = "credit-code"', 'how = "credit-code"\ntypes = ["001"]', "person.types: "),
    ("ledger", 'how = "credit-code"', 'how = "face"', "person: "),
    ("hall", 'audience = "https://hall.example.cn"\n', "", "person.audience: "),
    ("hall", '"https://hall.example.cn"', '"the hall"', "person.audience: "),
    ("hall", 'token_address = { setting = "token_address" }\n', "", "person.token_address: "),
    ("hall", '{ setting = "token_address" }', '"https://hall.example.cn/token"', "person.token_address: "),
    ("hall", 'types = ["111", "001"]\n', "", "person.types: "),
    ("hall", 'client_secret = { setting = "client_secret" }\n', "", "person: expected client_id and client_secret"),
    ("hall", 'scope = "cases:read"', 'send = "query"', "person.send: "),
    ("hall", '"X-App"', '"Authorization"', "connection.authentication: expected one that leaves the header Authorization"),
    ("hall", 'how = "assertion"', 'how = "identity-number"', "person.audience: "),
    ("hall", 'how = "assertion"', 'how = "assertion"\nleast_level = 0', "person.least_level: Input should be 1, 2 or 3"),
    ("desk", "[person]", "[person]\nleast_level = 4", "person.least_level: Input should be 1, 2 or 3"),
    ("archive", '/accounts/{account}/requests', '/requests', "operations.cases: expected {account} in the question"),
    ("archive", '/accounts/{account}/', '/{account}/{identity.number}/', "operations.cases: expected {account} and no"),
    ("archive", ', equals = "{account}"', '', "operations.cases.whose.equals: expected {account} and no"),
    ("archive", 'account = "account"\ncases', 'cases', "events.account: expected, by person.how"),
    ("archive", 'how = "linked-account"', 'how = "identity-number"', "operations.cases: expected {identity.number} and no"),
    ("archive", 'id = "id"', 'id = "id"\nidentity_type = "t"', "events.identity_type: expected nothing, by person.how"),
    ("desk", '"{identity.number}@', '"{account}@', "operations.cases.whose.equals: expected {identity.number} and no"),
    ("desk", 'open = true', 'open = 1.5', "operations.cases.query.open: expected a text, a whole number"),
    ("desk", 'open = true', 'open = { a = 1 }', "operations.cases.query.open: expected a text, a whole number"),
    ("desk", '"{identity.type}-', '"{identity.kind}-', "operations.cases.query.kind: expected a constant or one of"),
    ("desk", '"{identity.type}-', '"{page.cursor}-', "operations.cases.query.kind: expected a constant or one of"),
    ("desk", '"{identity.number}@', '"{identity.name}@', "operations.cases.whose.equals: expected a constant or one of"),
    ("desk", 'at = "submitter"', 'at = "sub mitter"', "operations.cases.whose.at: expected JMESPath"),
    ("desk", LINK, 'next = { link = "next", more = "more" }', "operations.cases.next: expected one of"),
    ("desk", LINK, "next = {}", "operations.cases.next: expected one of"),
    ("desk", LINK, f'{LINK}\ntotal = "count"', "operations.cases: expected total or next"),
    ("desk", LINK, 'next = { link = "ne xt" }', "operations.cases.next.link: expected JMESPath"),
    ("desk", LINK, f"{LINK}\nbody = {{ a = 1 }}", "operations.cases.next.link: expected cursor or more"),
    ("desk", LINK, 'next = { more = "next" }', "operations.cases.next.more: expected one of"),
    ("desk", LINK, 'next = { cursor = "next" }', "operations.cases.next.cursor: expected, and {page.cursor}"),
    ("bureau", 'cursor = "{page.cursor}"\n', "", "operations.cases.next.cursor: expected, and {page.cursor}"),
    ("bureau", 'next = { cursor = "body.cursor" }\n', "", "operations.cases.next.cursor: expected, and {page.cursor}"),
    ("bureau", 'number = "{identity.number}"', 'number = ["{identity.number}"]', "operations.cases.body.body: expected"),
    ("ledger", "{identity.number}/licences", "{identity}/licences", "operations.licences.path: expected a constant or"),
    ("ledger", "empty = [404]", "empty = [401]", "operations.licences.empty.0: expected 204, or a status from 400"),
    ("ledger", "empty = [404]", "empty = [500]", "operations.licences.empty.0: expected 204, or a status from 400"),
    ("ledger", "[operations.licences]", "[operations.cases]", "operations.cases: expected [cases] and [operations.cases]"),
    ("ledger", '"epoch-milliseconds"', '"epoch-days"', "times.0: "),
]  # fmt: skip


def changed(folder: Path, code: str, right: str, wrong: str) -> Path:
    text = (VARIANTS / code / "platform.toml").read_text("utf-8")
    assert right in text
    file = folder / code / "platform.toml"
    file.parent.mkdir()
    file.write_text(text.replace(right, wrong), "utf-8")
    return file


@pytest.mark.parametrize(("code", "right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, code: str, right: str, wrong: str, said: str):
    """With a line, and by steps that stand in the file."""
    file = changed(tmp_path, code, right, wrong)
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    named = [error.removeprefix(f"{file}:") for error in caught.value.errors]
    assert any(error.partition(" ")[2].startswith(said) for error in named), named
    assert any(error[0].isdigit() for error in named), named


TAKEN = [
    BASIC,
    f'{TOKEN}, token_address = {{ setting = "t" }}, client_id = {{ setting = "i" }}, client_secret = {{ setting = "s" }}',
    SIGNED.replace("X-Sign", "authorization"),
    SIGNED + ', time_header = "Authorization"',
]


@pytest.mark.parametrize("how", TAKEN)
def test_a_person_s_token_has_its_header_to_itself(tmp_path: Path, how: str):
    """Whatever else would write it."""
    file = changed(tmp_path, "hall", 'kind = "api-key", header = "X-App", secret = { setting = "app_key" }', how)
    with pytest.raises(BadDescription, match=r":16: connection\.authentication: expected one that leaves"):
        read_description(file)


@pytest.mark.parametrize("code", sorted(folder.name for folder in VARIANTS.iterdir()))
def test_the_variants_are_right(code: str):
    """Or what is planted in them would prove nothing."""
    assert isinstance(variant(code), Description)


def test_xml_needs_a_word_or_a_number(tmp_path: Path):
    """A document without rows looks like any other document."""
    text = (Path(__file__).parents[3] / "integrations" / "platforms" / "33" / "platform.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("success", "total"))]
    file = tmp_path / "33" / "platform.toml"
    file.parent.mkdir()
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    assert len(caught.value.errors) == 2
    assert all("total: expected, or success" in error for error in caught.value.errors)
