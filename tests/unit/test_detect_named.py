"""Values that a name governs from afar: columns of SQL statements, what is nested under a key, cells beside a label."""

from __future__ import annotations

import io
import json
import random
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.detect.document import structure_of
from assay.detect.engine import Detector
from assay.formats import UTF8, Transcoder, Window, structure_for, windows
from assay.formats.kinds import Kind
from assay.formats.visible import Reader, VisibleState

PROPERTY = settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Found = list[tuple[str, str, str | None]]


def found(detector: Detector, text: str, name: str, core: int = 1 << 22) -> Found:
    """Identifier, value and field of every hit, read in windows of `core` bytes."""
    data = text.encode()
    kind, _ = structure_of(data, name)
    structure = structure_for(kind)
    out: Found = []
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core):
        for hit in detector.detect(window, structure):
            if not hit.test:
                value = window.data[hit.start : hit.end].decode()
                out.append((hit.rule.name, value, hit.place.field if hit.place else None))
    return out


def values(detector: Detector, text: str, name: str) -> set[tuple[str, str]]:
    return {(identifier, value) for identifier, value, _ in found(detector, text, name)}


INSERT = (
    "INSERT INTO t (card_number, cvv, ssn, dl_no, qty) VALUES ('4485011831621647', 331, 536904399, 'D4829175', 48291756),\n"
    "('4400664328312307', '482', '541203377', 'D4829176', 601553127);\n"
)
MYSQL = (
    "CREATE TABLE `people` (\n  `id` int NOT NULL,\n  `ssn` varchar(11) DEFAULT NULL,\n  `cvv` char(4) COMMENT 'a, b (c)',\n"
    "  `qty` int,\n  PRIMARY KEY (`id`),\n  KEY `k` (`ssn`)\n) ENGINE=InnoDB;\n"
    "INSERT INTO `people` VALUES (1,'536904399','331',4321),(2,'541203377','904',601553127);\n"
)
COPY = "COPY public.t (id, cvv, ssn, qty) FROM stdin;\n1\t331\t536904399\t4321\n2\t\\N\t541203377\t601553127\n\\.\n\nSELECT 1;\n"


def test_columns_of_an_insert_are_named(detector: Detector) -> None:
    hits = found(detector, INSERT, "a.sql")
    assert {
        ("CVV", "331", "cvv"),
        ("CVV", "482", "cvv"),
        ("SSN", "536904399", "ssn"),
        ("SSN", "541203377", "ssn"),
    } <= set(hits)
    assert {("DRIVERS_LICENSE", "D4829175", "dl_no"), ("DRIVERS_LICENSE", "D4829176", "dl_no")} <= set(hits)
    assert not {value for _, value, field in hits if field == "qty" or value in ("48291756", "601553127")}


def test_columns_of_a_table_made_in_the_same_dump(detector: Detector) -> None:
    hits = found(detector, MYSQL, "a.sql")
    assert sorted(hits) == [
        ("CVV", "331", "cvv"),
        ("CVV", "904", "cvv"),
        ("SSN", "536904399", "ssn"),
        ("SSN", "541203377", "ssn"),
    ]


def test_columns_of_a_copy_block(detector: Detector) -> None:
    assert sorted(found(detector, COPY, "a.sql")) == [
        ("CVV", "331", "cvv"),
        ("SSN", "536904399", "ssn"),
        ("SSN", "541203377", "ssn"),
    ]


def test_rows_of_other_forms(detector: Detector) -> None:
    text = (
        "INSERT INTO users (id, password, cvv) VALUES\n(1,'Kq7vX2pL9!r',NULL),\n(2,'it''s,(x)',concat('3','331')),\n"
        "(3,AES_ENCRYPT('Zz8(,)wQ1','k'), 482)\nON DUPLICATE KEY UPDATE id = 1234;\n"
    )
    hits = values(detector, text, "a.sql")
    assert {("PASSWORD", "Kq7vX2pL9!r"), ("CVV", "331"), ("PASSWORD", "Zz8(,)wQ1"), ("CVV", "482")} <= hits
    assert ("CVV", "1234") not in hits


def test_a_doubled_quote_within_a_named_value(detector: Detector) -> None:
    hits = found(detector, "INSERT INTO t (patient_name, q) VALUES ('Sean O''Brien', 'x');", "a.sql")
    assert ("PERSON_NAME", "Sean O''Brien", "patient_name") in hits


NOT_NAMED = [
    ("a.sql", "INSERT INTO t (dl_no, qty) VALUES (NULL, 48291756);\n"),
    ("a.sql", "INSERT INTO t (ssn, qty) VALUES (NULL, 536904399);\n"),
    ("a.sql", "INSERT INTO t (cvv, qty) VALUES (NULL, 4321);\nINSERT INTO u (a, b) VALUES (331, 482);\n"),
    ("a.sql", "CREATE TABLE t (cvv text, qty int);\nINSERT INTO u VALUES (331, 482);\n"),
    ("a.sql", "COPY t (cvv, qty) FROM stdin;\n\\N\t331\n\\.\nSELECT 482;\n"),
    ("a.json", '{"cvv": null, "qty": 4321}'),
    ("a.json", '{"cvv": {}, "qty": 4321}'),
    ("a.json", '{"cvv": {"code": null}, "qty": {"code": 4321}}'),
    ("a.json", '{"cvv": [], "qty": [4321]}'),
    ("a.json", '{"cvv": {"type": "string", "minLength": 3, "maxLength": 4567, "example": 331}}'),
    ("a.json", '{"properties": {"ssn": {"type": "integer", "description": "536904399"}}}'),
    ("a.json", '{"ssn": {"phone": {"code": "536904399"}}}'),
    ("a.json", '{"ssn": {"a": {"b": {"c": "536904399"}}}}'),
    ("a.yaml", "cvv:\n  code:\nqty: 4321\nlist:\n- 331\n"),
    ("a.yaml", "a:\n  cvv:\n    code: x\n  qty: 4321\n"),
    ("a.xml", "<r><cvv><code/></cvv><qty>4321</qty></r>"),
    ("a.xml", "<r><cvv></cvv><qty>4321</qty></r>"),
    ("a.xml", "<r><cvv/><qty>4321</qty></r>"),
    ("a.html", "<html><table><tr><th>SSN</th><th>Order</th></tr><tr><td></td><td>541203377</td></tr></table></html>"),
    ("a.html", "<html><table><tr><th>Order</th><th>SSN</th></tr><tr><td>541203377</td><td>-</td></tr></table></html>"),
    ("a.html", '<html><p title="SSN"><a href="/x/541203377">541203377</a></p></html>'),
    ("a.html", '<html><a href="/ssn/541203377.html">more</a><img class="ssn" src="541203377.png"></html>'),
    ("a.html", '<html><ssn id="541203377">text</ssn></html>'),
    ("a.html", '<html><label>CVV</label><input type="submit" value="331"></html>'),
    ("a.html", "<html><pre>dl:\n<b>48291756</b></pre></html>"),
    ("a.html", "<html><dl><dt>CVV</dt><dd>see the card</dd><dt>Room</dt><dd>482</dd></dl></html>"),
]


@pytest.mark.parametrize(("name", "text"), NOT_NAMED)
def test_what_the_name_does_not_govern_is_not_found(name: str, text: str, detector: Detector) -> None:
    hits = values(detector, text, name)
    assert not {hit for hit in hits if hit[0] in ("CVV", "SSN", "DRIVERS_LICENSE")}


NESTED = [
    ("a.json", '{"ssn": {"value": "536904399"}, "qty": 601553127}', "$.ssn.value"),
    ("a.json", '{"ssn": {"type": "tax", "value": 536904399}, "qty": 601553127}', "$.ssn.value"),
    ("a.json", '{"x": {"ssn": {"own": {"no": "536904399"}}}, "qty": 601553127}', "$.x.ssn.own.no"),
    ("a.json", '{"ssns": ["x", "536904399"], "qty": 601553127}', "$.ssns[1]"),
    ("a.json", '{"ssns": [{"v": null}, {"v": "536904399"}], "qty": [{"v": "601553127"}]}', "$.ssns[1].v"),
    ("a.jsonl", '{"ssn": {"value": "536904399"}}\n{"qty": {"value": 601553127}}\n', "$.ssn.value"),
    ("a.yaml", "ssn:\n  value: 536904399\nqty: 601553127\n", "$.ssn.value"),
    ("a.yaml", "ssn: {value: 536904399}\nqty: 601553127\n", "$.ssn.value"),
    ("a.yaml", "a:\n  ssn:\n  - own: yes\n    no: 536904399\n  qty: 601553127\n", "$.a.ssn[0].no"),
    ("a.yaml", "- ssn:\n    value: 536904399\n  qty: 601553127\n", "$[0].ssn.value"),
    ("a.xml", "<r><ssn><value>536904399</value></ssn><qty>601553127</qty></r>", None),
    ("a.xml", "<r><ssn><own><no>536904399</no></own></ssn><qty>601553127</qty></r>", None),
    ("a.xml", '<r><ssn value="536904399"/><qty value="601553127"/></r>', None),
]


@pytest.mark.parametrize(("name", "text", "path"), NESTED)
def test_a_key_governs_what_is_nested_under_it(name: str, text: str, path: str | None, detector: Detector) -> None:
    data = text.encode()
    _, structure = structure_of(data, name)
    (hit,) = detector.detect(Window(data, 0, len(data), 0, 0, 0, True), structure)
    assert (hit.rule.name, data[hit.start : hit.end]) == ("SSN", b"536904399")
    assert hit.place is not None
    assert hit.place.json_path == path
    assert hit.whole


def test_short_codes_nested_under_a_key(detector: Detector) -> None:
    assert found(detector, '{"cvv": {"code": 331}, "qty": {"code": 4321}}', "a.json") == [("CVV", "331", "code")]
    assert found(detector, "<r><cvv><code>331</code></cvv><qty>4321</qty></r>", "a.xml") == [("CVV", "331", "code")]


VISIBLE = [
    ("<td>SSN</td><td>536904399</td><td>601553127</td>", "SSN", None),
    ("<th>SSN:</th><td><span class='x'>536904399</span></td>", "SSN", None),
    ("<tr><th>Order</th><th>SSN</th></tr><tr><td>601553127</td><td>536904399</td></tr>", "SSN", "SSN"),
    ("<tr><td><b>Order</b></td><td><b>SSN</b></td></tr><tr><td>601553127</td><td>536904399</td></tr>", "SSN", None),
]


@pytest.mark.parametrize(("rows", "identifier", "field"), VISIBLE)
def test_cells_of_a_table(rows: str, identifier: str, field: str | None, detector: Detector) -> None:
    rows = rows if rows.startswith("<tr>") else f"<tr>{rows}</tr>"
    text = f"<!DOCTYPE html><html><body><table>{rows}</table></body></html>"
    assert found(detector, text, "a.html") == [(identifier, "536904399", field)]


LABELLED = [
    ("<dl><dt>Date of birth</dt><dd>1980-02-03</dd></dl>", ("DOB", "1980-02-03", "Date of birth")),
    ('<label>Card number</label><input value="4485011831621647">', ("CREDIT_CARD", "4485011831621647", "Card number")),
    (
        "<label for=a>CVV</label>\n <input id=a type=text value=331> <label>Sum</label><input value=4321>",
        ("CVV", "331", "CVV"),
    ),
    ('<label>CVV <input value="331"></label><input value="4321">', ("CVV", "331", "CVV")),
    ("<label>SSN</label><div><span>536904399</span></div>", ("SSN", "536904399", "SSN")),
    ("<table><tr><td>CVV</td><td><input value=331></td><td><input value=4321></td></tr></table>", ("CVV", "331", None)),
    ("<table><tr><td>CVV <input value=331></td><td>4321</td></tr></table>", ("CVV", "331", "CVV")),
    (f'<p>Your SSN is <b class="{"long " * 40}">536904399</b></p>', ("SSN", "536904399", None)),
    ("<p>dl:\n<b>48291756</b></p>", ("DRIVERS_LICENSE", "48291756", None)),
    ("<p>SSN:&nbsp;<i>536904399</i></p>", ("SSN", "536904399", None)),
    ('<a href="/show?ssn=536904399&amp;n=601553127">x</a>', ("SSN", "536904399", "ssn")),
]


@pytest.mark.parametrize(("body", "hit"), LABELLED)
def test_labels_and_words_in_visible_text(body: str, hit: tuple[str, str, str | None], detector: Detector) -> None:
    assert found(detector, f"<!DOCTYPE html><html><body>{body}</body></html>", "a.html") == [hit]


def test_scripts_comments_and_attributes_are_still_read(detector: Detector) -> None:
    text = (
        '<html><script>password = "Kq7vX2pL9!r"; if (a<b) x()</script><!-- SSN 536-90-4399 -->'
        '<a href="mailto:ada.stone@posteo.de">write</a><p>bo.reed&#64;posteo.de</p></html>'
    )
    hits = values(detector, text, "a.html")
    assert hits == {
        ("PASSWORD", "Kq7vX2pL9!r"),
        ("SSN", "536-90-4399"),
        ("EMAIL", "ada.stone@posteo.de"),
        ("EMAIL", "bo.reed&#64;posteo.de"),
    }


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="<>/!-&;ab=\"' td1\n", max_size=80),
    st.sampled_from(["", "<table><tr><td>", "<label>", "<!--", "<script>"]),
)
def test_visible_text_points_at_the_raw_text(text: str, begin: str) -> None:
    data = f"{begin}{text}é<td>x</td>".encode()
    seen = Reader(Window(data, 0, len(data), 0, 0, 0, True), VisibleState()).read()
    assert len(seen.view) == len(data)
    for part in seen.parts:
        offsets = list(part.offsets)
        assert len(offsets) == len(part.data) + 1
        assert offsets == sorted(offsets)
        for at, byte in enumerate(part.data):
            # A character that is written as a name (`&dd;`) may take several bytes, which lie within that name.
            written = byte >= 0x80 and b"&" in data
            assert data[offsets[at]] == byte or data[offsets[at]] in b"&< \t\n>\"'" or byte in b" \n" or written
        spans = [(start, end) for start, end, _ in part.values or ()]
        assert spans == sorted(spans)
        assert all(low <= high for (_, low), (high, _) in zip(spans, spans[1:], strict=False))


NAMES = ["ssn", "cvv", "dl_no", "qty", "note", "dob", "patient_name"]


def rows_of(dice: random.Random, count: int) -> list[dict[str, str]]:
    makers = {
        "ssn": lambda: f"53690{dice.randint(1000, 9999)}",
        "cvv": lambda: str(dice.randint(100, 999)),
        "dl_no": lambda: "D48" + "".join(dice.sample("2917530", 5)),
        "qty": lambda: f"60155{dice.randint(1000, 9999)}",
        "note": lambda: dice.choice(["plain", "it's (here), now", "é漢\\字", "a;b", "x" * 40]),
        "dob": lambda: f"19{dice.randint(50, 99)}-03-{dice.randint(10, 28)}",
        "patient_name": lambda: dice.choice(["Grace Okafor", "Sean O'Brien"]),
    }
    names = dice.sample(NAMES, dice.randint(3, 6))
    return [{name: makers[name]() for name in names} for _ in range(count)]


def sql_of(rows: list[dict[str, str]], dice: random.Random) -> str:
    names = list(rows[0])
    style = dice.choice(["listed", "created", "copy", "single"])
    quoted = [
        "(" + ",".join("'" + value.replace("\\", "\\\\").replace("'", "''") + "'" for value in row.values()) + ")"
        for row in rows
    ]
    if style == "copy":
        lines = "".join("\t".join(value.replace("\\", "\\\\") for value in row.values()) + "\n" for row in rows)
        return f"SET a = 1;\nCOPY t ({', '.join(names)}) FROM stdin;\n{lines}\\.\nSELECT 1;\n"
    listed = f" ({', '.join(names)})"
    if style == "single":
        return "".join(f"INSERT INTO t{listed} VALUES {row};\n" for row in quoted)
    made = (
        "CREATE TABLE `t` (\n" + ",\n".join(f"  `{name}` text" for name in names) + "\n);\n"
        if style == "created"
        else ""
    )
    return f"{made}INSERT INTO t{'' if made else listed} VALUES {','.join(quoted)};\n"


def json_of(rows: list[dict[str, str]], dice: random.Random) -> str:
    nested = [
        {name: dice.choice([{"value": value}, {"a": {"no": value}}, [value], value]) for name, value in row.items()}
        for row in rows
    ]
    return json.dumps({"rows": nested}, indent=dice.choice([None, 1]), ensure_ascii=dice.random() < 0.5)


def html_of(rows: list[dict[str, str]], dice: random.Random) -> str:
    layout = dice.choice(["header", "beside", "list", "form"])
    if layout == "header":
        heads = "".join(f"<th>{name}</th>" for name in rows[0])
        body = "\n".join(
            "<tr>" + "".join(f"<td class='c'>{escape(value)}</td>" for value in row.values()) + "</tr>" for row in rows
        )
        inner = f"<table><thead><tr>{heads}</tr></thead>\n{body}</table>"
    elif layout == "form":
        inner = "\n".join(
            f'<label>{name}</label> <input value="{escape(value)}">' for row in rows for name, value in row.items()
        )
    else:
        row_of, name_of, value_of = ("table", "td", "td") if layout == "beside" else ("dl", "dt", "dd")
        pairs = [
            f"<{name_of}>{name}</{name_of}><{value_of}>{escape(value)}</{value_of}>"
            for row in rows
            for name, value in row.items()
        ]
        inner = (
            f"<{row_of}>"
            + "\n".join(f"<tr>{pair}</tr>" if layout == "beside" else pair for pair in pairs)
            + f"</{row_of}>"
        )
    return f"<!DOCTYPE html><html><body>\n<p>Report</p>\n{inner}\n<script>x < 1</script></body></html>\n"


@pytest.mark.parametrize("name", ["a.sql", "a.json", "a.html"])
def test_cutting_anywhere_changes_nothing(name: str, detector: Detector) -> None:
    write = {"a.sql": sql_of, "a.json": json_of, "a.html": html_of}[name]

    @PROPERTY
    @given(seed=st.integers(0, 10**9), core=st.integers(200, 2_000))
    def holds(seed: int, core: int) -> None:
        dice = random.Random(seed)
        rows = rows_of(dice, dice.randint(2, 30))
        text = write(rows, dice)
        whole = found(detector, text, name)
        wanted = {value for row in rows for field, value in row.items() if field in ("ssn", "cvv", "dl_no")}
        assert wanted <= {value for _, value, _ in whole}
        assert not {value for row in rows for field, value in row.items() if field == "qty"} & {
            value for identifier, value, _ in whole if identifier in ("SSN", "DRIVERS_LICENSE", "CVV")
        }
        assert found(detector, text, name, max(core, len(text) // 40)) == whole

    holds()


@pytest.mark.parametrize(
    ("name", "begin", "item", "end"),
    [
        ("a.json", '{"ssns": [', '"53690{}", ', '"x"], "qty": [601553127]}'),
        ("a.json", '{"ssns": [', '{{"v": "53690{}"}}, ', '1], "qty": [601553127]}'),
        ("a.yaml", "a: 1\nssns:\n", "- 53690{}\n", "qty: 601553127\n"),
        ("a.xml", "<r><ssns>", "<v>53690{}</v>", "</ssns><qty>601553127</qty></r>"),
    ],
)
def test_a_long_array_across_windows(name: str, begin: str, item: str, end: str, detector: Detector) -> None:
    text = begin + "".join(item.format(number) for number in range(2000, 2400)) + end
    whole = found(detector, text, name)
    assert [value for _, value, _ in whole] == [f"53690{number}" for number in range(2000, 2400)]
    for core in (1_500, 3_000):
        assert found(detector, text, name, core) == whole


def test_only_statements_and_coded_messages_have_fields_to_list() -> None:
    from assay.formats.structure import Columned

    coded = {Kind.HL7, Kind.X12, Kind.VCARD, Kind.GEDCOM}
    assert {kind for kind in Kind if isinstance(structure_for(kind), Columned)} == {Kind.SQL, *coded}
