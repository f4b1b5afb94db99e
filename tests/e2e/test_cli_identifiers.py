"""`assay identifiers`: list, show, test, lint, new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Assay

FILLED = {
    "<what people call it, e.g. Badge number>": "Badge number",
    "<who issues it and what it looks like, in a sentence>": "BDG- and six digits, issued at the gate.",
    "<CRITICAL, HIGH, MEDIUM or LOW>": "MEDIUM",
    "<a word that stands near it, e.g. badge>": "badge",
    "<a column name, e.g. badge number>": "badge number",
    r"<an expression, e.g. \bBDG-[0-9]{6}\b>": r"\bBDG-[0-9]{6}\b",
    "<a text with a made-up value>": "badge BDG-123457",
    "<that value>": "BDG-123457",
    "<a second text>": "his badge: BDG-223457.",
    "<a third text>": "badge number BDG-323457 was lost",
    "<a text that looks like it and is not>": "BDG-12",
    "<a second one, e.g. one digit too many>": "badge BDG-1234578",
    "<a third one, e.g. beside the word sample>": "sample badge BDG-123457",
    "<why not>": "it is too short, too long or an example",
}


def fill(file: Path) -> None:
    text = file.read_text()
    for placeholder, value in FILLED.items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    for value in ("BDG-223457", "BDG-323457"):
        text = text.replace("<its value>", value, 1)
    file.write_text(text)


def test_list_names_stage_and_level(assay: Assay) -> None:
    done = assay("identifiers", "list")
    assert done.code == 0
    head, *rows = done.out.splitlines()
    assert head.split() == ["NAME", "CATEGORY", "SENSITIVITY", "LEVEL", "STANDING", "REGIONS", "TITLE"]
    (mail,) = [row for row in rows if row.startswith("EMAIL ")]
    assert mail.split()[1:5] == ["PII", "MEDIUM", "internal", "proven"]
    assert "run only when named" in rows[-1]


def test_list_counts_what_is_proven_in_preview_and_never_seen(assay: Assay) -> None:
    last = assay("identifiers", "list", "--category", "secrets").out.splitlines()[-1]
    counts = [int(word) for word in last.replace(",", "").split() if word.isdigit()]
    assert len(counts) == 5
    total, secrets, proven, unseen, preview = counts
    assert total == secrets >= 350
    assert proven + unseen + preview == total
    assert proven > unseen
    assert preview == 2
    rows = json.loads(assay("identifiers", "list", "--format", "json", "--category", "secrets").out)
    assert sum(row["standing"] == "unseen" for row in rows) == unseen
    named = "pii", "phi", "pci"
    others = [json.loads(assay("identifiers", "list", "--format", "json", "--category", name).out) for name in named]
    assert sum(row["standing"] in ("proven", "unseen") for rows in others for row in rows) >= 300


def test_show_tells_what_values_of_others_have_shown(assay: Assay) -> None:
    shown = assay("identifiers", "show", "PL_PESEL").out
    assert "standing     proven; " in shown
    assert "values that others make found" in shown


def test_import_writes_what_it_can_and_tells_the_rest(assay: Assay, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        "[[rules]]\nid = 'acme'\nregex = 'acme_[a-z0-9]{24}'\npath = 'x'\n[[rules]]\nid = 'broken'\nregex = '(acme'\n"
    )
    done = assay("identifiers", "import", str(rules), "--to", str(tmp_path / "own"))
    assert done.code == 1
    assert f"{rules}:5: broken: its expression cannot be read" in done.out
    assert f"{rules}:1: acme: it counts only in files whose path matches" in done.out
    assert "1 written to" in done.out
    linted = assay("identifiers", "lint", str(tmp_path / "own"))
    assert (linted.code, linted.out) == (0, "1 file: no problem found\n")
    again = assay("identifiers", "import", str(rules), "--to", str(tmp_path / "own"))
    assert again.code == 2
    assert "exists already" in again.err


def test_lint_warns_of_doubtful_patterns(assay: Assay, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rules]]\nid = 'wide'\nregex = '[a-z0-9]{24}'\n")
    assert assay("identifiers", "import", str(rules), "--to", str(tmp_path / "own")).code == 0
    linted = assay("identifiers", "lint", str(tmp_path / "own"))
    assert linted.code == 0
    assert "GITLEAKS_WIDE pattern 'pattern 1' is unanchored: " in linted.out
    assert "GITLEAKS_WIDE pattern 'pattern 1' is over-broad: " in linted.out
    assert "no problem found, " in linted.out.splitlines()[-1]


def test_verify_asks_nobody_who_is_not_named(assay: Assay, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here\n")
    unnamed = assay("verify", str(tmp_path))
    assert (unnamed.code, "; choose from anthropic, digitalocean, github, " in unnamed.err) == (2, True)
    done = assay("verify", str(tmp_path), "--provider", "stripe")
    assert (done.code, done.out) == (0, "0 live, 0 revoked, 0 unknown\n")
    assert "no such file" in assay("verify", str(tmp_path / "none"), "--provider", "stripe").err
    assert "s3://lake: is on no disk of this machine" in assay("verify", "s3://lake", "--provider", "stripe").err


def test_verify_tells_what_it_could_not_read(assay: Assay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    done = assay("verify", "deploy", "--provider", "stripe")
    assert done.code == 3
    first, last = done.out.splitlines()
    assert first.startswith("not read  deploy/a.zip  (corrupt")
    assert last == "0 live, 0 revoked, 0 unknown, 1 gap: not everything could be read"


def test_list_as_data(assay: Assay) -> None:
    found = json.loads(assay("identifiers", "list", "--format", "json", "--category", "secrets").out)
    assert found
    assert {item["category"] for item in found} == {"SECRETS"}
    assert {item["stage"] for item in found} <= {"stable", "preview", "deprecated"}


def test_list_of_validators(assay: Assay) -> None:
    names = assay("identifiers", "list", "--validators").out.splitlines()
    assert "luhn" in names
    assert names[-1].startswith("Besides these, stdnum.MODULE")


@pytest.mark.parametrize("name", ["EMAIL", "email", "global/email"])
def test_show(name: str, assay: Assay) -> None:
    done = assay("identifiers", "show", name)
    assert done.code == 0
    assert done.out.startswith("EMAIL: ")
    for heading in ("Patterns", "Finds", "Ignores"):
        assert f"\n{heading}\n" in done.out
    document = json.loads(assay("identifiers", "show", name, "--format", "json").out)
    assert document["name"] == "EMAIL"
    assert len(document["finds"]) >= 3
    assert all(example["because"] for example in document["ignores"])


def test_a_new_identifier_from_the_template_to_a_finding(assay: Assay) -> None:
    assert assay("identifiers", "new", "acme/badge").code == 0
    file = Path("acme/badge.yaml")
    unfilled = assay("identifiers", "lint", "acme/badge.yaml")
    assert unfilled.code == 1
    assert unfilled.out.startswith("acme/badge.yaml:")
    fill(file)
    linted = assay("identifiers", "lint", "acme")
    assert (linted.code, linted.out) == (0, "1 file: no problem found\n")
    tested = assay("identifiers", "test", "acme")
    assert (tested.code, tested.out) == (0, "1 identifier, 6 examples: all hold\n")
    Path("assay.toml").write_text('identifiers = ["acme"]\n')
    assert assay("identifiers", "test", "acme/badge.yaml").code == 0
    assert "BADGE" in assay("identifiers", "list").out
    found = assay("text", "badge BDG-998877", "-i", "BADGE", "--format", "jsonl")
    assert json.loads(found.out)["identifier"] == "BADGE"


def test_new_overwrites_nothing(assay: Assay) -> None:
    Path("badge.yaml").write_text("mine")
    done = assay("identifiers", "new", "badge")
    assert done.code == 2
    assert "badge.yaml: exists already" in done.err
    assert Path("badge.yaml").read_text() == "mine"


def test_an_example_that_does_not_hold_fails_the_test(assay: Assay) -> None:
    assay("identifiers", "new", "badge")
    file = Path("badge.yaml")
    fill(file)
    file.write_text(file.read_text().replace('text: "BDG-12"', 'text: "badge BDG-765432"'))
    done = assay("identifiers", "test", "badge.yaml")
    assert done.code == 1
    assert "BADGE ignores[1]: found: 'BDG-765432'" in done.out
    assert done.out.endswith("1 identifier, 6 examples: 1 does not hold\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("category: CUSTOM", "category: CUSTM", "category 'CUSTM' is not one of"),
        ("patterns:", "paterns:", "unknown key 'paterns'; did you mean 'patterns'?"),
        (r"\bBDG-[0-9]{6}\b", "BDG-[0-9", "regex is not a regular expression"),
        (r"\bBDG-[0-9]{6}\b", r"(?<=x)BDG-[0-9]{6}", "linear time"),
        (r"\bBDG-[0-9]{6}\b", r"(BDG)-\1[0-9]{6}", "linear time"),
        ("# validators: {luhn: 0.3}", "validators: {lhun: 0.3}", "no validator named 'lhun'; did you mean 'luhn'?"),
    ],
)
def test_lint_says_what_is_wrong(old: str, new: str, words: str, assay: Assay) -> None:
    assay("identifiers", "new", "badge")
    file = Path("badge.yaml")
    fill(file)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    done = assay("identifiers", "lint", ".")
    assert done.code == 1
    assert done.out.startswith("badge.yaml:")
    assert words in done.out
    assert done.out.endswith("1 file: 1 with problems\n")


def test_lint_finds_a_name_that_is_used_twice(assay: Assay) -> None:
    for identifier in ("a/badge", "b/badge"):
        assay("identifiers", "new", identifier)
        fill(Path(f"{identifier}.yaml"))
    done = assay("identifiers", "lint", ".")
    assert done.code == 1
    assert "identifier BADGE is already defined by a/badge.yaml" in done.out


def test_the_examples_of_an_identifier_are_run_by_its_name(assay: Assay) -> None:
    done = assay("identifiers", "test", "SSN")
    assert (done.code, done.out.split(":")[1].strip()) == (0, "all hold")
    assert done.out.startswith("1 identifier, ")
    wrong = assay("identifiers", "test", "SSX")
    assert wrong.code == 2
    assert "no identifier named 'SSX'; did you mean SSN?" in wrong.err
