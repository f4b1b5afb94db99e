from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, Place, Structure, Transcoder, Window, windows
from assay.formats.flow import LINE, SAME_NUMBER, SAME_WORD, Flow
from assay.formats.xml import Html, Xml

TAGS = st.sampled_from(["person", "ssn", "ns-x", "item", "a", "b.c", "данные"])
TEXTS = st.text(alphabet="ab <>&'\"é\n", max_size=6)


def whole(data: bytes) -> Window:
    return Window(data, 0, len(data), 0, 0, 0, True)


def place(structure: Structure, data: bytes, needle: bytes) -> Place | None:
    return structure.places(whole(data), [data.index(needle)])[0]


@st.composite
def trees(draw: st.DrawFn) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    planted: dict[str, tuple[str, ...]] = {}

    def mark(names: tuple[str, ...]) -> str:
        marker = f"MARK{len(planted):04d}KRAM"
        planted[marker] = names
        return draw(TEXTS) + marker + draw(TEXTS)

    def build(depth: int, names: tuple[str, ...]) -> ET.Element:
        tag = draw(TAGS)
        element = ET.Element(tag)
        inner = (tag, *names)
        for attribute in draw(st.lists(st.sampled_from(["code", "mail", "x-y"]), unique=True, max_size=2)):
            element.set(attribute, mark((attribute, *inner)))
        if draw(st.booleans()):
            element.text = mark(inner)
        for _ in range(draw(st.integers(0, 3)) if depth < 3 else 0):
            child = build(depth + 1, inner)
            if draw(st.booleans()):
                child.tail = mark(inner)
            if draw(st.booleans()):
                element.append(ET.Comment(" comment <x> "))
            element.append(child)
        return element

    root = build(0, ())
    return ET.tostring(root, encoding="utf-8", xml_declaration=draw(st.booleans())), planted


@settings(max_examples=80, deadline=None)
@given(trees(), st.sampled_from([1, 5, 33, 200, 10_000]))
def test_every_text_and_attribute_resolves_to_its_names_at_any_cut(
    tree: tuple[bytes, dict[str, tuple[str, ...]]], core: int
) -> None:
    data, planted = tree
    structure = Xml()
    seen = 0
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=2048):
        structure.view(window)
        found = [
            m for m in re.finditer(rb"MARK\d{4}KRAM", window.data) if window.core_start <= m.start() < window.core_end
        ]
        for match, where in zip(found, structure.places(window, [m.start() for m in found]), strict=True):
            assert where is not None
            assert where.names == planted[match[0].decode()]
            assert where.field == where.names[0]
            assert where.start <= match.start() < match.end() <= where.end
            seen += 1
    assert seen == len(planted)


@settings(max_examples=100, deadline=None)
@given(trees())
def test_decoded_texts_are_what_an_xml_parser_reads(tree: tuple[bytes, dict[str, tuple[str, ...]]]) -> None:
    data, _ = tree
    root = ET.fromstring(data)
    texts = {text for node in root.iter() for text in (node.text, node.tail, *node.attrib.values()) if text}
    plain = " ".join(" ".join(text.split()) for text in sorted(texts))
    for value in Xml().decoded(whole(data)):
        text = value.data.decode()
        assert len(value.offsets) == len(value.data) + 1
        assert "&amp;" not in text
        for part in text.split():
            assert part in plain


def test_names_come_from_naming_attributes_too() -> None:
    data = b'<c><add key="ApiKey" value="VAL1"/><entry key="password">VAL2</entry><p name="n">VAL3</p></c>'
    structure = Xml()
    first, second = place(structure, data, b"VAL1"), place(structure, data, b"VAL2")
    assert first is not None
    assert first.names[:2] == ("ApiKey", "value")
    assert first.field == "ApiKey"
    assert second is not None
    assert second.names == ("password", "entry", "c")


def test_tags_and_attribute_names_govern_values() -> None:
    data = b'<card cvv="123"><pin>4567</pin><empty/></card>'
    for name, value in ((b"cvv", b"123"), (b"pin", b"4567"), (b"empty", b"")):
        where = place(Xml(), data, name)
        assert where is not None
        assert where.governs is not None
        assert data[slice(*where.governs)] == value


def test_comments_instructions_and_cdata() -> None:
    data = b"<?pi VAL0?><a><!-- VAL1 <b> --><![CDATA[ <b>VAL2]]> VAL3</a>"
    structure = Xml()
    assert place(structure, data, b"VAL0") is None
    assert place(structure, data, b"VAL1") is None
    for needle in (b"VAL2", b"VAL3"):
        where = place(structure, data, needle)
        assert where is not None
        assert where.names == ("a",)


@pytest.mark.parametrize("inside", ["<!-- {} -->", "<![CDATA[{}]]>", "<b>{}</b>", "{}"])
def test_what_is_longer_than_many_windows_keeps_its_place(inside: str) -> None:
    data = f"<a>{inside.format('x <i> y ' * 1000 if '!' in inside else 'x y ' * 1000)}<c>MARK</c></a>".encode()
    structure = Xml()
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=300, left=512, right=64):
        structure.view(window)
        at = window.data.find(b"MARK", window.core_start, window.core_end)
        if at >= 0:
            where = structure.places(window, [at])[0]
            assert where is not None
            assert where.names == ("c", "a")


def test_external_and_nested_entities_are_never_resolved() -> None:
    data = (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY l "&k;&k;">]><r><v>&x; &l; &#64; &amp;</v></r>'
    )
    decoded = b" ".join(value.data for value in Xml().decoded(whole(data)))
    assert b"&x; &l; @ &" in decoded
    where = place(Xml(), data, b"&#64;")
    assert where is not None
    assert where.names == ("v", "r")


def test_html_text_is_free_and_attributes_are_named() -> None:
    data = b'<HTML><br><p>VAL1<script>if (a<b) "VAL2"</script><input name="ssn" value="VAL3"><a href=VAL4>x</a>'
    structure = Html()
    assert place(structure, data, b"VAL1") is None
    assert place(structure, data, b"VAL2") is None
    third, fourth = place(structure, data, b"VAL3"), place(structure, data, b"VAL4")
    assert third is not None
    assert third.names == ("ssn", "value")
    assert fourth is not None
    assert (fourth.field, data[fourth.start : fourth.end]) == ("href", b"VAL4")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-[]&;ab=\"' CDATA?\n", max_size=80), st.sampled_from([1, 10, 100]))
def test_malformed_markup_never_fails(text: str, core: int) -> None:
    data = text.encode()
    for structure in (Xml(), Html()):
        for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=64):
            offsets = list(range(len(window.data)))
            assert len(structure.places(window, offsets)) == len(offsets)
            assert len(structure.view(window)) == len(window.data)
            list(structure.decoded(window))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>SSN 512-<b>44</b>-7806.</p>", "SSN 512-44-7806."),
        ("<p>4485<WBR>0118 <i>3162</i> 1647</p>", "44850118 3162 1647"),
        ("<p>ada<em>@park.net</em> and <u>bob</u>@park.net</p>", "ada@park.net and bob@park.net"),
        # Elsewhere tags part what they stand between, as cells of a page do.
        ("<p><b>SSN:</b>512-44-7806<b>and</b>more</p>", "SSN: 512-44-7806 and more"),
        ("<p>512-44-7806<sup>1</sup> <span>12</span><span>34</span></p>", "512-44-7806 1 12 34"),
        ("<p>512-<span>44</span>-7806</p>", "512-44-7806"),
        ("<p><span>-</span><span>512-44-7806</span><span>-</span></p>", "- 512-44-7806 -"),
        ("<p><span>12<b>3</b></span><span>45</span> ada<span>@park.net</span></p>", "123 45 ada@park.net"),
        ("<p>12<b> 34</b>56 <b>7</b> <i>8</i></p>", "12 3456 7 8"),
        ("<p>12<b></b><br><i>34</i><p><b>56", "12\n34\n56"),
    ],
)
def test_how_letters_look_parts_no_number_and_no_address(page: str, said: str) -> None:
    (part,) = Html().decoded(whole(page.encode()))
    assert part.data.decode() == said


_PIECES = st.sampled_from(
    (
        "<p>ada@acme.org</p>\n",
        "one <b>two</b>three <a href='x' title=\"a > b\">l</a>\n",
        "<table><tr><th>SSN<th>Name</tr>\n<tr><td>512-44-7806<td>Ada</tr></table>\n",
        "<dl><dt>Phone:<dd>020 7946 0958</dl>\n",
        "<label>Email</label> <input value='bob@acme.org'>\n",
        "<pre>first\n  second &amp; third\n</pre>\n",
        "<script>" + 'if (a < b && c > d) { x = "<td>" }\n' * 8 + "</script>\n",
        "<style>" + "p > a { color: red }\n" * 20 + "</style>\n",
        "<!-- " + "<b>hidden</b>\n more " * 9 + "-->\n",
        "<!-- open\n",
        "<SCRIPT>a</SCRIPT> a &lt; b &amp; c < 5 and > 3\n",
    )
)


RIGHT = 256


def said_in_cores(data: bytes, core: int) -> tuple[list[tuple[int, bytes]], bytes]:
    """Every letter of visible text in the cores of windows, with where it is written; and their views."""
    said: list[tuple[int, bytes]] = []
    views = b""
    structure = Html()
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=RIGHT):
        views += structure.view(window)[window.core_start : window.core_end]
        for part in structure.decoded(window):
            said += [
                (window.byte + part.offsets[at], part.data[at : at + 1])
                for at in range(len(part.data))
                if window.core_start <= part.offsets[at] < window.core_end and not part.data[at : at + 1].isspace()
            ]
    return sorted(said), views


@settings(max_examples=120, deadline=None)
@given(st.lists(_PIECES, min_size=4, max_size=25).map("".join), st.sampled_from([20, 70, 150, 400]))
def test_visible_text_is_the_same_at_any_cut(page: str, core: int) -> None:
    data = page.encode()
    assert said_in_cores(data, core) == said_in_cores(data, len(data))


def test_a_script_that_ends_beyond_a_cut_is_no_text() -> None:
    data = b"<p>before<script>" + b"var a = 1; // <td>\n" * 30 + b"</script><p>after" + b" words" * 50
    said, views = said_in_cores(data, 400)
    assert b"".join(letter for _, letter in said).startswith(b"beforeafterwordswords")
    assert views.count(b"var a = 1;") == 30, "what stands in scripts is scanned as it is written"


PIECES = st.sampled_from(
    [
        b"ada",
        b" ",
        b"\n",
        b"12",
        b"34-",
        b"&amp;",
        b"&#x41;b",
        b"x@",
        b"\r\n y ",
        b"<b>",
        b"</b>",
        b"<span class='k'>",
        b"<p>",
        b"<a href=x>",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=30), st.booleans(), st.integers(0, 300))
def test_texts_and_tags_taken_together_are_as_one_after_the_other(soup: list[bytes], lines: bool, stop: int) -> None:
    data, signs = b"".join(soup), {b"b": SAME_WORD, b"span": SAME_NUMBER, b"p": LINE}
    tags = list(re.finditer(rb"<(/?)([a-z]+)[^>]*(>)()", data))
    together, apart = Flow(), Flow()
    together.lines = apart.lines = lines
    firsts: list[int] = []
    begins: list[int] = []
    ends: list[int] = []
    at, left = together.parted(data, 0, stop, iter(tags), signs, firsts, begins, ends)
    taken = list(itertools.takewhile(lambda tag: tag[2] in signs and tag.end() <= stop, tags))
    position, spans = 0, []
    for tag in taken:
        if apart.write(data, position, tag.start()):
            spans.append((position, tag.start()))
        apart.gap(signs[tag[2]])
        position = tag.end()
    assert (at, left) == (position, tags[len(taken)] if len(taken) < len(tags) else None)
    assert firsts == [tag.start() for tag in taken]
    assert list(zip(begins, ends, strict=True)) == spans
    for flow in (together, apart):
        flow.write(data, position, len(data))
    assert bytes(together.text) == bytes(apart.text)
    assert list(together.decoded().offsets) == list(apart.decoded().offsets)


def test_what_follows_the_last_comment_is_read_as_what_stands_before_it() -> None:
    page = b"<p>one</p><!-- two --><p>three</p><i>four</i><!-- <p>five</p>"
    structure = Html()
    said = b"|".join(part.data for part in structure.decoded(whole(page)))
    assert said == b"one\nthree\nfour"
    assert structure.view(whole(page)).replace(b" ", b"").startswith(b"<p></p><!--two--><p></p><i></i><!--")
