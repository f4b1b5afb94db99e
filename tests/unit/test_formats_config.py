from __future__ import annotations

import io
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, Place, Structure, Transcoder, Window, windows
from assay.formats.json import path_step
from assay.formats.keyvalue import KeyValue
from assay.formats.yaml import Yaml

KEYS = st.sampled_from(["name", "ssn", "odd key", "a-b", "x.y", "ключ", "n1", "it's", "0"])
TREES = st.recursive(
    st.sampled_from(["", "x ", "é: ", "- ", "#", "'q' ", '"', "multi\nline\n", "tail \n"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=12,
).filter(lambda tree: not isinstance(tree, str))


def whole(data: bytes) -> Window:
    return Window(data, 0, len(data), 0, 0, 0, True)


def place(structure: Structure, data: bytes, needle: bytes) -> Place | None:
    return structure.places(whole(data), [data.index(needle)])[0]


def plant(tree: Any) -> tuple[Any, dict[str, tuple[str, tuple[str, ...]]]]:
    planted: dict[str, tuple[str, tuple[str, ...]]] = {}

    def walk(node: Any, path: str, names: tuple[str, ...]) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, path + path_step(key), (key, *names)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, f"{path}[{index}]", names) for index, value in enumerate(node)]
        marker = f"MARK{len(planted):04d}KRAM"
        planted[marker] = (path, names)
        return f"{node}{marker}"

    return walk(tree, "$", ()), planted


@settings(max_examples=200, deadline=None)
@given(TREES, st.sampled_from([None, "|", "'", '"']), st.booleans(), st.sampled_from([1, 9, 80, 10_000]), st.booleans())
def test_every_yaml_scalar_resolves_at_any_cut(
    tree: Any, style: str | None, flow: bool, core: int, documents: bool
) -> None:
    doc, planted = plant(tree)
    # Quoted scalars over several lines within a flow collection are the one form that is not followed.
    flow = flow and "\\n" not in repr(tree)
    text = yaml.dump(
        doc, default_style=style, allow_unicode=True, default_flow_style=None if flow else False, width=10_000
    )
    if style == '"' and "? " in text:
        return
    if documents:
        text = "%YAML 1.1\n---\nfirst: 1\nlist: [1, 2]\n---\n# note\n" + text
    data = text.encode()
    structure = Yaml()
    seen = 0
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=2048):
        structure.view(window)
        found = [
            m for m in re.finditer(rb"MARK\d{4}KRAM", window.data) if window.core_start <= m.start() < window.core_end
        ]
        for match, where in zip(found, structure.places(window, [m.start() for m in found]), strict=True):
            assert where is not None
            assert (where.json_path, where.names) == planted[match[0].decode()]
            assert where.start <= match.start() < match.end() <= where.end
            seen += 1
    assert seen == len(planted)


YAML_TEXT = b"""# VAL0
users:
- name: VAL1   # VAL2
  tags: [VAL3, "VAL4", {k: VAL5}]
- {name: 'VAL6', mail: VAL7@x.test}
cert: |
  line
  VAL8

plain: first
  VAL9
url: http://x.test/VALA
"k y": !!str "VALB"
empty:
  - VALC
"""


@pytest.mark.parametrize(
    ("needle", "path", "text"),
    [
        (b"VAL1", "$.users[0].name", b"VAL1"),
        (b"VAL3", "$.users[0].tags[0]", b"VAL3"),
        (b"VAL4", "$.users[0].tags[1]", b"VAL4"),
        (b"VAL5", "$.users[0].tags[2].k", b"VAL5"),
        (b"VAL6", "$.users[1].name", b"VAL6"),
        (b"VAL7", "$.users[1].mail", b"VAL7@x.test"),
        (b"VAL8", "$.cert", b"line\n  VAL8"),
        (b"VAL9", "$.plain", b"VAL9"),
        (b"VALA", "$.url", b"http://x.test/VALA"),
        (b"VALB", "$['k y']", b"VALB"),
        (b"VALC", "$.empty[0]", b"VALC"),
    ],
)
def test_yaml_paths_and_spans(needle: bytes, path: str, text: bytes) -> None:
    where = place(Yaml(), YAML_TEXT, needle)
    assert where is not None
    assert where.json_path == path
    assert YAML_TEXT[where.start : where.end].strip() == text


def test_yaml_flow_over_lines() -> None:
    data = b"""a:
  words: [x, "VAL1",
    VAL2, # VAL3
    {k: VAL4, 'l': [VAL5,
      'VAL6']}]
  after: VAL7
broken: [x,
last: VAL8
"""
    expected = {
        b"VAL1": "$.a.words[1]",
        b"VAL2": "$.a.words[2]",
        b"VAL4": "$.a.words[3].k",
        b"VAL5": "$.a.words[3].l[0]",
        b"VAL6": "$.a.words[3].l[1]",
        b"VAL7": "$.a.after",
        b"VAL8": "$.last",
    }
    for core in (1, 20, 1000):
        structure, found = Yaml(), {}
        for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=512):
            structure.view(window)
            for needle in expected:
                at = window.data.find(needle, window.core_start, window.core_end + 3)
                if window.core_start <= at < window.core_end:
                    where = structure.places(window, [at])[0]
                    found[needle] = where.json_path if where else None
                    assert where is not None
                    assert window.data[where.start : where.end] == needle
        assert found == expected
    assert place(Yaml(), data, b"VAL3") is None


def test_a_yaml_line_longer_than_many_windows_keeps_its_key() -> None:
    for value in (b"x y " * 1000 + b"MARK", b"[" + b"ab, " * 1000 + b"MARK]", b"|\n    " + b"x y " * 1000 + b"MARK"):
        data = b"a:\n  note: " + value + b"\n  b: KRAM\n"
        structure, found = Yaml(), {}
        for window in windows(io.BytesIO(data), Transcoder(UTF8), core=300, left=512, right=64):
            structure.view(window)
            for needle in (b"MARK", b"KRAM"):
                at = window.data.find(needle, window.core_start)
                if window.core_start <= at < window.core_end:
                    where = structure.places(window, [at])[0]
                    found[needle] = where.names if where else None
        assert found == {b"MARK": ("note", "a"), b"KRAM": ("b", "a")}


def test_yaml_comments_are_free() -> None:
    assert place(Yaml(), YAML_TEXT, b"VAL0") is None
    assert place(Yaml(), YAML_TEXT, b"VAL2") is None


@pytest.mark.parametrize(
    ("data", "governed"),
    [
        (b"cvv: 123\n", b"123"),
        (b'cvv: "123" # x\n', b"123"),
        (b"cvv:\n- 123\n- 456\nb: 1\n", b"\n- 123\n- 456"),
        (b"cvv: |\n  123\nb: 1\n", b"\n  123"),
    ],
)
def test_yaml_keys_govern(data: bytes, governed: bytes) -> None:
    where = place(Yaml(), data, b"cvv")
    assert where is not None
    assert where.governs is not None
    assert data[slice(*where.governs)] == governed


def test_yaml_escapes() -> None:
    data = b"a: \"x\\u0040y\\ncaf\\xe9\"\nb: 'it''s'\npath: C:\\new\n"
    values = [value.data for value in Yaml().decoded(whole(data))]
    assert values == ["x@y\ncafé".encode(), b"it's"]
    view = Yaml().view(whole(data))
    assert len(view) == len(data)
    assert b"y \ncaf" in view
    assert b"C:\\new" in view


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\0\a\b\t\n\v\f\r\e\ \"\/\\", '\0\a\b\t\n\v\f\r\x1b "/\\'),
        (r"\N\_\L\P", "\x85\xa0\u2028\u2029"),
        (r"\x41\u0042\U00000043\U0001F600", "ABC\U0001f600"),
    ],
)
def test_every_escape_of_yaml(written: str, meant: str) -> None:
    data = f'k: "{written}."\n'.encode()
    (value,) = Yaml().decoded(whole(data))
    assert value.data.decode() == meant + "." == yaml.safe_load(data)["k"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_yaml_string_over_lines_that_end_in_a_backslash(end: str) -> None:
    text = "words before it " * 4 + "4111 1111 1111 1111 " + "words after it " * 4
    data = yaml.safe_dump({"k": text}, default_style='"', width=30).replace("\n", end).encode()
    assert b"\\" + end.encode() in data
    assert text.encode() in [value.data for value in Yaml().decoded(whole(data))]


INI = b"""; VAL0
top = VAL1
[db prod]
password = "VAL2"   # VAL3
user: VAL4
path = C:\\temp\\new
export TOKEN=VAL5 # why
long = one \\
   VAL6
spring.mail.pass=VAL7
"""


@pytest.mark.parametrize(
    ("needle", "names", "text"),
    [
        (b"VAL1", ("top",), b"VAL1"),
        (b"VAL2", ("password", "db prod"), b"VAL2"),
        (b"VAL4", ("user", "db prod"), b"VAL4"),
        (b"VAL5", ("TOKEN", "db prod"), b"VAL5"),
        (b"VAL6", ("long", "db prod"), b"VAL6"),
        (b"VAL7", ("spring.mail.pass", "db prod"), b"VAL7"),
    ],
)
def test_ini_names_and_spans(needle: bytes, names: tuple[str, ...], text: bytes) -> None:
    where = place(KeyValue(), INI, needle)
    assert where is not None
    assert where.names == names
    assert where.field == names[0]
    assert INI[where.start : where.end] == text


def test_ini_comments_are_free_and_keys_govern() -> None:
    assert place(KeyValue(), INI, b"VAL0") is None
    assert place(KeyValue(), INI, b"VAL3") is None
    where = place(KeyValue(), INI, b"password")
    assert where is not None
    assert where.governs is not None
    assert INI[slice(*where.governs)] == b"VAL2"


def test_toml() -> None:
    data = b'[owner]\nname = "VAL1"\ndb = { user = "VAL2", pass = \'VAL3\' }\n'
    data += b'list = [\n  "VAL4",\n  "VAL5",\n]\n[[items]]\nid = 7 # VAL6\n'
    expected = {b"VAL1": "name", b"VAL2": "user", b"VAL3": "pass", b"VAL4": "list", b"VAL5": "list"}
    for needle, field in expected.items():
        where = place(KeyValue(), data, needle)
        assert where is not None
        assert (where.field, where.names[-1]) == (field, "owner")
    assert place(KeyValue(), data, b"VAL6") is None


def test_sections_are_carried_over_cuts() -> None:
    data = b"[first]\n" + b"x = 1\n" * 200 + b"[second]\n" + b"y = 2\n" * 200 + b"key = MARK\n"
    structure = KeyValue()
    names = ()
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=100, left=512, right=64):
        structure.view(window)
        at = window.data.find(b"MARK", window.core_start, window.core_end)
        if at >= 0:
            where = structure.places(window, [at])[0]
            names = where.names if where else ()
    assert names == ("key", "second")


def test_key_value_view_blanks_only_quoted_escapes_and_keys() -> None:
    view = KeyValue().view(whole(b'a="x\\ny"\np=C:\\new\n'))
    assert view == b'a="x \ny"\np=C:\\new\n'
    pem = KeyValue().view(whole(b"k=-----BEGIN X-----\\nMII\n"))
    assert pem == b"k=-----BEGIN X----- \nMII\n"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:=-[]{}|>#\"'\\, \n&!?%", max_size=80), st.sampled_from([1, 10, 100]))
def test_malformed_configuration_never_fails(text: str, core: int) -> None:
    data = text.encode()
    for structure in (Yaml(), KeyValue()):
        for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=64):
            offsets = list(range(len(window.data)))
            assert len(structure.places(window, offsets)) == len(offsets)
            assert len(structure.view(window)) == len(window.data)
            list(structure.decoded(window))
