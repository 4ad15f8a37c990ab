"""Dialects: what an answer must be before anything is read from it, and how we say who we are."""

import base64
import hashlib
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from integrations.dialects.graphql import whole
from integrations.dialects.soap import SOAP, WSSE, WSU, body_of, envelope, username_token
from integrations.http import Response
from integrations.port import Drifted, PlatformTrouble, Refused, ServerFailed
from integrations.xml import parse_xml

SECRET = "张三 11010519491231002X"


def enveloped(content: str, namespace: str = SOAP) -> bytes:
    return f'<e:Envelope xmlns:e="{namespace}"><e:Body>{content}</e:Body></e:Envelope>'.encode()


def fault(code: str) -> bytes:
    return enveloped(f"<e:Fault><faultcode>{code}</faultcode><faultstring>{SECRET}</faultstring></e:Fault>")


SOAP_ANSWERS: list[tuple[bytes, int, type[PlatformTrouble], str]] = [
    (fault("e:Client"), 500, Refused, "SOAP fault Client"),
    (fault("e:Server.Busy"), 500, Refused, "SOAP fault Server"),
    (fault("wsse:FailedAuthentication"), 500, Refused, "SOAP fault FailedAuthentication"),
    (fault("Client"), 200, Refused, "SOAP fault Client"),
    (fault(f"x:{SECRET}"), 500, Refused, "of another class"),
    (fault(""), 500, Refused, "of another class"),
    (enveloped("<e:Fault/>"), 500, Refused, "of another class"),
    (enveloped("<a/>"), 500, ServerFailed, "HTTP 500"),
    (b"<html>busy<br></html>", 500, ServerFailed, "HTTP 500"),
    (b"<html>busy<br></html>", 200, Drifted, "not XML"),
    (b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", 200, Drifted, "not a SOAP 1.1 envelope"),
    (enveloped("<a/>", "http://www.w3.org/2003/05/soap-envelope"), 200, Drifted, "not a SOAP 1.1 envelope"),
    (enveloped("<a/>", "urn:other"), 200, Drifted, "not a SOAP 1.1 envelope"),
    (f'<e:Envelope xmlns:e="{SOAP}"/>'.encode(), 200, Drifted, "not a SOAP 1.1 envelope"),
    (b'<!DOCTYPE a [<!ENTITY e "x">]>' + enveloped("<a>&e;</a>"), 200, Drifted, "document type"),
    (b"", 200, Drifted, "not XML"),
    (b'{"code": "0000"}', 200, Drifted, "not XML"),
]


@pytest.mark.parametrize(("raw", "status", "trouble", "said"), SOAP_ANSWERS)
def test_what_is_no_soap_answer_has_its_name(raw: bytes, status: int, trouble: type[PlatformTrouble], said: str):
    """Faults decline, with a class that is known; anything else drifted. Nothing foreign is repeated."""
    with pytest.raises(trouble) as caught:
        body_of(Response(status, "text/xml", raw))
    assert type(caught.value) is trouble and said in caught.value.detail
    assert not set(SECRET.split()) & set(caught.value.detail.split())


def test_a_soap_answer_is_its_body():
    """Whatever prefix it uses."""
    assert [child.tag for child in body_of(Response(200, None, enveloped("<a/>")))] == ["a"]


def test_a_username_token_is_made_as_the_profile_says():
    """Digest = Base64(SHA-1(nonce + created + password)); nonce and time are those handed in."""
    letter = envelope(Element("a"), username_token("us", "päss", bytes(range(16)), 1_795_000_000_123_456))
    header = parse_xml(letter)[0][0]
    token = header[0]
    said = {child.tag.rpartition("}")[2]: child.text or "" for child in token}
    assert (header.tag, token.tag) == (f"{{{WSSE}}}Security", f"{{{WSSE}}}UsernameToken")
    assert header.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert token.findtext(f"{{{WSU}}}Created") == said["Created"] == "2026-11-18T11:06:40.123Z"
    assert (said["Username"], base64.b64decode(said["Nonce"])) == ("us", bytes(range(16)))
    wanted = hashlib.sha1(bytes(range(16)) + said["Created"].encode() + "päss".encode()).digest()
    assert base64.b64decode(said["Password"]) == wanted
    assert "päss" not in letter.decode()


def test_an_envelope_holds_header_and_body():
    """And no header where none is wanted."""
    full = parse_xml(envelope(Element("a"), Element("h")))
    assert [part.tag for part in full] == [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]
    assert [part.tag for part in parse_xml(envelope(Element("a"), None))] == [f"{{{SOAP}}}Body"]


def error(code: Any = "UPSTREAM") -> dict[str, Any]:
    return {"message": SECRET, "path": ["cases"], "extensions": {"code": code}}


GRAPHQL_ANSWERS: list[tuple[Any, type[PlatformTrouble], str]] = [
    ({"errors": [error("UNAUTHENTICATED")]}, Refused, "GraphQL error UNAUTHENTICATED"),
    ({"data": None, "errors": [error()]}, Refused, "GraphQL error UPSTREAM"),
    ({"data": {"cases": None}, "errors": [error()]}, Drifted, "GraphQL error UPSTREAM beside data"),
    ({"data": {"cases": {"nodes": []}}, "errors": [error()]}, Drifted, "beside data"),
    ({"data": {}, "errors": {"not": "a list"}}, Drifted, "without a code beside data"),
    ({"data": {}, "errors": [SECRET, {"extensions": SECRET}, error(SECRET), error("LATER")]}, Drifted, "LATER"),
    ({"errors": "busy"}, Refused, "without a code"),
    ({"data": None}, Drifted, "without data"),
    ({"data": []}, Drifted, "without data"),
    ({}, Drifted, "without data"),
    ([], Drifted, "not a GraphQL answer"),
    (None, Drifted, "not a GraphQL answer"),
]


@pytest.mark.parametrize(("answer", "trouble", "said"), GRAPHQL_ANSWERS)
def test_a_partial_answer_is_no_answer(answer: Any, trouble: type[PlatformTrouble], said: str):
    """A field that failed would look like a case that is gone. Messages are not repeated, codes in their form are."""
    with pytest.raises(trouble) as caught:
        whole(answer)
    assert type(caught.value) is trouble and said in caught.value.detail
    assert not set(SECRET.split()) & set(caught.value.detail.split())


@pytest.mark.parametrize("answer", [{"data": {"cases": {}}}, {"data": {}, "errors": []}, {"data": {}, "errors": None}])
def test_a_whole_answer_is_taken(answer: Any):
    """No errors, or an empty list of them."""
    assert whole(answer) is answer
