"""Texts that hold nothing sensitive but look as if they did: two sets of forms, one for each half."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from random import Random

MANY = 25


def _digits(random: Random, number: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(number))


def _letters(random: Random, number: int) -> str:
    return "".join(random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(number))


def _hex(random: Random, number: int) -> str:
    return "".join(random.choice("0123456789abcdef") for _ in range(number))


def _b64(random: Random, number: int) -> str:
    return base64.b64encode(random.randbytes(number)).decode()


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


Form = Callable[[Random], str]
DEV: dict[str, Form] = {
    "order number": lambda r: f"Order no. {_digits(r, 10)} has been dispatched, {r.randint(1, 9)} items.",
    "sku": lambda r: f"SKU: {_letters(r, 3)}-{_digits(r, 5)}-{_letters(r, 2)}  in stock: {r.randint(0, 400)}",
    "version": lambda r: (
        f"Upgraded libfoo from {r.randint(0, 20)}.{r.randint(0, 99)}.{r.randint(0, 99)}.{r.randint(0, 254)} to 4.18.1"
    ),
    "timestamp": lambda r: f"started_at: {r.randint(1_500_000_000, 1_750_000_000)}{_digits(r, 3)}",
    "digest": lambda r: f"sha256:{_hex(r, 64)}  image.tar",
    "commit": lambda r: f"commit {_hex(r, 40)}\nMerge: {_hex(r, 7)} {_hex(r, 7)}\n",
    "coordinates in code": lambda r: (
        f"path.lineTo({r.uniform(0, 900):.4f}, {r.uniform(0, 900):.4f}); // {_digits(r, 4)}"
    ),
    "test card": lambda r: (
        f"Use the test card {r.choice(['4111 1111 1111 1111', '4242424242424242', '5555555555554444'])} in the sandbox."
    ),
    "documentation": lambda r: f"e.g. user{r.randint(1, 9)}@example.com or 192.0.2.{r.randint(1, 254)}",
    "score": lambda r: (
        f"Final score {r.randint(60, 130)}-{r.randint(60, 130)}, half {r.randint(30, 60)}-{r.randint(30, 60)}"
    ),
    "part number": lambda r: (
        f"Replace part {_digits(r, 3)}-{_digits(r, 2)}-{_digits(r, 5)}{_letters(r, 1)} every 20,000 km."
    ),
    "log id": lambda r: f"ERROR [worker-{r.randint(1, 99)}] request_id={_hex(r, 32)} took {r.randint(1, 9000)}ms",
    "uuid": lambda r: f'{{"id": "{_uuid(r)}", "parent": "{_uuid(r)}"}}',
    "invoice": lambda r: (
        f"Invoice INV-{_digits(r, 4)}-{_digits(r, 6)} dated 2024-0{r.randint(1, 9)}-1{r.randint(0, 9)}"
    ),
    "tracking": lambda r: f"Tracking number 1Z{_letters(r, 3)}{_digits(r, 3)}{_digits(r, 10)}",
    "lock file": lambda r: f'"integrity": "sha512-{_b64(r, 64)}"',
    "image": lambda r: f'<img src="data:image/png;base64,iVBORw0KGgo{_b64(r, 120)}">',
    "placeholder": lambda r: (
        f"API_KEY={r.choice(['your-api-key-here', '<API_KEY>', '${API_KEY}', 'xxxxxxxxxxxxxxxx', 'changeme'])}"
    ),
    "css": lambda r: f".icon-{_hex(r, 5)}{{background:#{_hex(r, 6)};width:{r.randint(1, 99)}.{_digits(r, 6)}%}}",
    "measure": lambda r: f"{_digits(r, 3)} {_digits(r, 3)} {_digits(r, 3)} particles per litre",
    "range": lambda r: f"pages {r.randint(100, 999)}-{r.randint(10, 99)}-{r.randint(1000, 9999)} are missing",
    "amount": lambda r: f"Amount due: EUR {r.randint(1, 999)}.{_digits(r, 3)},{_digits(r, 2)}; item {_digits(r, 8)}",
    "session counters": lambda r: f"rx {_digits(r, 11)} tx {_digits(r, 9)} err 0 drop {_digits(r, 4)}",
    "sentence": lambda r: (
        f"The licence permits copying; section {r.randint(1, 20)}({r.choice('abc')}) names {r.randint(2, 40)} conditions."
    ),
}
FINAL: dict[str, Form] = {
    "purchase order": lambda r: f"PO{_digits(r, 8)} / line {r.randint(10, 90)}0 / qty {r.randint(1, 400)}",
    "ean": lambda r: f"barcode {_digits(r, 13)}, shelf life {r.randint(20, 900)} days",
    "asset tag": lambda r: f"Asset {_letters(r, 2)}{_digits(r, 7)} moved to rack {r.randint(1, 44)}",
    "firmware": lambda r: (
        f"fw_version={r.randint(1, 20)}.{r.randint(0, 99)}.{r.randint(0, 255)}.{r.randint(0, 255)} hw_rev=C{r.randint(1, 9)}"
    ),
    "nanoseconds": lambda r: f'"ts": 17{_digits(r, 17)}, "span": {_digits(r, 9)}',
    "etag": lambda r: f'ETag: "{_hex(r, 32)}-{r.randint(2, 40)}"',
    "trace": lambda r: f"traceparent: 00-{_hex(r, 32)}-{_hex(r, 16)}-01",
    "matrix": lambda r: (
        f"[[{r.uniform(-1, 1):.8f}, {r.uniform(-1, 1):.8f}], [{r.uniform(-90, 90):.6f}, {r.uniform(-180, 180):.6f}]]"
    ),
    "sandbox card": lambda r: (
        f"card_number: {r.choice(['378282246310005', '6011111111111117', '4000056655665556'])} # sandbox only"
    ),
    "manual": lambda r: f"ssh admin@host{r.randint(1, 9)}.example.org -p {r.randint(1024, 9999)}",
    "sets": lambda r: (
        f"won {r.randint(6, 7)}-{r.randint(0, 4)}, {r.randint(3, 7)}-{r.randint(3, 7)}, 7-6({r.randint(0, 9)})"
    ),
    "drawing": lambda r: (
        f"Drawing {_digits(r, 2)}.{_digits(r, 3)}.{_digits(r, 3)}-{_digits(r, 1)} rev {_letters(r, 1)}"
    ),
    "span id": lambda r: f"level=warn span={_hex(r, 16)} shard={r.randint(0, 512)} lag={_digits(r, 8)}",
    "guid": lambda r: f"<ProjectGuid>{{{_uuid(r).upper()}}}</ProjectGuid>",
    "ticket": lambda r: f"Incident INC{_digits(r, 7)} linked to CHG{_digits(r, 7)} by change board",
    "container": lambda r: f"container {_letters(r, 3)}U {_digits(r, 7)} left berth {r.randint(1, 30)}",
    "go.sum": lambda r: f"golang.org/x/net v0.{r.randint(1, 60)}.0 h1:{_b64(r, 32)}",
    "font": lambda r: f"src:url(data:font/woff2;base64,d09GMgABAAAAA{_b64(r, 150)})",
    "template": lambda r: (
        f"password: {r.choice(['{{ vault_password }}', '********', '<secret>', 'os.environ[PW]', '%(password)s'])}"
    ),
    "source map": lambda r: f'"mappings":"AAAA,{",".join(_letters(r, 4) for _ in range(20))};"',
    "sensor": lambda r: (
        f"{_digits(r, 4)} {_digits(r, 4)} {_digits(r, 4)} {_digits(r, 4)} raw counts, channel {r.randint(0, 7)}"
    ),
    "statute": lambda r: (
        f"42 U.S.C. {r.randint(1000, 9999)}-{r.randint(1, 9)}; 17 C.F.R. {r.randint(100, 299)}.{r.randint(10, 99)}"
    ),
    "budget": lambda r: f"{r.randint(1, 99)} {_digits(r, 3)} {_digits(r, 3)} kr, account group {_digits(r, 4)}",
    "checksum file": lambda r: (
        f"{hashlib.md5(r.randbytes(4)).hexdigest()}  usr/lib/libx{r.randint(1, 9)}.so.{r.randint(1, 9)}"
    ),
    "prose": lambda r: (
        f"In {r.randint(1700, 1999)} the society had {_digits(r, 4)} members in {r.randint(10, 90)} towns."
    ),
}


def negatives(half: str, random: Random) -> list[tuple[str, str]]:
    """`(kind, text)`, `MANY` of each form."""
    forms = DEV if half == "dev" else FINAL
    return [(kind, form(random)) for kind, form in forms.items() for _ in range(MANY)]
