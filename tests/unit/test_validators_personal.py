"""Validators of personal identifiers: what they accept, what they refuse, and that nothing makes them raise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.detect.validators import person_names, personal, places, telephone

CASES: list[tuple[Callable[[str], bool], list[str], list[str]]] = [
    (
        personal.ssn,
        ["536-90-4399", "536904399", "536 90 4399", "536\u201190\u20114399"],
        ["000-12-3456", "666-12-3456", "912-12-3456", "123-00-1234", "536-90-0000", "536-90-439", "a", "536904399 "],
    ),
    (personal.itin, ["934-72-8165", "900700001", "999-88-1234"], ["934-42-8165", "934-93-8165", "834-72-8165"]),
    (personal.atin, ["917-93-4482", "917934482"], ["917-92-4482", "817-93-4482"]),
    (
        personal.public_suffix_email,
        ["joe@firma.pl", "a@b.co.uk", "x@foo.test", "a.b+c@mail.corp.io", "hedy%40spread-radio.com"],
        ["logo@2x.png", "pkg@1.2.3", "a@b", "a@module.py", "a..b@firma.pl", "x@self.id", "getty@tty1.service", "@", ""],
    ),
    (
        personal.plausible_birth_date,
        [
            "1985-03-03",
            "3/14/1985",
            "14.3.1985",
            "March 3, 1985",
            "3 mars 1985",
            "1985年3月3日",
            "19850303",
            "14/03/85",
        ],
        ["2185-03-03", "13/13/1985", "1885-01-01", "99", "1985-02-30", "Smarch 3, 1985"],
    ),
    (
        personal.vin,
        ["1HGCM82633A004352", "1hgcm82633a004352"],
        ["1HGCM82633A004353", "1HGCM8O633A004352", "11111111111111111", "1HGCM82633A00435"],
    ),
    (personal.vin_shape, ["WVWZZZ1JZ3W386752"], ["WVWZZZ1JZ3W38675", "00000000000000000", "WVWZZZIJZ3W386752"]),
    (
        personal.mrz,
        [
            "XK73912045GBR8503149F3004010<<<<<<<<<<<<<<<4",
            "P<GBRWHITBREAD<<NORA<ELSPETH<<<<<<<<<<<<<<<<\nXK73912045GBR8503149F3004010<<<<<<<<<<<<<<<4",
            "T220001293D<<6408125M2910312<<<<<<<4",
            "I<FRAK8R41T0528<<<<<<<<<<<<<<<\n7902125M3111301FRA<<<<<<<<<<<6\nMARTEL<<LUCIE<<<<<<<<<<<<<<<<<",
        ],
        [
            "XK73912046GBR8503149F3004010<<<<<<<<<<<<<<<4",
            "XK73912045GBR8503149F3004010<<<<<<<<<<<<<<<5",
            "<" * 44,
            "xk73912045gbr8503149f3004010<<<<<<<<<<<<<<<4",
        ],
    ),
    (personal.uk_driving_licence, ["MORGA657054SM9IJ"], ["MORGA699954SM9IJ", "MORGA657054SM9I", "9MORG657054SM9IJ"]),
    (personal.document_number, ["D4829175", "48291756"], ["20240501", "11111111", "12345678", "48200000"]),
    (
        telephone.phone_number,
        [
            "+44 20 7946 0958",
            "(415) 555-2671",
            "4155552671",
            "+1 (415) 555-2671",
            "030 / 901820",
            "01 42 68 53 00",
            "+49 (0)30 901820",
            "+81 3-1234-5678",
            "090-1234-5678",
            "98765 43210",
            "+61 2 9374 4000",
            "0044 20 7946 0958",
        ],
        [
            "1609459200",
            "1609459200000",
            "2020-01-02",
            "01/02/2020",
            "1.2.3.4",
            "12345",
            "+35236450.6",
            "",
            "+",
            "0000000000",
        ],
    ),
    (
        telephone.plausible_phone,
        ["245-345-7769", "+1 (170) 009-4948", "2453457769"],
        ["2020-01-02", "1609459200", "1234567", "1.2.3.4"],
    ),
    (
        telephone.country_code_phone,
        ["81-438-52-3935", "44 20 7946 0958"],
        ["20-24-05-0112", "+81-438-52-3935", "081-438-52-39"],
    ),
    (telephone.international_phone, ["+14155552671", "011 44 20 7946 0958"], ["4155552671", "+999 123 456 789"]),
    (telephone.nanp_phone, ["415-555-2671", "1-800-273-8255"], ["115-555-2671", "415-155-2671", "1609459200"]),
    (
        person_names.person_name,
        [
            "Ada Lovelace",
            "JOHN SMITH",
            "Jürgen Müller",
            "Juan Carlos Pérez",
            "Ludwig van der Berg",
            "Anna-Lena Schmidt",
        ],
        ["Apache Server", "john smith", "Ruby Documentation", "Test User", "Ada", "", "Ada 2"],
    ),
    (person_names.listed_person_name, ["Lena Schneider", "Mateo García"], ["Ada Xyzzyplugh", "Visual Studio Code"]),
    (person_names.person_surname, ["Okafor", "Emily Nguyen"], ["Server", "nguyen"]),
    (
        person_names.person_name_value,
        ["Priya", "ada", "山田太郎", "Иван Петров", "Smith, John", "김민준"],
        ["string", "First Name", "null", "Unknown", "models.CharField", "", "x" * 200],
    ),
    (
        places.us_state_zip,
        ["Springfield, IL 62704", "Austin, Texas 78701-1234", "New York, NY 10001", "St. Paul, MN 55101"],
        ["Springfield, IL 90210", "Austin, NY 78701", "XX 12345", "IL 6270"],
    ),
    (
        places.street_address,
        ["742 Evergreen Terrace", "10 Downing St", "1985 Main Street", "4410 SE 82ND AVE"],
        ["2 Hard Drive", "2019 Google Drive", "0 Main Street", "Main Street", "8 groups", "2016 Iain Lane"],
    ),
    (
        places.postal_text,
        ["31/24, Golla Nagar, Bijapur-834782", "大阪府小笠原村南赤田42丁目1番12号", "Via Roma 3"],
        ["0x7ffe12 in main", "ada@firma.de 12 Ab", "the 8 groups of an address", "Main Street", "12345678"],
    ),
    (places.street_last, ["Lindenstraße 12", "Via Roma, 3"], ["Section error 12", "12", ""]),
    (places.uk_postcode, ["SW11 5QL", "M1 1AE", "London EC1A 1BB"], ["QQ1 1AA", "SW11 5CK", "SW115"]),
    (
        places.public_ipv4,
        ["93.184.216.34", "51.158.20.99", "85.214.132.117"],
        [
            "1.2.3.4",
            "10.0.0.1",
            "192.0.2.1",
            "127.0.0.1",
            "2.31.0.8",
            "8.8.8.8",
            "120.0.0.0",
            "256.1.1.1",
            "224.1.44.99",
        ],
    ),
    (places.global_ipv4, ["5.9.10.20"], ["10.1.2.3", "169.254.1.1", "100.64.0.1", "0.0.0.0", "x"]),
    (
        places.public_ipv6,
        ["2a00:1450:4001:81b::200e"],
        ["fe80::1", "2001:db8::1", "::1", "::", "fd00::1:2:3", "2a00::1"],
    ),
    (
        places.mac_address,
        ["3c:22:fb:9a:10:7d", "3C-22-FB-9A-10-7D", "3c22.fb9a.107d"],
        ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:04:06:08:0a:0c", "01:00:5e:12:a4:fb", "3c:22:fb:9a:10"],
    ),
    (
        places.latlon,
        ["48.8584, 2.2945", "-33.8568,151.2153", "48°51'29.6\"N 2°17'40.2\"E"],
        ["0.000, 0.000", "99.1234, 1.2345", "48.8584", "48°51'N 2°17'N"],
    ),
    (places.degrees, ["52.52437", "-0.1276"], ["52.5", "181.0000", "0.0000", "1e3"]),
]


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, good, _ in CASES for value in good])
def test_accepts(check: Callable[[str], bool], value: str) -> None:
    assert check(value) is True


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, _, bad in CASES for value in bad])
def test_refuses(check: Callable[[str], bool], value: str) -> None:
    assert check(value) is False


def test_birth_dates_end_today() -> None:
    today = datetime.now(tz=UTC).date()
    assert personal.plausible_birth_date(today.isoformat())
    assert not personal.plausible_birth_date((today + timedelta(days=1)).isoformat())


def test_every_changed_digit_breaks_a_machine_readable_zone() -> None:
    line = "XK73912045GBR8503149F3004010<<<<<<<<<<<<<<<4"
    for place in (2, 9, 13, 19, 21, 27, 43):
        changed = line[:place] + str((int(line[place]) + 1) % 10) + line[place + 1 :]
        assert not personal.mrz(changed), place


def test_every_state_has_its_own_zip_codes() -> None:
    for state, code in (("AK", "99501"), ("DC", "20001"), ("PR", "00901"), ("WY", "82001"), ("AE", "09012")):
        assert places.us_state_zip(f"Town, {state} {code}")
        assert not places.us_state_zip(f"Town, {'IL' if state != 'IL' else 'NY'} {code}")


@pytest.mark.parametrize("check", [check for check, _, _ in CASES], ids=lambda check: check.__name__)
@settings(max_examples=150, deadline=None)
@given(
    value=st.one_of(
        st.text(max_size=60),
        st.text(alphabet="0123456789+-. ()/:,@<>ABCPZxé年\n\\°'\"", max_size=50),
        st.sampled_from([value for _, good, _ in CASES for value in good]).flatmap(
            lambda value: st.integers(0, len(value)).map(lambda cut: value[:cut] + "٣\x00" + value[cut:])
        ),
    )
)
def test_total(check: Callable[[str], bool], value: str) -> None:
    assert check(value) in (True, False)


@pytest.mark.parametrize(
    "value",
    [
        "jörg.müller@posteo.de",
        "josé@correo.es",
        "info@bücher-weiß.de",
        "info@xn--bcher-wei-q9a4d.de",
        "иван@почта.рф",
        "用户@例子.中国",
    ],
)
def test_addresses_beyond_ascii(value: str) -> None:
    assert personal.public_suffix_email(value)


@pytest.mark.parametrize(
    "value",
    [
        "jörg@müller.nosuchsuffix",
        "jörg@mü..de",
        "jörg@-müller.de",
        "0GK500B4GD0888@relay.acme-corp.com",
        "15975.17901.207240.414604@host.acme-corp.com",
        "0.0014F8A2@mail.acme-corp.com",
        "20240501120000.4A5B6C7D8E9F0A1B@acme-corp.com",
    ],
)
def test_what_is_no_address(value: str) -> None:
    assert not personal.public_suffix_email(value)


@pytest.mark.parametrize(
    "value", ["2024.smith@acme-corp.com", "13912345678@qq.com", "JSMITH01@acme-corp.com", "a1b2@acme-corp.com"]
)
def test_addresses_with_digits_stay_addresses(value: str) -> None:
    assert personal.public_suffix_email(value)
