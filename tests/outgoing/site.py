"""Site: a web server on loopback that answers what a test wants, in the manners of good and bad ones."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import takewhile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gevent.server import StreamServer
from gevent.socket import socket


class Site:
    """``answers`` maps paths to whole HTTP answers; ``asked`` holds the requests that came, oldest first."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.names: list[str | None] = []
        listener, serve = ("127.0.0.1", 0), self._serve
        context = self._context(certificate) if certificate else None
        self._server = StreamServer(listener, serve, ssl_context=context) if context else StreamServer(listener, serve)
        self._server.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port or 0)

    def url(self, path: str = "/", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def redirects(self, path: str, to: str) -> None:
        self.answers[path] = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()

    def shows(self, path: str, content: bytes, *headers: str) -> None:
        lines = "".join(f"{header}\r\n" for header in (f"Content-Length: {len(content)}", *headers))
        self.answers[path] = f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + content

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _serve(self, connection: socket, _address: object) -> None:
        with connection, connection.makefile("rb") as requests:
            lines = list(takewhile(lambda line: line not in {b"", b"\r\n"}, requests))
            if lines:
                self.asked.append(b"".join(lines).decode("latin-1"))
                self._answer(connection, lines[0].decode("latin-1").split(" ")[1])

    def _answer(self, connection: socket, path: str) -> None:
        try:
            if path == "/endless":
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b"x" * 65536)
            if path == "/hangs":
                connection.recv(1)
            connection.sendall(self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        except OSError:
            return

    def _context(self, certificate: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        return context


@contextmanager
def site(certificate: Path | None = None) -> Iterator[Site]:
    opened = Site(certificate)
    try:
        yield opened
    finally:
        opened.stop()


def certificate_for(folder: Path, name: str) -> Path:
    """A key and its certificate for ``name``, vouched for by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(secret + made.public_bytes(pem))
    return path


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
