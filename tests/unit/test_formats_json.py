from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, PlainText, Structure, Transcoder, Window, windows
from assay.formats.json import Json, JsonLines, path_step

LEAVES = st.integers(0, 10**6) | st.booleans() | st.none() | st.text(max_size=12)
KEYS = st.text(min_size=1, max_size=8)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


def plant(
    tree: Any, path: str = "$", names: tuple[str, ...] = ()
) -> tuple[Any, dict[str, tuple[str, tuple[str, ...]]]]:
    """The tree with each scalar replaced by a unique marker, and each marker's path and names."""
    planted: dict[str, tuple[str, tuple[str, ...]]] = {}

    def walk(node: Any, path: str, names: tuple[str, ...]) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, path + path_step(key), (key, *names)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, f"{path}[{index}]", names) for index, value in enumerate(node)]
        marker = f"MARK{len(planted):04d}KRAM"
        planted[marker] = (path, names)
        return marker if not isinstance(node, str) else f"{node}{marker}{node}"

    return walk(tree, path, names), planted


def whole(data: bytes) -> Window:
    return Window(data, 0, len(data), 0, 0, 0, True)


def cut(data: bytes, core: int) -> list[Window]:
    return list(windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=64))


def check(structure: Structure, data: bytes, planted: dict[str, tuple[str, tuple[str, ...]]], core: int) -> None:
    seen = 0
    for window in cut(data, core):
        structure.view(window)
        found = [
            m for m in re.finditer(rb"MARK\d{4}KRAM", window.data) if window.core_start <= m.start() < window.core_end
        ]
        places = structure.places(window, [match.start() for match in found])
        for match, place in zip(found, places, strict=True):
            path, names = planted[match[0].decode()]
            assert place is not None
            assert (place.json_path, place.names) == (path, names)
            assert place.field == (names[0] if names else None)
            assert place.start <= match.start()
            assert place.end >= match.end()
            seen += 1
    assert seen == len(planted)


@settings(max_examples=150, deadline=None)
@given(TREES, st.booleans(), st.sampled_from([None, 1, 3]), st.sampled_from([1, 7, 64, 301, 5000]))
def test_every_scalar_resolves_to_its_path_at_any_cut(tree: Any, escape: bool, indent: int | None, core: int) -> None:
    doc, planted = plant(tree)
    data = json.dumps(doc, ensure_ascii=escape, indent=indent).encode()
    check(Json(), data, planted, core)


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=6), st.sampled_from([1, 50, 5000]))
def test_json_lines_each_line_on_its_own(trees: list[Any], core: int) -> None:
    lines, planted = [], {}
    for number, tree in enumerate(trees):
        doc, marks = plant(tree)
        text = json.dumps(doc)
        for mark, where in marks.items():
            renamed = f"MARK{number * 100 + int(mark[4:8]):04d}KRAM"
            text = text.replace(mark, renamed)
            planted[renamed] = where
        lines.append(text)
        lines.append('{"broken": "line')
    check(JsonLines(), "\n".join(lines).encode(), planted, core)


def test_value_spans_are_the_text_between_the_quotes() -> None:
    data = rb'{"ssn": "536-90-4399", "n": -12.5e3, "list": ["a\"b", 2]}'
    places = Json().places(
        whole(data), [data.index(b"536"), data.index(b"12.5"), data.index(b"a\\"), data.index(b"2]")]
    )
    assert [data[p.start : p.end] for p in places if p] == [b"536-90-4399", b"-12.5e3", rb"a\"b", b"2"]
    assert [p.json_path for p in places if p] == ["$.ssn", "$.n", "$.list[0]", "$.list[1]"]


@pytest.mark.parametrize(
    ("data", "governed"),
    [
        (b'{"cvv": 123}', b"123"),
        (b'{"cvv" : "123" }', b"123"),
        (b'{"cvv": ["123", 456], "x": 1}', b'"123", 456'),
        (b'{"cvv": {"x": 1}}', b""),
    ],
)
def test_a_key_governs_its_value(data: bytes, governed: bytes) -> None:
    place = Json().places(whole(data), [data.index(b"cvv")])[0]
    assert place is not None
    assert place.governs is not None
    assert data[slice(*place.governs)] == governed


@pytest.mark.parametrize(
    ("key", "step"),
    [("a", ".a"), ("odd key", "['odd key']"), ("it's", "['it\\'s']"), ("a-b", "['a-b']"), ("1", "['1']")],
)
def test_odd_keys_are_quoted_in_paths(key: str, step: str) -> None:
    data = json.dumps({key: "value"}).encode()
    place = Json().places(whole(data), [data.index(b"value")])[0]
    assert place is not None
    assert place.json_path == "$" + step


def test_comments_and_space_between_tokens_are_free() -> None:
    data = b'{ // "a": 1\n "b": /* "c" */ 2 }'
    places = Json().places(whole(data), [data.index(b"a"), data.index(b"c"), data.index(b"2")])
    assert places[:2] == [None, None]
    assert places[2] is not None
    assert places[2].field == "b"


@given(st.text(max_size=40))
def test_decoded_values_are_the_text_and_offsets_point_into_it(text: str) -> None:
    data = json.dumps({"k": text + "@"}).replace("@", "\\u0040").encode()
    (value,) = Json().decoded(whole(data))
    assert value.data == (text + "@").encode()
    assert len(value.offsets) == len(value.data) + 1
    assert list(value.offsets) == sorted(value.offsets)
    assert data[value.offsets[-2] : value.offsets[-1]] == b"\\u0040"


def test_view_blanks_simple_escapes_and_keeps_the_length() -> None:
    data = rb'{"a": "x\ny\t\"z\" C:\\new\\table \\\n"}'
    view = Json().view(whole(data))
    assert len(view) == len(data)
    assert view == b'{"a": "x \ny \t "z " C:\\\\new\\\\table \\\\ \n"}'


def test_a_value_longer_than_many_windows_keeps_its_name() -> None:
    data = b'{"a": {"note": "' + b'x \\" ' * 4000 + b'MARK0000KRAM", "next": ["MARK0001KRAM"]}}'
    check(
        Json(), data, {"MARK0000KRAM": ("$.a.note", ("note", "a")), "MARK0001KRAM": ("$.a.next[0]", ("next", "a"))}, 700
    )


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}[],:"\\ab1 \n/*', max_size=80), st.sampled_from([1, 10, 100]))
@example('"" :1', 1)
def test_malformed_text_never_fails_and_spans_hold_their_offset(text: str, core: int) -> None:
    data = text.encode()
    for structure in (Json(), JsonLines()):
        for window in cut(data, core):
            offsets = list(range(len(window.data)))
            places = structure.places(window, offsets)
            assert len(places) == len(offsets)
            for offset, place in zip(offsets, places, strict=True):
                assert place is None or 0 <= place.start <= offset + 1 <= place.end + 2
            assert len(structure.view(window)) == len(window.data)
            list(structure.decoded(window))


def test_plain_text_has_no_places() -> None:
    assert PlainText().places(whole(b"a b"), [0, 2]) == [None, None]


def test_beyond_a_hundred_levels_the_nearest_names_are_told_and_no_path() -> None:
    for depth, told in ((99, True), (150, False)):
        data = b'{"a":' * depth + b'{"ssn":"MARK"}' + b"}" * depth
        place = Json().places(whole(data), [data.index(b"MARK")])[0]
        assert place is not None
        assert place.names[:2] == ("ssn", "a")
        assert (place.json_path is not None) == told
