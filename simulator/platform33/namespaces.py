"""The namespaces of the wire document, and elements in them."""

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
EXCHANGE = "urn:zjzw:exchange:2"
CASES = "urn:zjzw:banjian:2"
LICENCES = "urn:zjzw:zhengzhao:2"
EVENTS = "urn:zjzw:shijian:1"

Prefixes = dict[str | None, str]

FAULT_PREFIXES: Prefixes = {"soapenv": SOAP, "wsse": WSSE, "err": EXCHANGE}
ANSWER_PREFIXES: tuple[Prefixes, ...] = (
    {"soapenv": SOAP, "ns1": EXCHANGE, "ns2": CASES, "ns3": LICENCES},
    {"S": SOAP, None: EXCHANGE, "b": CASES, "z": LICENCES},
    {"SOAP-ENV": SOAP, "b": EXCHANGE, "x": CASES, "s": LICENCES},
)
"""Prefixes differ from answer to answer, and some lead elsewhere than in the wire document: they mean nothing."""


def add(
    parent: etree._Element, namespace: str, name: str, text: str | None = None, **attributes: str | None
) -> etree._Element:
    """A child element; attributes without a value are left out."""
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    child.text = text
    for key, value in attributes.items():
        if value is not None:
            child.set(key, value)
    return child


def add_text(parent: etree._Element, namespace: str, name: str, text: str | None) -> None:
    """A child element with this text, or none if there is none."""
    if text is not None:
        add(parent, namespace, name, text)
