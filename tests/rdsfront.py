"""What stands before a database of RDS, for tests: TLS, and passwords in clear within it, which may be tokens of IAM.

Behind the door is a real server: once somebody is in, bytes pass as they are. A token is checked as AWS describes it (signature,
host, port, user, age); every attempt is kept, so that tests see what was sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_CLEAR = 0x0800
_SECONDS = 900


@dataclass
class Door:
    """Listens on loopback for what goes to `host`:`port`. `passwords` are of users who do not log in by IAM, `later` is how
    much later it is than now."""

    host: str
    port: int
    certificate: Path
    passwords: dict[str, str] = field(default_factory=dict)
    attempts: list[tuple[str, str]] = field(default_factory=list)
    unencrypted: int = 0
    later: dt.timedelta = dt.timedelta()
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def tunnel(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self, enter: Callable[[Door, socket.socket], None]) -> None:
        threading.Thread(target=self._accept, args=(enter,), daemon=True).start()

    def _accept(self, enter: Callable[[Door, socket.socket], None]) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._one, args=(enter, client), daemon=True).start()

    def _one(self, enter: Callable[[Door, socket.socket], None], client: socket.socket) -> None:
        with closing(client), suppress(OSError, EOFError):
            enter(self, client)

    def close(self) -> None:
        self._listener.close()

    def wrapped(self, client: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context.wrap_socket(client, server_side=True)

    def lets_in(self, user: str, password: str) -> bool:
        self.attempts.append((user, password))
        return self.passwords[user] == password if user in self.passwords else self._is_token(user, password)

    def _is_token(self, user: str, token: str) -> bool:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
        parts = urlsplit(f"https://{token}")
        given = dict(parse_qsl(parts.query))
        signature = given.pop("X-Amz-Signature", "")
        day, region, service, end = given.get("X-Amz-Credential", "////").split("/")[1:5]
        made = dt.datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        age = (dt.datetime.now(dt.UTC) + self.later - made).total_seconds()
        query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(given.items()))
        request = "\n".join(["GET", "/", query, f"host:{parts.netloc}", "", "host", hashlib.sha256(b"").hexdigest()])
        scope = f"{day}/{region}/{service}/{end}"
        text = "\n".join(["AWS4-HMAC-SHA256", given["X-Amz-Date"], scope, hashlib.sha256(request.encode()).hexdigest()])
        key = f"AWS4{_KEY}".encode()
        for piece in (day, region, service, end):
            key = hmac.digest(key, piece.encode(), "sha256")
        return (
            hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), signature)
            and (service, end, given["Action"], given["DBUser"]) == ("rds-db", "aws4_request", "connect", user)
            and parts.netloc == f"{self.host}:{self.port}"
            and 0 <= age + 5 < int(given["X-Amz-Expires"]) + 5 == _SECONDS + 5
        )


def certificate(folder: Path, host: str) -> Path:
    """A certificate of its own authority, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "assay tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def postgresql_door(server: str) -> Callable[[Door, socket.socket], None]:
    """Enters the server at a socket of this path, which trusts whoever comes there.

    https://www.postgresql.org/docs/current/protocol-flow.html
    """

    def enter(door: Door, client: socket.socket) -> None:
        while True:
            body = _exactly(client, int.from_bytes(_exactly(client, 4)) - 4)
            code = int.from_bytes(body[:4])
            if code == _GSS_REQUEST:
                client.sendall(b"N")
            elif code == _SSL_REQUEST:
                client.sendall(b"S")
                client = door.wrapped(client)
            else:
                break
        words = body[4:].split(b"\0")
        told = dict(zip(words[::2], words[1::2], strict=False))
        user = told[b"user"].decode()
        if not isinstance(client, ssl.SSLSocket):
            door.unencrypted += 1
            client.sendall(_pg_error("28000", f'no pg_hba.conf entry for user "{user}", no encryption'))
            return
        client.sendall(b"R" + struct.pack(">ii", 8, 3))
        assert _exactly(client, 1) == b"p"
        password = _exactly(client, int.from_bytes(_exactly(client, 4)) - 4).rstrip(b"\0").decode()
        if not door.lets_in(user, password):
            client.sendall(_pg_error("28000", f'PAM authentication failed for user "{user}"'))
            return
        with closing(socket.socket(socket.AF_UNIX)) as inside:
            inside.connect(server)
            told[b"user"] = b"postgres"
            start = b"".join(name + b"\0" + value + b"\0" for name, value in told.items() if name) + b"\0"
            inside.sendall(struct.pack(">ii", len(start) + 8, 196608) + start)
            _relay(client, inside)

    return enter


def _pg_error(state: str, message: str) -> bytes:
    fields = f"SFATAL\0VFATAL\0C{state}\0M{message}\0\0".encode()
    return b"E" + struct.pack(">i", len(fields) + 4) + fields


def mysql_door(connect: Callable[[], Any]) -> Callable[[Door, socket.socket], None]:
    """Enters the server by a connection that is let in already.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
    """

    def enter(door: Door, client: socket.socket) -> None:
        with closing(connect()) as inside:
            salt = b"12345678901234567890"
            able = inside.server_capabilities | _CLEAR
            greeting = b"\x0a" + inside.server_version.encode() + b"\0" + struct.pack("<I", 7) + salt[:8] + b"\0"
            greeting += struct.pack("<HBHHB", able & 0xFFFF, 45, 2, able >> 16 & 0xFFFF, 21) + bytes(10)
            client.sendall(_packet(0, greeting + salt[8:] + b"\0mysql_native_password\0"))
            _, first = _mysql_packet(client)
            if not int.from_bytes(first[:4], "little") & _CLEAR:
                door.unencrypted += 1
                client.sendall(_mysql_error(2, 3159, "Connections using insecure transport are prohibited"))
                return
            client = door.wrapped(client)
            number, body = _mysql_packet(client)
            user, rest = body[32:].split(b"\0", 1)
            client.sendall(_packet(number + 1, b"\xfemysql_clear_password\0\0"))
            number, password = _mysql_packet(client)
            if not door.lets_in(user.decode(), password.rstrip(b"\0").decode()):
                client.sendall(_mysql_error(number + 1, 1045, "Access denied"))
                return
            database = rest[1 + rest[0] :].split(b"\0")[0].decode()
            if database and int.from_bytes(body[:4], "little") & 8:
                inside.select_db(database)
            client.sendall(_packet(number + 1, b"\0\0\0\x02\0\0\0"))
            _relay(client, inside._sock)

    return enter


def _packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def _mysql_packet(client: socket.socket) -> tuple[int, bytes]:
    head = _exactly(client, 4)
    return head[3], _exactly(client, int.from_bytes(head[:3], "little"))


def _mysql_error(number: int, code: int, message: str) -> bytes:
    return _packet(number, b"\xff" + struct.pack("<H", code) + b"#28000" + message.encode())


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Bytes in both directions, until either side ends."""
    other.settimeout(None)
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join(2)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def without_tls() -> Iterator[tuple[int, list[bytes]]]:
    """A server that offers no encryption, for one who comes: its port, and what it hears."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            with client, suppress(OSError):
                heard.append(client.recv(1024))
                client.sendall(b"N")
                heard.append(client.recv(1024))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(5)


def doors(host: str, port: int, folder: Path, enter: Callable[[Door, socket.socket], None]) -> Iterator[Door]:
    """A door that is open, and is closed afterwards."""
    door = Door(host=host, port=port, certificate=certificate(folder, host))
    door.serve(enter)
    yield door
    door.close()
