"""Names and addresses in running text, told by the model alone, by assay's patterns, and by `assay scan --prose`.

    python -m benchmarks.prose --templates WHEEL [--half dev|final] [--misses FILE]
    python -m benchmarks.prose --real FOLDER… [--half dev|final]
    python -m benchmarks.prose --fresh FOLDER… [--half dev|final] [--languages de fr …]
    python -m benchmarks.prose --addresses FOLDER
    python -m benchmarks.prose --speed FILE_OR_FOLDER…

WHEEL is that of `presidio-evaluator` (`pip download --no-deps presidio-evaluator==0.3.2`): its sentences with gaps, and the
persons that fill them, both made by others; a template is of the development half or of the final one by its number.
`--real` reads paragraphs of real text, of which `prose_labels.jsonl` has the labels and no text: they are found again by
their digests in FOLDER, where Debian's packages fortunes, fortunes-de, fortunes-es, fortunes-it, jargon-text, anarchism
and debian-faq were unpacked (`apt-get download`, `dpkg-deb -x`), in /usr/share/doc and in installed Python packages. The
labels of the final half were made before anything was run on it. `--fresh` reads those of `prose_labels_fresh.jsonl` in
the same way, of which organisations and places have labels, too: paragraphs of the packages debian-handbook,
developers-reference, dict-foldoc (development) and debian-history, dict-devil (final) in English, and of debian-handbook,
debian-history, fortunes-de, -es, -it, -br, manpages-fr and manpages-nl in six other languages (`--languages`). `--addresses` has
Faker, installed in FOLDER (`pip install --target FOLDER faker`), make addresses for eleven countries. `--speed` reads whole documents, packed with gzip or not.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import html
import importlib
import io
import json
import random
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.prose import Prose
from assay.detect.prose.tagger import Tagger
from assay.detect.redact import Fingerprinter
from assay.formats.structure import PlainText, Window

PERSON, ADDRESS, ORGANISATION, LOCATION = KINDS = ("PERSON_NAME", "ADDRESS", "ORGANISATION", "LOCATION")
FREE = "?"
_LABELS = Path(__file__).with_name("prose_labels.jsonl")
_FRESH = Path(__file__).with_name("prose_labels_fresh.jsonl")
_IN_MANUALS = re.compile(r"\n\.(?:PP|P|SH|TP|sp|br|br\n)[^\n]*\n")
_GAP = re.compile(r"\{\{(\w+)\}\}")
_ROUNDS = 6
_NAMES = {"person", "name", "name_male", "name_female"}
_FIRST = {"first_name", "first_name_male", "first_name_female", "first_name_nonbinary"}
_LAST = {"last_name", "last_name_male", "last_name_female"}
_PLACES = {
    "building_number",
    "street_name",
    "secondary_address",
    "city",
    "postcode",
    "zipcode",
    "state_abbr",
    "country",
}
_BESIDE = re.compile(r"[\s,>?]*")

_ENGLISH = (
    "Please send the replacement to {} before the end of the month.",
    "The tenant moved out of {} in spring, and nobody has lived there since.",
    "Our records show that the account holder resides at {}.",
)
_FRAMES = {
    "en_US": _ENGLISH,
    "en_GB": _ENGLISH,
    "en_AU": _ENGLISH,
    "en_CA": _ENGLISH,
    "de_DE": ("Bitte senden Sie den Vertrag an {} zurück.", "Die Mieterin wohnt seit Mai in der {}."),
    "de_AT": ("Bitte senden Sie den Vertrag an {} zurück.", "Die Mieterin wohnt seit Mai in der {}."),
    "fr_FR": ("Merci d'envoyer le contrat au {} avant la fin du mois.", "La locataire habite depuis mai au {}."),
    "es_ES": ("Envíe el contrato a {} antes de fin de mes.", "La inquilina vive desde mayo en {}."),
    "it_IT": ("Si prega di inviare il contratto a {} entro la fine del mese.", "L'inquilina abita da maggio in {}."),
    "pt_PT": ("Envie o contrato para {} antes do fim do mês.", "A inquilina mora desde maio em {}."),
    "nl_NL": ("Stuur het contract naar {} vóór het einde van de maand.", "De huurster woont sinds mei op {}."),
}
_EACH = 12

Spans = list[tuple[int, int, str]]


class Text(NamedTuple):
    """A text and what is in it. To find what is `FREE` is neither right nor wrong, nor is a part of an address for one."""

    text: str
    spans: Spans


def templates(wheel: Path, half: str, seed: int = 7) -> Iterator[Text]:
    """The texts of one half, each template filled several times."""
    folder = "presidio_evaluator/data_generator/raw_data"
    with zipfile.ZipFile(wheel) as files:
        lines = files.read(f"{folder}/templates.txt").decode("utf-8", "replace").splitlines()
        people = list(
            csv.DictReader(io.StringIO(files.read(f"{folder}/FakeNameGenerator.com_3000.csv").decode("utf-8-sig")))
        )
        firms = [
            row[0]
            for row in csv.reader(
                io.StringIO(files.read(f"{folder}/companies_and_organizations.csv").decode("utf-8", "replace"))
            )
            if row
        ][1:]
    draw = random.Random(seed)  # a repeatable draw, no secret
    for number, line in enumerate(lines):
        if (number % 2 == 0) is (half == "dev"):
            for _ in range(_ROUNDS):
                yield _filled(line.replace("\\n", "\n").replace("\\,", ","), people, firms, draw)


def _filled(line: str, people: Sequence[dict[str, str]], firms: Sequence[str], draw: random.Random) -> Text:
    person = draw.choice(people)
    parts: list[str] = []
    spans: Spans = []
    at = length = 0
    for gap in _GAP.finditer(line):
        before = line[at : gap.start()]
        value, kind = _value(gap.group(1), person, draw.choice(people), firms, draw)
        parts += [before, value]
        length += len(before)
        spans.append((length, length + len(value), kind))
        length += len(value)
        at = gap.end()
    parts.append(line[at:])
    text = "".join(parts)
    return Text(text, _merged(text, spans))


def _value(
    gap: str, one: dict[str, str], other: dict[str, str], firms: Sequence[str], draw: random.Random
) -> tuple[str, str]:
    if gap in _NAMES:
        return f"{other['GivenName']} {other['Surname']}", PERSON
    if gap in _FIRST:
        return other["GivenName"], PERSON
    if gap in _LAST:
        return other["Surname"], PERSON
    if gap == "address":
        return f"{one['StreetAddress']}, {one['City']}, {one['State']} {one['ZipCode']}".replace("  ", " "), ADDRESS
    if gap == "organization":
        return draw.choice(firms), "ORGANISATION"
    number, _, street = one["StreetAddress"].partition(" ")
    known = {
        "street_name": street if number.isdigit() else one["StreetAddress"].rpartition(" ")[0] or one["City"],
        "building_number": number if number.isdigit() else str(draw.randint(1, 400)),
        "secondary_address": f"Apt. {draw.randint(1, 400)}",
        "city": one["City"],
        "state_abbr": one["State"],
        "postcode": one["ZipCode"],
        "zipcode": one["ZipCode"],
        "country": one["CountryFull"],
        "job": one["Occupation"].lower(),
        "email": one["EmailAddress"],
        "url": one["Domain"],
        "phone_number": one["TelephoneNumber"],
        "credit_card_number": "4111111111111111",
        "age": one["Age"],
        "year": str(draw.randint(1950, 2020)),
        "prefix_male": "Mr.",
        "prefix_female": "Mrs.",
        "prefix": "Dr.",
    }
    kind = f"part:{gap}" if gap in _PLACES else ""
    return known.get(gap, one["CountryFull"] if "nation" in gap else str(draw.randint(10, 99))), kind


def _merged(text: str, spans: Spans) -> Spans:
    """Parts that stand together are one: a first and a last name, a street and its town. A town alone is no address."""
    groups: list[tuple[int, int, list[str]]] = []
    for start, end, kind in spans:
        if (
            groups
            and groups[-1][2][0].split(":")[0] == kind.split(":")[0]
            and kind
            and _BESIDE.fullmatch(text, groups[-1][1], start)
        ):
            same_line = "\n" not in text[groups[-1][1] : start]
            if kind != PERSON or (same_line and "," not in text[groups[-1][1] : start]):
                groups[-1] = (groups[-1][0], end, [*groups[-1][2], kind])
                continue
        groups.append((start, end, [kind]))
    found = []
    for start, end, kinds in groups:
        kind = kinds[0]
        if kind.startswith("part:"):
            kind = ADDRESS if {"part:building_number", "part:street_name"} <= set(kinds) else "part:"
        found.append((start, end, kind))
    return found


def made_addresses(folder: Path, seed: int = 11) -> Iterator[Text]:
    """Addresses that Faker makes for eleven countries, in sentences of ours, on one line and over several."""
    sys.path.insert(0, str(folder))
    faker = importlib.import_module("faker")
    for locale, frames in _FRAMES.items():
        make = faker.Faker(locale)
        make.seed_instance(seed)
        for number in range(_EACH):
            lines = [line.strip() for line in make.address().splitlines() if line.strip()]
            address = ("\n" if number % 2 else ", ").join(lines)
            before, after = frames[number // 2 % len(frames)].split("{}")
            yield Text(f"{before}{address}{after}", [(len(before), len(before) + len(address), ADDRESS)])


def real(folders: Sequence[Path], half: str, labels: Path = _LABELS, languages: Sequence[str] = ()) -> Iterator[Text]:
    """The labelled paragraphs of one half that are found below the folders, in the order of the labels."""
    entries = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    wanted = {
        entry["digest"]: entry
        for entry in entries
        if entry["half"] == half and (not languages or entry.get("language", "en") in languages)
    }
    found: dict[str, str] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and len(found) < len(wanted):
                for paragraph in _paragraphs(file):
                    digest = hashlib.sha256(paragraph.encode()).hexdigest()[:24]
                    if digest in wanted:
                        found[digest] = paragraph
    print(f"{len(found)} of {len(wanted)} labelled paragraphs found")
    for digest, entry in wanted.items():
        if digest in found:
            yield Text(found[digest], [(start, end, kind) for start, end, kind in entry["spans"]])


def _paragraphs(file: Path) -> Iterator[str]:
    packed = file.suffix in (".gz", ".dz")
    try:
        body = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
    except (OSError, EOFError):
        return
    text = body.decode("utf-8", "replace")
    if file.suffix == ".html":
        text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    for part in re.split(r"\n\s*\n|\n%\n", text):
        yield part.strip()
    if packed and "/man/" in file.as_posix():
        for part in _IN_MANUALS.split(text):
            yield part.strip()


def model_alone(texts: Sequence[Text], *, places: bool = False) -> list[Spans]:
    """What the model says by itself: words beside each other of which it holds names, or parts of addresses, more likely
    than not. With `places` towns and states are places; it knows no organisations."""
    tagger = Tagger()
    found = []
    for text in texts:
        spans: Spans = []
        for at in range(0, len(text.text), 400):
            piece = text.text[at : at + 400]
            for word in tagger.words([piece])[0]:
                kind = PERSON if word.person >= 0.5 else ADDRESS if word.place >= 0.5 else ""
                if kind == ADDRESS and places and word.part in ("CITY", "STATE"):
                    kind = LOCATION
                if not kind:
                    continue
                start, end = at + word.start, at + word.end
                joins = " \n" if kind == LOCATION else " ,.\n"
                if spans and spans[-1][2] == kind and not text.text[spans[-1][1] : start].strip(joins):
                    spans[-1] = (spans[-1][0], end, kind)
                else:
                    spans.append((start, end, kind))
        # A town alone is no address for anybody here.
        found.append(
            [span for span in spans if span[2] != ADDRESS or any(map(str.isdigit, text.text[span[0] : span[1]]))]
        )
    return found


def assay_reads(texts: Sequence[Text], *, prose: bool, floor: float, preview: bool = False) -> list[Spans]:
    """What assay finds, of all kinds; with `preview` of organisations and places as well."""
    detector = _detector(prose=prose, floor=floor, preview=preview)
    found = []
    for text in texts:
        data = text.text.encode()
        hits = detector.detect(Window(data, 0, len(data), 0, 0, 0, True), PlainText())
        found.append(
            [
                (len(data[: hit.start].decode()), len(data[: hit.end].decode()), hit.rule.name)
                for hit in hits
                if hit.rule.name in KINDS
            ]
        )
    return found


def _detector(*, prose: bool, floor: float = 0.5, preview: bool = False) -> Detector:
    rules = ruleset.load(
        (), names=KINDS if preview else (), categories=(), preview=False, cache=None, candidates=False, governance=None
    )
    return Detector(rules, Fingerprinter(b"benchmark"), floor=floor, prose=Prose(rules) if prose else None)


class Score(NamedTuple):
    """Counts of one kind."""

    right: int
    wrong: int
    found: int
    missed: int
    exact: int

    def __str__(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.found / max(1, self.found + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return (
            f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  "
            f"exact {self.exact / max(1, self.found + self.missed):.3f}  ({self.found + self.missed} wanted, {self.wrong} wrong)"
        )


def score(texts: Sequence[Text], told: Sequence[Spans], kind: str, misses: list[str] | None = None) -> Score:
    """A wanted span is found if half of it is covered; a told one is right if it lies on one that is wanted."""
    right = wrong = found = missed = exact = 0
    for text, spans in zip(texts, told, strict=True):
        wanted = [span for span in text.spans if span[2] == kind]
        free = [span for span in text.spans if span[2] == FREE or (kind == ADDRESS and span[2].startswith("part:"))]
        mine = [span for span in spans if span[2] == kind]
        for start, end, _ in wanted:
            covered = sum(max(0, min(end, b) - max(start, a)) for a, b, _ in mine)
            exact += any((a, b) == (start, end) for a, b, _ in mine)
            if covered * 2 >= end - start:
                found += 1
            else:
                missed += 1
                if misses is not None:
                    misses.append(f"missed\t{text.text[start:end]!r}\t{text.text[max(0, start - 40) : end + 30]!r}")
        for a, b, _ in mine:
            if any(min(b, end) > max(a, start) for start, end, _ in wanted):
                right += 1
            elif not any(min(b, end) > max(a, start) for start, end, _ in free):
                wrong += 1
                if misses is not None:
                    misses.append(f"wrong\t{text.text[a:b]!r}\t{text.text[max(0, a - 40) : b + 30]!r}")
    return Score(right, wrong, found, missed, exact)


def speed(paths: Sequence[Path]) -> Iterator[str]:
    """Bytes a processor second of every document: the model on all of it, and assay with and without `--prose`.

    Everything is loaded before, and every document is new to what reads it.
    """
    tagger = Tagger()
    plain, prose = _detector(prose=False), _detector(prose=True)
    for detector in (plain, prose):
        _scan(b"Ada Lovelace wrote to Charles Babbage about the engine.", detector)
    yield f"{'document':28} {'bytes':>9} {'sha256':10} {'the model alone':>16} {'--prose':>9} {'times':>6} {'patterns':>10}  (kB a processor second)"
    total = [0.0, 0.0, 0.0]
    size = 0
    for file in _documents(paths):
        body = _unpacked(file)
        text = body.decode("utf-8", "replace")
        contestants: list[Callable[[], object]] = [
            lambda text=text: tagger.words([text[at : at + 400] for at in range(0, len(text), 400)]),  # type: ignore[misc]
            lambda body=body: _scan(body, prose),  # type: ignore[misc]
            lambda body=body: _scan(body, plain),  # type: ignore[misc]
        ]
        spent = [_spent(run) for run in contestants]
        total = [before + now for before, now in zip(total, spent, strict=True)]
        size += len(body)
        yield _speeds(file.name, len(body), hashlib.sha256(body).hexdigest()[:10], spent)
    yield _speeds("all", size, "", total)


def _speeds(name: str, size: int, digest: str, spent: Sequence[float]) -> str:
    model, prose, plain = (size / max(seconds, 1e-9) / 1000 for seconds in spent)
    return f"{name:28} {size:>9} {digest:10} {model:>16.1f} {prose:>9.1f} {prose / model:>6.1f} {plain:>10.1f}"


def _spent(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _documents(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def _scan(body: bytes, detector: Detector) -> None:
    detector.detect(Window(body, 0, len(body), 0, 0, 0, True), PlainText())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=Path)
    parser.add_argument("--real", type=Path, nargs="+")
    parser.add_argument("--half", choices=("dev", "final"), default="dev")
    parser.add_argument("--fresh", type=Path, nargs="+")
    parser.add_argument("--languages", nargs="+", default=[])
    parser.add_argument("--addresses", type=Path)
    parser.add_argument("--misses", type=Path)
    parser.add_argument("--speed", type=Path, nargs="+")
    parser.add_argument("--floor", type=float, default=0.5)
    given = parser.parse_args()
    if given.speed is not None:
        print("\n".join(speed(given.speed)))
        return
    fresh = given.fresh is not None
    if fresh:
        texts = list(real(given.fresh, given.half, _FRESH, given.languages))
    elif given.addresses is not None:
        texts = list(made_addresses(given.addresses))
    else:
        texts = list(real(given.real, given.half) if given.real else templates(given.templates, given.half))
    told = {
        "the model alone": model_alone(texts, places=fresh),
        "assay, patterns only": assay_reads(texts, prose=False, floor=given.floor, preview=fresh),
        "assay --prose": assay_reads(texts, prose=True, floor=given.floor, preview=fresh),
    }
    misses: list[str] = []
    for kind in KINDS if fresh else (PERSON, ADDRESS):
        for name, spans in told.items():
            kept = misses if name == "assay --prose" else None
            print(f"{kind:12} {name:22} {score(texts, spans, kind, kept)}")
    if given.misses is not None:
        given.misses.write_text("\n".join(misses) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
