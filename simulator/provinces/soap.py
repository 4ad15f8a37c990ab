"""SOAP 1.1 with a WS-Security UsernameToken; a namespace of the platform's own, elements named in its tongue."""

import base64
import hashlib
import hmac
from typing import Any

from aiohttp import web
from lxml import etree

from simulator.provinces.rows import Row, case_row, licence_row
from simulator.provinces.wire import Asked, DeclinedError, Wire, asked, whole

MOST = 100
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
_Element = etree._Element


class FaultError(Exception):
    """What is answered as a SOAP fault: its faultcode and a text."""

    def __init__(self, faultcode: str, text: str) -> None:
        super().__init__(text)
        self.faultcode, self.text = faultcode, text


class Soap(Wire):
    dialect, media = "soap", "text/xml"

    @property
    def namespace(self) -> str:
        return f"urn:gov:{self.code}:exchange"

    def secrets(self, address: str) -> dict[str, str]:
        return {"username": "tongban", "password": f"password-of-{self.code}"}

    def words(self) -> dict[str, str]:
        return {"namespace": self.namespace}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/services/exchange", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, "x": self.namespace})
        body = etree.SubElement(root, f"{{{SOAP}}}Body")
        try:
            self._fill(body, self._question(await request.read()))
        except FaultError as fault:
            told = etree.SubElement(body, f"{{{SOAP}}}Fault")
            etree.SubElement(told, "faultcode").text = fault.faultcode
            etree.SubElement(told, "faultstring").text = fault.text
            return _xml(root, 500)
        return _xml(root)

    def _question(self, raw: bytes) -> _Element:
        """The one element in soap:Body. Raises FaultError."""
        try:
            root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
            (question,) = root.findall(f"{{{SOAP}}}Body/*")
        except (etree.XMLSyntaxError, ValueError):
            raise FaultError("s:Client", "不是SOAP 1.1信封") from None
        if not _is_known(root, self.secrets("")):
            raise FaultError("wsse:FailedAuthentication", "身份认证失败")
        return question

    def _fill(self, body: _Element, question: _Element) -> None:
        noun = question.tag.removeprefix(f"{{{self.namespace}}}")
        if noun not in ("Cases", "Licences"):
            raise FaultError("s:Client", "没有这个操作")
        answer = etree.SubElement(body, self._tag(f"{noun}Response"))
        try:
            asked_for = self._asked(question)
            found, total = self._rows(noun, asked_for)
        except DeclinedError as declined:
            answer.set("code", "1")
            answer.text = str(declined)
            return
        answer.set("code", "0")
        listed = etree.SubElement(answer, self._tag("list"), total=str(total))
        for row in found:
            self._add(etree.SubElement(listed, self._tag("row")), row)

    def _asked(self, question: _Element) -> Asked:
        told = {name: question.findtext(self._tag(name)) for name in ("type", "number", "page", "size")}
        page, size = whole(told["page"], 1), whole(told["size"])
        return asked(told["type"], told["number"], (page - 1) * size, size, MOST)

    def _rows(self, noun: str, question: Asked) -> tuple[list[Row], int]:
        if noun == "Cases":
            cases, total = self.cases(question)
            return [case_row(self.tongue, case) for case in cases], total
        licences, total = self.licences(question)
        return [licence_row(self.tongue, one) for one in licences], total

    def _add(self, parent: _Element, row: Row) -> None:
        for name, value in row.items():
            if isinstance(value, list):
                inside = etree.SubElement(parent, self._tag(name))
                for step in value:
                    self._add(etree.SubElement(inside, self._tag("step")), step)
            elif value is not None:
                etree.SubElement(parent, self._tag(name)).text = str(value)

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"


def _is_known(root: _Element, secrets: dict[str, str]) -> bool:
    """Whether the header has a UsernameToken with the right digest (WS-Security UsernameToken Profile 1.0, section 3.1)."""
    token = root.find(f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    if token is None:
        return False
    said: dict[str, Any] = {
        name: token.findtext(f"{{{WSSE}}}{name}") or "" for name in ("Username", "Password", "Nonce")
    }
    created = token.findtext(f"{{{WSU}}}Created") or ""
    whole = base64.b64decode(said["Nonce"]) + created.encode() + secrets["password"].encode()
    digest = base64.b64encode(hashlib.sha1(whole).digest()).decode()  # noqa: S324  what the profile says
    return said["Username"] == secrets["username"] and hmac.compare_digest(said["Password"].encode(), digest.encode())


def _xml(root: _Element, status: int = 200) -> web.Response:
    return web.Response(body=etree.tostring(root, xml_declaration=True, encoding="UTF-8"), status=status, content_type="text/xml",
                        charset="utf-8")  # fmt: skip
