"""SOAP 1.1 envelopes: reading one strictly, and writing one."""

from lxml import etree

from simulator.platform33.namespaces import EXCHANGE, SOAP, WSSE, Prefixes, add

_Element = etree._Element


class FaultError(Exception):
    """What is answered as a SOAP fault: its faultcode (with the wire document's prefixes), its own code and a text."""

    def __init__(self, faultcode: str, dm: str, text: str) -> None:
        super().__init__(text)
        self.faultcode, self.dm, self.text = faultcode, dm, text


def malformed(text: str) -> FaultError:
    """The fault for what is no well-formed question."""
    return FaultError("soap:Client", "F2001", text)


def read_envelope(raw: bytes) -> tuple[_Element | None, _Element]:
    """The Header, if there is one, and the Body. Raises FaultError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        raise malformed("不是格式良好的XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise malformed("不接受DOCTYPE")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise FaultError("soap:VersionMismatch", "F2000", "不是SOAP 1.1信封")
    parts = list(root)
    header = parts.pop(0) if parts and parts[0].tag == f"{{{SOAP}}}Header" else None
    if [part.tag for part in parts] != [f"{{{SOAP}}}Body"]:
        raise malformed("信封中应只有一个Body")
    return header, parts[0]


def only_child(parent: _Element, namespace: str, name: str) -> _Element:
    """The one child of this name. Raises ValueError if there is none or another."""
    (child,) = parent.findall(f"{{{namespace}}}{name}")
    return child


def new_envelope(prefixes: Prefixes) -> tuple[_Element, _Element]:
    """An empty envelope and its Body."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=prefixes)  # type: ignore[arg-type]  # None is the default namespace, whatever the stubs say
    return root, add(root, SOAP, "Body")


def fault_envelope(prefixes: Prefixes, fault: FaultError) -> _Element:
    """An envelope around a fault; its faultcode is a QName in the prefixes of this very envelope.

    The prefixes must not include a default namespace, since the children of a fault are in none.
    """
    root, body = new_envelope(prefixes)
    told = add(body, SOAP, "Fault")
    for name, text in (("faultcode", _named(prefixes, fault.faultcode)), ("faultstring", fault.text)):
        etree.SubElement(told, name).text = text
    add(etree.SubElement(told, "detail"), EXCHANGE, "cuowu", fault.text, dm=fault.dm)
    return root


def _named(prefixes: Prefixes, faultcode: str) -> str:
    prefix, _, name = faultcode.partition(":")
    wanted = {"soap": SOAP, "wsse": WSSE}[prefix]
    return f"{next(known for known, namespace in prefixes.items() if namespace == wanted)}:{name}"
