"""Write one half of the corpus.

    python -m benchmarks.identifiers.build dev CACHE      # → benchmarks/identifiers/dev.jsonl.gz
    python -m benchmarks.identifiers.build final CACHE
    python -m benchmarks.identifiers.build examples CACHE
    python -m benchmarks.identifiers.build sealed CACHE
    python -m benchmarks.identifiers.build more CACHE

Needs faker, mimesis, schwifty, idnumbers, niafaker, phonenumbers and python-stdnum, and in CACHE what README.md names.
The names of identifiers are read, their rules are not.
"""

from __future__ import annotations

import gzip
import importlib
import ipaddress
import json
import re
import sys
from collections import Counter
from pathlib import Path
from random import Random

from benchmarks.identifiers.kinds import SSN_BY_LOCALE, right
from benchmarks.identifiers.kinds_more import HARMLESS_MORE
from benchmarks.identifiers.makers_dev import Made
from benchmarks.identifiers.makers_examples import Said
from benchmarks.identifiers.negatives import negatives
from benchmarks.identifiers.texts import around

SEEDS = {"dev": 20_260, "final": 77_411, "examples": 31_907, "sealed": 90_143, "more": 52_618}
TEMPLATES = {"examples": "dev", "more": "dev"}
"""A part that has no templates of its own uses these."""
SECRETS = ("gitleaks:", "kingfisher:", "credsweeper:", "classifinder:")
HERE = Path(__file__).parent
_RULES = HERE.parent.parent / "src" / "assay" / "identifiers"


def main(half: str, cache: Path) -> None:
    random = Random(SEEDS[half])
    names = _names()
    dropped: Counter[str] = Counter()
    rows = []
    for number, value in enumerate(_values(half, random, cache)):
        expected = right(value.kind, names, "" if isinstance(value, Said) else value.locale)
        if value.kind in HARMLESS_MORE and isinstance(value, Made):
            text = around(half, False, number, random.choice(value.words), value.value.strip(), random)
            rows.append({"kind": f"none:{value.kind}", "right": [], "text": text.text, "span": None})
            continue
        if expected is None or (isinstance(value, Made) and ("\n" in value.value or not value.value.strip())):
            dropped["kind without a decision" if expected is None else "no single line"] += 1
            continue
        if isinstance(value, Said):
            # One value is labelled in what others wrote; what else stands there is nobody's to judge.
            row = {"kind": value.kind, "right": list(expected), "text": value.text, "span": [value.start, value.end]}
            rows.append({**row, "part": True})
            continue
        if value.kind.startswith(("faker:", "mimesis:ip_")) and not _valid(expected, value.value):
            dropped["made without a check digit"] += 1
            continue
        words = _words(value)
        secret = value.kind.startswith(SECRETS)
        templates = TEMPLATES.get(half, half)
        text = around(templates, secret, number + number // 8, random.choice(words), value.value.strip(), random)
        row = {"kind": value.kind, "right": list(expected), "text": text.text, "span": [text.start, text.end]}
        rows.append(row)
    if half in ("dev", "final"):
        for kind, plain in negatives(half, random):
            rows.append({"kind": f"none:{kind}", "right": [], "text": plain, "span": None})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / f"{half}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{len(rows)} texts, {len({row['kind'] for row in rows})} kinds; left out: {dict(dropped)}")


def _values(half: str, random: Random, cache: Path) -> list[Made | Said]:
    if half == "dev":
        from benchmarks.identifiers import makers_dev

        return list(makers_dev.made(random, cache / "gitleaks"))
    if half == "examples":
        from benchmarks.identifiers import makers_examples

        return list(makers_examples.made(random, cache))
    if half == "more":
        from benchmarks.identifiers import makers_more

        return list(makers_more.made(random, cache))
    if half == "sealed":
        from benchmarks.identifiers import makers_sealed

        return list(makers_sealed.made(random, cache))
    from benchmarks.identifiers import makers_final

    return list(makers_final.made(random, cache))


def _names() -> frozenset[str]:
    found = re.compile(r"(?m)^name: ([A-Z0-9_]+)$")
    return frozenset(
        name for path in _RULES.rglob("*.yaml") for name in found.findall(path.read_text(encoding="utf-8"))
    )


def _words(value: Made) -> tuple[str, ...]:
    if value.kind.endswith(".ssn") and value.locale in SSN_BY_LOCALE:
        return SSN_BY_LOCALE[value.locale][1:]
    return value.words


def _valid(expected: tuple[str, ...], value: str) -> bool:
    """Whether python-stdnum calls the number valid, where it knows such numbers: Faker does not always make them so."""
    answers = []
    for name in expected:
        country, _, module = name.lower().partition("_")
        if name == "IP_ADDRESS":
            address = ipaddress.ip_address(value)
            # Only this part of IPv6 is given to anybody yet (RFC 4291).
            return address.is_global and (address.version == 4 or address in ipaddress.ip_network("2000::/3"))
        path = {"iban": "iban", "swift_bic": "bic", "it_codice_fiscale": "it.codicefiscale"}.get(
            name.lower(), f"{country}.{module}"
        )
        try:
            answers.append(bool(importlib.import_module(f"stdnum.{path.replace('in.', 'in_.')}").is_valid(value)))
        except ImportError:
            continue
    return any(answers) or not answers


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
