"""Write one half of the corpus.

    python -m benchmarks.identifiers.build dev CACHE      # → benchmarks/identifiers/dev.jsonl.gz
    python -m benchmarks.identifiers.build final CACHE

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
from benchmarks.identifiers.makers_dev import Made
from benchmarks.identifiers.negatives import negatives
from benchmarks.identifiers.texts import around

SEEDS = {"dev": 20_260, "final": 77_411}
HERE = Path(__file__).parent
_RULES = HERE.parent.parent / "src" / "assay" / "identifiers"


def main(half: str, cache: Path) -> None:
    random = Random(SEEDS[half])
    names = _names()
    dropped: Counter[str] = Counter()
    rows = []
    for number, value in enumerate(_values(half, random, cache)):
        expected = right(value.kind, names, value.locale)
        if expected is None or "\n" in value.value or not value.value.strip():
            dropped["kind without a decision" if expected is None else "no single line"] += 1
            continue
        if value.kind.startswith(("faker:", "mimesis:ip_")) and not _valid(expected, value.value):
            dropped["made without a check digit"] += 1
            continue
        words = _words(value)
        secret = value.kind.startswith(("gitleaks:", "kingfisher:"))
        text = around(half, secret, number + number // 8, random.choice(words), value.value.strip(), random)
        row = {"kind": value.kind, "right": list(expected), "text": text.text, "span": [text.start, text.end]}
        rows.append(row)
    for kind, plain in negatives(half, random):
        rows.append({"kind": f"none:{kind}", "right": [], "text": plain, "span": None})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / f"{half}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{len(rows)} texts, {len({row['kind'] for row in rows})} kinds; left out: {dict(dropped)}")


def _values(half: str, random: Random, cache: Path) -> list[Made]:
    if half == "dev":
        from benchmarks.identifiers import makers_dev

        return list(makers_dev.made(random, cache / "gitleaks"))
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
