"""Card, bank and wallet checks against published vectors and what goes wrong most often."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.files import builtin_root
from assay.detect.loading import read_identifier
from assay.detect.validators import financial, wallets

_CARDS = [
    "4485011831621647",
    "5412962398226128",
    "2314727584529767",
    "374751749114704",
    "6011589476024423",
    "36573746428782",
    "3543615421553051",
]


@pytest.mark.parametrize("card", _CARDS)
def test_luhn_accepts_cards_and_refuses_any_single_wrong_digit(card: str) -> None:
    assert financial.luhn(card)
    for at, digit in enumerate(card):
        for other in "0123456789":
            if other != digit:
                assert not financial.luhn(card[:at] + other + card[at + 1 :])


@pytest.mark.parametrize(
    "filler",
    [
        "0" * 16,
        "0000 0000 0000 0000",
        "8" * 16,
        "",
        "0",
        "4",
        "x",
        "44850118316216a7",
        "４４８５０１１８３１６２１６４７",
    ],
)
def test_luhn_refuses_zeros_repeats_and_what_is_not_ascii_digits(filler: str) -> None:
    assert not financial.luhn(filler)


@pytest.mark.parametrize("separator", [" ", "-", ".", "\u00a0", "\u2009", "\u2013"])
def test_luhn_and_network_read_through_separators(separator: str) -> None:
    grouped = separator.join(("4485", "0118", "3162", "1647"))
    assert financial.luhn(grouped)
    assert financial.card_network(grouped)


def test_luhn_agrees_with_the_definition() -> None:
    random_digits = random.Random(7)
    for _ in range(2_000):
        digits = [random_digits.randrange(10) for _ in range(random_digits.randrange(2, 24))]
        expected = 0
        for at, digit in enumerate(reversed(digits)):
            expected += digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4)
        same = len(set(digits)) == 1
        assert financial.luhn("".join(map(str, digits))) == (expected % 10 == 0 and not same)


@pytest.mark.parametrize(
    ("prefix", "length", "known"),
    [
        ("4", 13, True),
        ("4", 16, True),
        ("4", 19, True),
        ("4", 15, False),
        ("51", 16, True),
        ("55", 16, True),
        ("2221", 16, True),
        ("2720", 16, True),
        ("2220", 16, False),
        ("2721", 16, False),
        ("34", 15, True),
        ("37", 15, True),
        ("34", 16, False),
        ("35", 15, False),
        ("6011", 16, True),
        ("644", 16, True),
        ("65", 19, True),
        ("36", 14, True),
        ("300", 14, True),
        ("306", 14, False),
        ("3528", 16, True),
        ("3589", 16, True),
        ("3527", 16, False),
        ("62", 16, True),
        ("62", 19, True),
        ("5018", 12, True),
        ("1", 16, False),
        ("9", 16, False),
        ("0", 16, False),
        ("4", 12, False),
        ("4", 20, False),
    ],
)
def test_card_network_knows_prefixes_and_lengths(prefix: str, length: int, known: bool) -> None:
    assert financial.card_network(prefix.ljust(length, "3")) is known


def test_card_varied_refuses_fillers() -> None:
    assert financial.card_varied("4485011831621647")
    assert not financial.card_varied("4111111111111111")
    assert not financial.card_varied("6543210123456788")


@pytest.mark.parametrize(
    "value",
    [
        "DE54501057399042713368",
        "DE54 5010 5739 9042 7133 68",
        "GB30LOYD30947714829056",
        "NO7386013947215",
        "nl48ingb0417729365",
        "FR703000404281M028471095673",
        "DE89370400440532013000",
    ],
)
def test_iban_accepts_solid_grouped_and_small_letters(value: str) -> None:
    assert financial.iban(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("DE55501057399042713368", "check digits"),
        ("DE5450105739904271336", "length"),
        ("US54501057399042713368", "no such country"),
        ("GB30L0YD30947714829056", "a digit in the bank's letters"),
        ("DE00000000000000000000", "zeros"),
        ("", "empty"),
        ("DE5", "short"),
    ],
)
def test_iban_refuses(value: str, why: str) -> None:
    assert not financial.iban(value), why


def test_iban_structures_cover_the_registry() -> None:
    structures = financial._iban_structures()
    assert len(structures) >= 85
    assert structures["MT"].fullmatch("84MALT011000012345MTLCAST001S")
    assert structures["LC"].fullmatch("55HEMM000100010012001200023015")


def test_bic_country() -> None:
    assert financial.bic_country("DEUTDEFF")
    assert financial.bic_country("DEUTDEFF500")
    assert financial.bic_country("NCBAXKPRXXX")
    for wrong in ("DEUTQQFF", "DEUTDEFF5", "deutdeff", "DEUT1EFF", "DEUTDEFF|", ""):
        assert not financial.bic_country(wrong)


def test_aba_routing() -> None:
    assert financial.aba_routing("021000021")
    assert financial.aba_routing("091773621")
    for wrong in ("021000022", "000000000", "451773625", "02100002", "abcdefghi", ""):
        assert not financial.aba_routing(wrong)


def test_clabe_agrees_with_the_published_example() -> None:
    assert financial.clabe("032180000118359719")
    assert not financial.clabe("032180000118359718")
    assert not financial.clabe("0" * 18)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("%B4485011831621647^LOVELACE/ADA^28051010000000000000?", True),
        (";5412962398226128=28052010000012300000?", True),
        ("4485011831621647D28052010000012345F", True),
        (";5412962398226128=28132010000012300000?", False),
        (";5412962398226129=28052010000012300000?", False),
        ("4485011831621647=2805", False),
        ("", False),
    ],
)
def test_track_data(value: str, good: bool) -> None:
    assert financial.track_data(value) is good


def test_account_digits() -> None:
    assert financial.account_digits("4471902385")
    assert financial.account_digits("58-2047-713309")
    for wrong in ("4471902", "447190238544719023", "11111111", "00000000000", "4471a02385"):
        assert not financial.account_digits(wrong)


def test_card_expiry_and_other_shapes() -> None:
    assert financial.card_expiry("05/28")
    assert financial.card_expiry("11/2027")
    assert not financial.card_expiry("13/28")
    assert not financial.card_expiry("05/99")
    assert financial.ifsc("HDFC0004217")
    assert not financial.ifsc("HDFC1004217")
    assert financial.sort_code("20-45-53")
    assert not financial.sort_code("00-00-00")
    assert financial.lei("5493001KJTIIGC8Y1R12")
    assert not financial.lei("5493001KJTIIGC8Y1R13")


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    ],
)
def test_btc_address_accepts_the_proposals_vectors(address: str) -> None:
    assert wallets.btc_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
        "bc1gmk9yu",
        "",
        "1" * 26,
    ],
)
def test_btc_address_refuses_bad_checksums_mixed_case_and_wrong_encodings(address: str) -> None:
    assert not wallets.btc_address(address)


def test_altcoin_address() -> None:
    assert wallets.altcoin_address("TKjqQK6JJb3vYku7U9b4Ge25L8nMqQiezm")
    assert wallets.altcoin_address("ltc1qzp92nx5p2ttak7rt2gvxtwkmaq2fcxvtf0mgm3")
    assert not wallets.altcoin_address("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")


def test_keccak_256_vectors() -> None:
    assert wallets._keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert wallets._keccak_256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    blocks = {wallets._keccak_256(b"a" * size) for size in (134, 135, 136, 137, 272)}
    assert len(blocks) == 5


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_eth_eip55_vectors(address: str) -> None:
    assert wallets.eth_eip55(address)
    assert not wallets.eth_eip55(address.lower())
    letter = next(at for at in range(2, 42) if address[at].isalpha())
    assert not wallets.eth_eip55(address[:letter] + address[letter].swapcase() + address[letter + 1 :])
    assert wallets.eth_plain(address.lower())
    assert not wallets.eth_plain("0x" + "0" * 40)


_ALL = [
    function
    for module in (financial, wallets)
    for name, function in vars(module).items()
    if not name.startswith("_") and callable(function) and getattr(function, "__module__", "") == module.__name__
]


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"[0-9A-Za-z%;^=?/ \-]{0,45}", fullmatch=True),
        st.characters().map(lambda char: char * 16),
    )
)
def test_every_check_is_total(value: str) -> None:
    for function in _ALL:
        assert isinstance(function(value), bool)


def test_every_country_of_ibans_in_groups_is_searched_for() -> None:
    identifier = read_identifier(builtin_root() / "financial/iban.yaml", builtin_root())
    grouped = next(pattern for pattern in identifier.patterns if pattern.id == "groups_of_four")
    assert grouped.find is not None
    for entry in financial.IBAN_COUNTRIES.split():
        assert re.match(grouped.find, f"{entry[:2]}12 3456 7890 123"), entry[:2]
