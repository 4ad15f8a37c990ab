"""SOAP 1.1 over HTTP POST, document style, with a WS-Security UsernameToken where the description asks for one."""

import base64
import hashlib
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from domain.times import Micros, moment
from integrations.dialects.dialect import Ask, Wire
from integrations.form.authentication import UsernameToken
from integrations.form.connection import Connection
from integrations.form.operations import SoapOperation, Values
from integrations.http import Request, Response, raise_for_status, url_of
from integrations.port import Drifted, Refused
from integrations.xml import NotXml, Template, parse_xml

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
NONCE_BYTES = 16

FAULT = 500
"""The status of an answer that is a fault (SOAP 1.1, section 6.2)."""

FAULTS = frozenset(
    {
        "VersionMismatch", "MustUnderstand", "Client", "Server",
        "UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity", "InvalidSecurityToken",
        "FailedAuthentication", "FailedCheck", "SecurityTokenUnavailable",
    }
)  # fmt: skip
"""Fault codes of SOAP 1.1, section 4.4.1, and of WS-Security 1.0, section 12. Others are not repeated: they are foreign."""


def soap(connection: Connection, operation: SoapOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found below soap:Body."""
    template = Template(operation.body, connection.namespaces)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation.action}"'}

    async def ask(values: Values) -> Any:
        letter = envelope(template.fill(values), security(connection, wire))
        response = await wire.call(Request("POST", url_of(wire.address + operation.path), headers, letter), values)
        return body_of(response, connection.media_type)

    return ask


def envelope(content: Element, header: Element | None) -> bytes:
    """A SOAP 1.1 envelope around one element, with one header if there is one. Prefixes stand in names as they are sent."""
    root = Element("soap:Envelope", {"xmlns:soap": SOAP})
    if header is not None:
        SubElement(root, "soap:Header").append(header)
    SubElement(root, "soap:Body").append(content)
    letter: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return letter


def security(connection: Connection, wire: Wire) -> Element | None:
    """The header wsse:Security with a fresh token, or None if we name ourselves otherwise."""
    how = connection.authentication
    if not isinstance(how, UsernameToken):
        return None
    username, password = wire.secrets[how.username.setting], wire.secrets[how.password.setting]
    return username_token(username, password, wire.entropy(NONCE_BYTES), wire.clock())


def username_token(username: str, password: str, nonce: bytes, now: Micros) -> Element:
    """wsse:Security with a UsernameToken (profile 1.0, section 3.1): digest = Base64(SHA-1(nonce + created + password))."""
    created = f"{moment(now):%Y-%m-%dT%H:%M:%S}.{now // 1000 % 1000:03}Z"
    # SHA-1 is what the profile says; it stands here for an HMAC under the password, not for a signature.
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    header = Element("wsse:Security", {"xmlns:wsse": WSSE, "xmlns:wsu": WSU, "soap:mustUnderstand": "1"})
    token = SubElement(header, "wsse:UsernameToken")
    SubElement(token, "wsse:Username").text = username
    SubElement(token, "wsse:Password", Type=DIGEST).text = base64.b64encode(digest).decode()
    SubElement(token, "wsse:Nonce", EncodingType=BASE64).text = base64.b64encode(nonce).decode()
    SubElement(token, "wsu:Created").text = created
    return header


def body_of(response: Response, also: str | None = None) -> Element:
    """soap:Body of an answer. Raises Refused for a fault and for any other status than 200, else Drifted.

    `also`: a media type besides those of XML, and none at all, that an answer may have.
    """
    # A fault comes with status 500.
    if response.status != FAULT:
        raise_for_status(response)
    try:
        root = _root_of(response, also)
    except NotXml as error:
        raise_for_status(response)
        raise Drifted(f"not XML: {error}") from None
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    fault = body.find(f"{{{SOAP}}}Fault") if body is not None else None
    if fault is not None:
        # Whatever its class, and although it comes with status 500: servers say Server of persons they do not know.
        raise Refused(f"SOAP fault {_class_of(fault)}")
    raise_for_status(response)
    if body is None:
        raise Drifted("not a SOAP 1.1 envelope")
    return body


def _root_of(response: Response, also: str | None) -> Element:
    """The document of an answer that says it is XML, and is. Raises NotXml."""
    named = response.media_type
    if named not in (None, also, "text/xml", "application/xml") and not named.endswith("+xml"):
        raise NotXml("by its media type")
    return parse_xml(response.body)


def _class_of(fault: Element) -> str:
    """The known part of a fault's code: `soap:Client.NoSuchPerson` is Client."""
    local = (fault.findtext("faultcode") or "").strip().rpartition(":")[2]
    known = local.partition(".")[0]
    return known if known in FAULTS else "of another class"
