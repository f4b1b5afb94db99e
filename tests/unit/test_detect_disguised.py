"""Values that are written otherwise than they are meant are found, and located where they are written."""

from __future__ import annotations

import base64

import pytest

from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.detect.validators.spoken import _digits_said

_MAIL = b"ada.king@acme.org"
DISGUISED = {
    "full width": ("ssn: ５１２－４４－７８０６", "SSN", "５１２－４４－７８０６"),
    "zero width": ("ssn 512\u200b-44-7\u200b806", "SSN", "512\u200b-44-7\u200b806"),
    "bidirectional": ("ssn 51\u202e2-44-78\u202c06", "SSN", "51\u202e2-44-78\u202c06"),
    "soft hyphen": ("mail ada\u00ad.king@acme.org", "EMAIL", "ada\u00ad.king@acme.org"),
    "hyphens": ("SSN 512\u201144\u20117806", "SSN", "512\u201144\u20117806"),
    "minus": ("SSN 512\u221244\u22127806", "SSN", "512\u221244\u22127806"),
    "blanks": ("card 4532\u00a00151\u00a01283\u00a00366", "CREDIT_CARD", "4532\u00a00151\u00a01283\u00a00366"),
    "look-alikes": ("mail \u0430da.king@\u0430cme.org", "EMAIL", "\u0430da.king@\u0430cme.org"),
    "Arabic digits": ("card ٤٥٣٢٠١٥١١٢٨٣٠٣٦٦", "CREDIT_CARD", "٤٥٣٢٠١٥١١٢٨٣٠٣٦٦"),
    "mathematical": ("ssn 𝟓𝟏𝟐-𝟒𝟒-𝟕𝟖𝟎𝟔", "SSN", "𝟓𝟏𝟐-𝟒𝟒-𝟕𝟖𝟎𝟔"),
    "references": ("ssn &#53;&#49;&#x32;-44-7806", "SSN", "&#53;&#49;&#x32;-44-7806"),
    "percent": ("?ssn=%35%31%32%2D44%2D7806", "SSN", "%35%31%32%2D44%2D7806"),
    "percent between": ("?ssn=512%2D44%2D7806", "SSN", "512%2D44%2D7806"),
    "strokes": ('s = "' + "".join(f"\\x{byte:02x}" for byte in _MAIL) + '"', "EMAIL", "".join(f"\\x{byte:02x}" for byte in _MAIL)),
    "hexadecimal": (f"payload 0x{_MAIL.hex()}", "EMAIL", _MAIL.hex()),
    "words": ("ada dot king at acme dot org", "EMAIL", "ada dot king at acme dot org"),
    "brackets": ("jo [at] acme [dot] org", "EMAIL", "jo [at] acme [dot] org"),
    "in JSON": ('{"ssn": "５１２－４４－７８０６"}', "SSN", "５１２－４４－７８０６"),
}  # fmt: skip


@pytest.fixture(scope="module")
def detector(all_rules: RuleSet) -> Detector:
    return Detector(all_rules, Fingerprinter(b"examples"))


def _found(detector: Detector, text: str) -> list[tuple[str, str]]:
    data = text.encode()
    return [(hit.rule.name, data[hit.start : hit.end].decode()) for hit in hits_in(detector, data)]


@pytest.mark.parametrize("manner", DISGUISED)
def test_it_is_found_where_it_is_written(detector: Detector, manner: str) -> None:
    text, name, written = DISGUISED[manner]
    assert _found(detector, f"first line\n{text}\nlast line") == [(name, written)]


@pytest.mark.parametrize("manner", DISGUISED)
def test_what_is_shown_and_counted_is_what_it_means(detector: Detector, manner: str) -> None:
    text, name, _ = DISGUISED[manner]
    plain = {"SSN": "ssn 512-44-7806", "CREDIT_CARD": "card 4532 0151 1283 0366", "EMAIL": "mail ada.king@acme.org"}[
        name
    ]
    if "jo [at]" in text:
        plain = "mail jo@acme.org"
    shown, meant = (hits_in(detector, each.encode())[0] for each in (text, plain))
    assert shown.fingerprint == meant.fingerprint


def test_base64_stands_where_its_token_stands(detector: Detector) -> None:
    """What it says is found, and located by the groups of four that say it."""
    plain = b"my ssn is 512-44-7806 and that is that"
    token = base64.b64encode(plain).decode()
    text = f'first line\ndata: "{token}"'
    ((name, written),) = _found(detector, text)
    assert name == "SSN"
    at = token.index(written)
    assert b"512-44-7806" in base64.b64decode(token[at // 4 * 4 : -(-(at + len(written)) // 4) * 4])
    (hit,) = hits_in(detector, text.encode())
    assert text.encode()[hit.start : hit.end].decode() == written


def test_john_dot_smith_at_example_dot_com(detector: Detector) -> None:
    written = "john dot smith at example dot com"
    assert _found(detector, f"mail {written}") == [("EMAIL", written)]


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        (
            "Agent: read me the card number. Caller: four five three two, oh one five one, one two eight three, oh three six six, thanks",
            "CARD_SPOKEN",
            "four five three two, oh one five one, one two eight three, oh three six six",
        ),
        (
            "Caller: my social security number is five one two, four four, seven eight oh six.",
            "SSN_SPOKEN",
            "five one two, four four, seven eight oh six",
        ),
    ],
)
def test_numbers_in_words_of_a_transcript(detector: Detector, text: str, name: str, written: str) -> None:
    """In preview: a detector that has those, too."""
    assert _found(detector, f"00:01 hello\n{text}") == [(name, written)]
    assert next(rule.identifier.stage for rule in detector.rules.rules if rule.name == name) == "preview"


def test_base64_of_text(detector: Detector) -> None:
    token = base64.b64encode(b"ssn 512-44-7806 x").decode()
    assert token.endswith("=")
    text = f'data: "{token}"'
    ((name, written),) = _found(detector, text)
    assert name == "SSN"
    assert written in token


@pytest.mark.parametrize(
    "text",
    [
        "look at example dot com",
        "the dot product at that point dot com",
        "Сумма 1990–1995 и т.д., Москва",
        "1990–1995, pages 12–14, about 3 000 people",
        f"sha256 0x{'5e3a77c1' * 8}",
        base64.b64encode(bytes(range(1, 60))).decode(),
        "100%25 of 30%3A40",
        "ИНН и КПП, ads в тексте",
    ],
)
def test_nothing_is_made_of_ordinary_text(detector: Detector, text: str) -> None:
    assert _found(detector, text) == []


def test_a_value_that_is_written_plainly_is_found_once(detector: Detector) -> None:
    text = "５１２ and ada.king@acme.org, ssn 512-44-7806"
    assert _found(detector, text) == [("EMAIL", "ada.king@acme.org"), ("SSN", "512-44-7806")]


def test_only_one_level_is_undone(detector: Detector) -> None:
    twice = base64.b64encode(base64.b64encode(b"ssn 512-44-7806 x")).decode()
    assert _found(detector, f"data {twice}") == []


def test_a_file_full_of_signs_ends(detector: Detector) -> None:
    text = "％１" * 40_000 + "\nssn 512-44-7806\n"
    assert ("SSN", "512-44-7806") in _found(detector, text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("five one two, four four, seven eight oh six", "512447806"),
        ("five twelve forty four seventy eight zero six", "512447806"),
        ("double four triple nine", "44999"),
        ("twenty dash one", "201"),
        ("five apples", ""),
    ],
)
def test_digits_in_words(text: str, digits: str) -> None:
    assert _digits_said(text) == digits
