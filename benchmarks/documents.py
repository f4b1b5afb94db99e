"""What the corpora are made of: each function yields documents (path, pieces) with values planted at a known rate."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import clean, values
from benchmarks.filler import LANGUAGES, Filler

MIB = 1 << 20
SPARSE_EVERY = 32 * 1024
HUGE_EVERY = 16 * 1024
_DOC_SUFFIXES = frozenset(
    {"", ".txt", ".md", ".rst", ".html", ".htm", ".css", ".js", ".py", ".c", ".h", ".xml", ".json"}
)
_MACHINE_FILE_MAX = 4 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A line that carries a value."""

    identifier: str
    before: str
    value: str
    after: str


Piece = str | bytes | Planted
Document = tuple[str, Iterable[Piece]]

_SOURCE_CARRIERS = {
    "EMAIL": "{c} contact {}",
    "SSN": "{c} ssn {}",
    "CREDIT_CARD": "{c} card number {}",
    "PHONE": "{c} call {}",
    "IBAN": '{c} iban "{}"',
    "IP_ADDRESS": "{c} host {}",
    "GITHUB_TOKEN": '{c} token = "{}"',
    "AWS_ACCESS_KEY": '{c} aws_access_key_id = "{}"',
}
_LOG_CARRIERS = {
    "EMAIL": "2025-07-09T10:11:12.131Z WARN  [mailer-3] delivery deferred for {} attempt=2",
    "SSN": "2025-07-09T10:11:12.131Z DEBUG [import-1] row refused ssn={} reason=duplicate",
    "CREDIT_CARD": "2025-07-09T10:11:12.131Z ERROR [checkout-7] declined card={} code=51",
    "PHONE": "2025-07-09T10:11:12.131Z INFO  [sms-2] sent to phone={} parts=1",
    "IBAN": "2025-07-09T10:11:12.131Z INFO  [payout-4] iban={} queued",
    "IP_ADDRESS": "2025-07-09T10:11:12.131Z INFO  [edge-9] connect from {} port=443",
    "GITHUB_TOKEN": "2025-07-09T10:11:12.131Z DEBUG [ci-5] cloning with token {} depth=1",
    "AWS_ACCESS_KEY": "2025-07-09T10:11:12.131Z DEBUG [s3-6] signing as {} region=eu-west-1",
}
_PROSE_CARRIERS = {
    "EMAIL": "Please write to {} before the end of the week.",
    "SSN": "Her social security number is {} according to the form.",
    "CREDIT_CARD": "The visit was paid with the credit card {} at the desk.",
    "PHONE": "For questions, phone {} in the morning.",
    "IBAN": "Transfer the rest to IBAN {} please.",
    "IP_ADDRESS": "The old printer answers at the IP address {} only.",
    "GITHUB_TOKEN": "The token was {} until it was rotated.",
    "AWS_ACCESS_KEY": "He pasted the access key {} into the ticket.",
}


def sparse(rng: Random, size: int) -> Iterator[Document]:
    """Source files of 1 to 60 KB, logs of half a megabyte, prose of 20 to 200 KB: 40, 30 and 30 % of the bytes."""
    filler = Filler(rng)
    made = {"source": 0, "log": 0, "prose": 0}
    quota = {"source": size * 4 // 10, "log": size * 3 // 10, "prose": size * 3 // 10}
    number = 0
    while any(made[kind] < quota[kind] for kind in made):
        kind = min(made, key=lambda item: made[item] / quota[item])
        left = quota[kind] - made[kind]
        number += 1
        folder = f"{kind}/{number % 40:02d}"
        if kind == "source":
            length = min(left, int(rng.lognormvariate(9.2, 0.9)) + 500)
            language = LANGUAGES[number % len(LANGUAGES)]
            yield f"{folder}/{filler.word()}_{number}.{language}", _source(filler, rng, language, length)
        elif kind == "log":
            length = min(left, MIB // 2)
            yield f"{folder}/{filler.word()}-{number}.log", plant(filler.log(length), rng, _LOG_CARRIERS, SPARSE_EVERY)
        else:
            length = min(left, rng.randrange(20_000, 200_000))
            yield (
                f"{folder}/{filler.word()}-{number}.txt",
                plant(filler.prose(length), rng, _PROSE_CARRIERS, SPARSE_EVERY),
            )
        made[kind] += max(length, 1)


def many_files(rng: Random, count: int) -> Iterator[Document]:
    """`count` source files of about 3 KB each, twenty-five to a folder."""
    filler = Filler(rng)
    folder = ""
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        length = min(60_000, int(rng.lognormvariate(7.7, 0.8)) + 80)
        if number % 25 == 0:
            folder = f"{filler.word()}{number // 1_000}/{filler.word()}_{number // 25 % 40:02d}"
        yield f"{folder}/{filler.word()}_{number}.{language}", _source(filler, rng, language, length)


def dense(rng: Random, size: int) -> Iterator[Document]:
    """CSV files of 8 MiB with a header and six values in a row of about 240 bytes."""
    for part in range(max(1, size // (8 * MIB))):
        yield f"customers-{part:03d}.csv", _dense_rows(Filler(rng), rng, min(size, 8 * MIB))


def huge_csv(rng: Random, size: int) -> Iterator[Document]:
    """One CSV of `size` bytes with a header."""
    header = "number,article,quantity,price,place,remark\n"
    yield "stock.csv", _huge(Filler(rng).rows, header, rng, size, _csv_carrier)


def huge_text(rng: Random, size: int) -> Iterator[Document]:
    """One text of `size` bytes; a line that is a tenth of it lies in its middle."""
    yield "journal.txt", _huge_with_line(Filler(rng).prose, rng, size)


def machine(rng: Random, size: int) -> Iterator[Document]:
    """Text of this machine, copied: Python's standard library and `/usr/share/doc`, half each. Nothing is planted."""
    del rng
    library = Path(sysconfig.get_path("stdlib"))
    for label, root, suffixes in (
        ("python", library, frozenset({".py"})),
        ("doc", Path("/usr/share/doc"), _DOC_SUFFIXES),
    ):
        left = size // 2
        for path in sorted(root.rglob("*")):
            if path.suffix not in suffixes or "site-packages" in path.parts or path.is_symlink() or not path.is_file():
                continue
            if left <= 0:
                break
            data = path.read_bytes()
            if not data or b"\0" in data[:4096] or len(data) > _MACHINE_FILE_MAX:
                continue
            left -= len(data)
            yield f"{label}/{path.relative_to(root)}", [data]


def clean_ids(rng: Random, size: int) -> Iterator[Document]:
    """Lists of UUIDs and of MD5, SHA-1 and SHA-256 digests, bare, as a CSV and as JSON."""
    yield from clean.identifier_lists(rng, size)


def clean_logs(rng: Random, size: int) -> Iterator[Document]:
    """Logs in five forms: application, web server with private addresses, syslog, JSON lines with epochs, metrics."""
    yield from clean.logs(rng, size)


def clean_web(rng: Random, size: int) -> Iterator[Document]:
    """Minified CSS and JavaScript on lines of hundreds of kilobytes, with data URIs and source maps."""
    yield from clean.web(rng, size)


def clean_locks(rng: Random, size: int) -> Iterator[Document]:
    """Lock files of npm, yarn, Poetry, Cargo and Go."""
    yield from clean.locks(rng, size)


def plant(lines: Iterable[str], rng: Random, carriers: dict[str, str], every: int) -> Iterator[Piece]:
    """The lines with a carrier line between them every `every` characters on average."""
    names = tuple(carriers)
    until = rng.expovariate(1 / every)
    for line in lines:
        yield line
        until -= len(line)
        if until < 0:
            until = rng.expovariate(1 / every)
            identifier = rng.choice(names)
            before, _, after = carriers[identifier].partition("{}")
            yield Planted(
                identifier=identifier, before=before, value=values.MAKERS[identifier](rng), after=after + "\n"
            )


def _source(filler: Filler, rng: Random, language: str, size: int) -> Iterator[Piece]:
    comment = {"js": "//", "java": "//", "go": "//"}.get(language, "#")
    carriers = {name: text.replace("{c}", comment) for name, text in _SOURCE_CARRIERS.items()}
    return plant(filler.source(language, size), rng, carriers, SPARSE_EVERY)


def _dense_rows(filler: Filler, rng: Random, size: int) -> Iterator[Piece]:
    yield "id,email,ssn,product,card_number,status,phone,iban,updated_at,ip_address,note\n"
    made, number = 0, rng.randrange(1_000_000)
    while made < size:
        number += 1
        cells = (
            ("EMAIL", f"{number},", ","),
            ("SSN", "", f",{filler.word()} {filler.word()},"),
            ("CREDIT_CARD", "", f",{rng.choice(('active', 'paused', 'closed'))},"),
            ("PHONE", "", ","),
            ("IBAN", "", f",2025-0{rng.randrange(1, 10)}-1{rng.randrange(10)},"),
            ("IP_ADDRESS", "", f",{filler.remark()} {filler.remark()}\n"),
        )
        for identifier, before, after in cells:
            value = values.MAKERS[identifier](rng)
            made += len(before) + len(value) + len(after)
            yield Planted(identifier=identifier, before=before, value=value, after=after)


def _huge(
    lines: Callable[[int], Iterator[str]], header: str, rng: Random, size: int, carrier: Callable[[Random], Planted]
) -> Iterator[Piece]:
    """Blocks of harmless lines, drawn again and again with their digits exchanged, each followed by a value."""
    blocks = ["".join(lines(HUGE_EVERY)).encode() for _ in range(256)]
    yield header
    made = len(header)
    while made < size:
        block = rng.choice(blocks).translate(_exchange(rng))
        planted = carrier(rng)
        made += len(block) + len(planted.before) + len(planted.value) + len(planted.after)
        yield block
        yield planted


def _huge_with_line(lines: Callable[[int], Iterator[str]], rng: Random, size: int) -> Iterator[Piece]:
    around = size * 9 // 20
    yield from _huge(lines, "", rng, around, _prose_carrier)
    for piece in _huge(lines, "", rng, size // 10, _prose_carrier):
        if isinstance(piece, bytes):
            yield piece.replace(b"\n", b" ")
        elif isinstance(piece, Planted):
            yield Planted(identifier=piece.identifier, before=piece.before, value=piece.value, after=" then. ")
    yield "\n"
    yield from _huge(lines, "", rng, around, _prose_carrier)


def _csv_carrier(rng: Random) -> Planted:
    return Planted(
        identifier="EMAIL",
        before=f"{rng.randrange(1_000_000)},valve-table,{rng.randrange(900)},12.50,north hall,",
        value=values.email(rng),
        after="\n",
    )


def _prose_carrier(rng: Random) -> Planted:
    identifier = rng.choice(tuple(_PROSE_CARRIERS))
    before, _, after = _PROSE_CARRIERS[identifier].partition("{}")
    return Planted(identifier=identifier, before=before, value=values.MAKERS[identifier](rng), after=after + "\n")


def _exchange(rng: Random) -> bytes:
    """A table for `bytes.translate` that permutes the digits."""
    digits = bytearray(b"0123456789")
    rng.shuffle(digits)
    return bytes.maketrans(b"0123456789", bytes(digits))
