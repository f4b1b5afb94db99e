"""Rules of other tools become identifiers that hold; what cannot be said is told with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.detect.cache import read_all
from assay.detect.packs.drawn import drawn
from assay.detect.packs.expressions import beginning, translated
from assay.detect.packs.foreign import Foreign, Untranslated
from assay.detect.packs.plugins import PLUGINS
from assay.detect.packs.readers import read
from assay.detect.packs.writing import Imported, made
from assay.detect.proof import prove
from assay.detect.ruleset import load
from assay.errors import RuleError

GITLEAKS = """
title = "rules"
[[rules]]
id = "acme-token"
description = "A token of Acme"
regex = '''\\b(acme_(?i)[a-z0-9]{20})(?:[\\x60'"\\s;]|$)'''
entropy = 3.5
keywords = ["acme_"]
[[rules.allowlists]]
regexes = ['''example''']
stopwords = ["sample"]

[[rules]]
id = "files-only"
path = '''\\.p12$'''

[[rules]]
id = "broken"
regex = '''(acme'''

[[rules]]
id = "around"
regex = '''acme(?!x)[0-9]{8}'''
"""
KINGFISHER = r"""rules:
  - name: Acme key
    id: kingfisher.acme.1
    pattern: |
      (?xi)
      \b acmekey      # the provider
      [\s=:"']{1,3}
      ( [[:xdigit:]]{32} )
      \b
    pattern_requirements:
      min_digits: 2
    confidence: high
    examples:
      - 'acmekey = 3f9c0e7a51d24b8896e0c7d1a2b3f4e5'
    negative_examples:
      - 'acmekey = none'
    validation: {type: Http}
  - name: Acme host
    id: kingfisher.acme.2
    visible: false
    pattern: 'acme\.host'
"""
NOSEYPARKER = r"""rules:

# Keys of Acme.
- name: Acme Key
  id: np.acme.1

  pattern: |
    (?x)
    (?i: acme_?key | \$acme )
    \s* [:=] \s*     (?# with or without quotes, e.g., in shells)
    ["']?
    ( ak[0-9]_[a-z0-9]{30} )
    \b

  categories:
  - api
  - secret

  description: >
    A key of Acme was found.

  examples:
  - |
      export ACME_KEY='ak7_q8w2e9r4t6y1u3i5o0p7a8s2d4f6g9'
  - 'acmekey: ak1_m3n5b7v9c1x2z4l6k8j0h1g3f5d7s9'

  negative_examples:
  - |
      export ACME_KEY='ak7_short'

  references:
  - https://docs.acme.test/keys

- name: Acme Pair
  id: np.acme.2
  pattern: '\b(pair_[0-9]{4})_(?=x)\b'
  examples:
  - 'pair_1234_x'
"""
PRESIDIO = r"""recognizers:
  - name: Zip recognizer
    supported_entity: ACME_ZIP
    patterns:
      - {name: weak, regex: '\b\d{5}\b', score: 0.01}
    context: [zip, code]
  - name: Titles
    supported_entity: ACME_TITLE
    deny_list: [Mx., Archduke]
  - name: CreditCardRecognizer
    type: predefined
"""


def of(tmp_path: Path, name: str, text: str) -> list[Imported | Untranslated]:
    file = tmp_path / name
    file.write_text(text)
    return list(made(read(file), taken=(), folder=tmp_path))


def lost(found: list[Imported | Untranslated]) -> dict[str, str]:
    return {f"{each.line} {each.id}": each.because for each in found if isinstance(each, Untranslated)}


def proven(found: list[Imported | Untranslated], tmp_path: Path) -> dict[str, Imported]:
    """What was made, after its examples held in a rule set of files, as a user has them."""
    kept = {each.name: each for each in found if isinstance(each, Imported)}
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, each in kept.items():
        (folder / f"{name.lower()}.yaml").write_text(each.text)
    rules = load([folder], builtin=False)
    assert {identifier.name for identifier in rules.identifiers} == set(kept)
    assert list(prove(rules.identifiers, rules)) == []
    return kept


def test_gitleaks(tmp_path: Path) -> None:
    found = of(tmp_path, "gitleaks.toml", GITLEAKS)
    kept = proven(found, tmp_path)
    assert list(kept) == ["GITLEAKS_ACME_TOKEN"]
    assert kept["GITLEAKS_ACME_TOKEN"].drawn == 3
    assert [note.because for note in kept["GITLEAKS_ACME_TOKEN"].notes] == [
        "entropy 3.5 is replaced by the check random_token"
    ]
    told = lost(found)
    assert told["13 files-only"] == "it looks at the names of files only"
    assert told["17 broken"].startswith("its expression cannot be read: missing )")
    assert told["21 around"].endswith("which cannot be run in linear time")


def test_kingfisher(tmp_path: Path) -> None:
    found = of(tmp_path, "rules.yml", KINGFISHER)
    kept = proven(found, tmp_path)["KINGFISHER_ACME_1"]
    assert "acmekey = 3f9c0e7a51d24b8896e0c7d1a2b3f4e5" in kept.text
    assert "the rule says so" in kept.text
    assert kept.drawn == 2
    assert lost(found) == {"18 kingfisher.acme.2": "it only serves another rule, and is no finding"}


def test_noseyparker(tmp_path: Path) -> None:
    """Rules in the form of that project's own files: lists at the margin, block scalars, categories, two kinds of comments."""
    found = of(tmp_path, "acme.yml", NOSEYPARKER)
    kept = proven(found, tmp_path)
    assert set(kept) == {"NOSEYPARKER_NP_ACME_1"}
    made_of = kept["NOSEYPARKER_NP_ACME_1"]
    assert made_of.drawn == 1
    assert "https://docs.acme.test/keys" in made_of.text
    assert "ak7_short" in made_of.text
    told = lost(found)
    assert list(told) == ["34 np.acme.2"]
    assert told["34 np.acme.2"].endswith("which cannot be run in linear time")


def test_presidio(tmp_path: Path) -> None:
    found = of(tmp_path, "recognizers.yaml", PRESIDIO)
    kept = proven(found, tmp_path)
    assert set(kept) == {"PRESIDIO_ACME_ZIP", "PRESIDIO_ACME_TITLE"}
    assert "context_required: true" in kept["PRESIDIO_ACME_ZIP"].text
    assert lost(found) == {"10 CreditCardRecognizer": "it is code of Presidio's, no pattern"}


def test_macie(tmp_path: Path) -> None:
    rule = {
        "name": "Employee",
        "regex": "EMP-[0-9]{6}",
        "keywords": ["employee"],
        "ignoreWords": ["sample"],
        "maximumMatchDistance": 40,
    }
    found = of(tmp_path, "macie.json", json.dumps(rule))
    text = proven(found, tmp_path)["MACIE_EMPLOYEE"].text
    assert "distance: 40" in text
    assert "- sample" in text
    listed = of(tmp_path, "list.json", json.dumps({"items": [{"name": "Employee", "arn": "arn:x"}]}))
    assert list(lost(listed)) == ["1 Employee"]


def test_a_baseline_of_detect_secrets_holds_no_expressions(tmp_path: Path) -> None:
    baseline = {
        "plugins_used": [{"name": "AWSKeyDetector"}, {"name": "Own"}],
        "results": {"a.py": [{"hashed_secret": "x"}]},
    }
    found = of(tmp_path, "base.json", json.dumps(baseline, indent=1))
    told = lost(found)
    assert told["4 AWSKeyDetector"] == "AWS_ACCESS_KEY, AWS_SECRET_KEY stand for it"
    assert told["7 Own"] == "nothing here stands for it"
    assert told["11 a.py"].startswith("1 known value: only SHA-1 digests are kept")


def test_what_stands_for_its_plugins_is_there() -> None:
    known = {identifier.name for identifier in read_all((), cache=None, builtin=True)[0]}
    assert {name for names in PLUGINS.values() for name in names} <= known


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.toml", "a = [", "is no TOML"),
        ("x.json", "{", "is no JSON"),
        ("x.yaml", "a: [", "x.yaml:2"),
        ("x.json", "{}", "holds no rules of gitleaks, kingfisher"),
    ],
)
def test_a_file_of_no_rules(name: str, text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=says):
        of(tmp_path, name, text)
    with pytest.raises(RuleError, match="no such file"):
        list(read(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("expression", "group", "ours"),
    [
        (r"a(?i)b(c)", None, r"a(?i:b(?P<value>c))"),
        (r"(?i)[\w.-]{0,50}?(?:acme)=([a-z]{3})", None, r"(?:acme)=(?P<value>[a-z]{3})"),
        (r"(?P<u>x)y(?P<TOKEN>z)\z", None, r"(?:x)y(?P<value>z)$"),
        (r"(a)(b)", 2, r"(?:a)(?P<value>b)"),
        (r"([(])([[:digit:]]{3,5000})", 0, r"(?:[(])(?:[0-9]{3,1000})"),
        ("(?x) a [ #] # comment\n b", 0, "a[ #]b"),
        ("(?x) a (?# more, e.g., of it) [(?#] b # and\n c", 0, "a[(?#]bc"),
    ],
)
def test_expressions(expression: str, group: str | int | None, ours: str) -> None:
    assert translated(expression, group=group)[0] == ours


def test_what_an_expression_begins_with() -> None:
    assert beginning(r"\bacme_[a-z]{4}[0-9]{2,9}") == r"\bacme_[a-z]{4}"
    assert beginning(r"[0-9]{4}x") is None
    assert beginning(r"ab|cd") is None


def test_examples_are_drawn_the_same_every_time() -> None:
    assert drawn("acme_[a-z]{8}", "1") == drawn("acme_[a-z]{8}", "1") != drawn("acme_[a-z]{8}", "2")
    assert drawn("a(?=b)", "1") == ""


def test_names_are_unique(tmp_path: Path) -> None:
    rule = Foreign(
        tool="macie",
        file=tmp_path / "x",
        line=1,
        id="Badge",
        title="Badge",
        expressions=(("BDG-[0-9]{6}", 0.8),),
        group=0,
    )
    found = list(made([rule, rule], taken=["MACIE_BADGE"], folder=tmp_path))
    assert [each.name for each in found if isinstance(each, Imported)] == ["MACIE_BADGE_2", "MACIE_BADGE_3"]
