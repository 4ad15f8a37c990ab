"""An authority of the simulator's own, and the certificates of its platforms: good ones, and one that has expired."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated platforms")])
_HERE = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1")))


class Authority:
    """`file`: its own certificate in PEM, which whoever connects must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self.file = folder / "platforms.pem"
        self.file.write_bytes(_pem(self._signed(self._key, timedelta(days=30), is_authority=True)))
        self.context = cache(self._context)

    def _context(self, expired: bool) -> ssl.SSLContext:
        """How a platform takes connections: with a good certificate, or with one that ended yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(key, timedelta(days=-1 if expired else 30))
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"platform-{'expired' if expired else 'good'}.pem"
        file.touch(0o600)
        file.write_bytes(_pem(certificate) + secret)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def _signed(
        self, key: ec.EllipticCurvePrivateKey, valid_for: timedelta, is_authority: bool = False
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        name = _NAME if is_authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(_NAME).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=60)).not_valid_after(now + valid_for)
        made = made.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        return made.add_extension(x509.SubjectAlternativeName(_HERE), critical=False).sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
