"""Words are cut as the model's own tokenizer cuts them, or left to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.abbreviations import known_words
from assay.tables import embedding
from assay.tables.embedding import Embedding, load_embedding
from assay.tables.pieces import Pieces, vocabulary_in

tokenizers = pytest.importorskip("tokenizers")
FOLDER = embedding._folder()
FILE = FOLDER / embedding._TOKENIZER


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(vocabulary_in(FILE))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    found = tokenizers.Tokenizer.from_buffer(FILE.read_bytes())
    found.no_truncation()
    found.no_padding()
    return found


def test_words_of_names_are_cut_as_the_tokenizer_cuts_them(pieces: Pieces, tokenizer: Any) -> None:
    words = [*sorted(known_words()), "tailnum", "aaaaaaaaa", "prénom", "straße", "имя", "5", "x9", "w" * 60]
    told = [each.ids for each in tokenizer.encode_batch(words, add_special_tokens=False)]
    own = {word: pieces.of(word) for word in words}
    assert [own[word] or tokens for word, tokens in zip(words, told, strict=True)] == told
    # Only signs of other scripts are not its own.
    assert not [word for word in words if own[word] is None and word.isascii()]


@given(st.text(alphabet="aeiorstnßé5_- <>▁名", max_size=12))
def test_any_text_is_cut_so_or_left_to_it(pieces: Pieces, tokenizer: Any, text: str) -> None:
    own = pieces.of(text)
    assert own in (None, tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.mark.parametrize("text", ["", "a b", "a_b", "<s>", "▁", "𝔘𝔫", "w" * 65])
def test_what_is_no_word_is_left_to_it(pieces: Pieces, text: str) -> None:
    assert pieces.of(text) is None


def test_the_first_whole_of_the_vocabulary_is_joined_first_and_from_the_left() -> None:
    cut = Pieces(["▁", "a", "b", "c", "x", "bc", "ab", "abc", "aa"])
    assert cut.of("abxbcab") == [0, 6, 4, 5, 6]
    assert cut.of("abc") == [0, 7]
    assert cut.of("aaa") == [0, 8, 1]


def _changed(change: Callable[[dict[str, Any]], Any], folder: Path) -> list[str]:
    told = orjson.loads(FILE.read_bytes())
    change(told)
    file = folder / "changed.json"
    file.write_bytes(orjson.dumps(told))
    return vocabulary_in(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["model"].update(type="Unigram"),
        lambda told: told["model"].update(dropout=0.1),
        lambda told: told["model"].update(ignore_merges=True),
        lambda told: told["model"]["merges"].reverse(),
        lambda told: told["model"]["merges"].pop(100),
        lambda told: told["model"]["vocab"].update(zzzzz=40_000),
        lambda told: told.update(normalizer=None),
        lambda told: told.update(pre_tokenizer={"type": "Whitespace"}),
        lambda told: told.pop("model"),
    ],
)
def test_another_tokenizer_is_not_imitated(change: Callable[[dict[str, Any]], Any], tmp_path: Path) -> None:
    assert _changed(change, tmp_path) == []


def test_a_file_that_cannot_be_read_has_no_pieces(tmp_path: Path) -> None:
    assert vocabulary_in(tmp_path / "none.json") == []
    (tmp_path / "cut.json").write_bytes(FILE.read_bytes()[:1_000])
    assert vocabulary_in(tmp_path / "cut.json") == []


def test_vectors_are_the_same_with_pieces_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phrases = [["tail", "number"], ["dep", "delay"], ["a_b"], ["wind", "gust", "名前"]]
    wanted = load_embedding().phrases(phrases)
    assert np.array_equal(load_embedding(tmp_path).phrases(phrases), wanted)
    (kept,) = tmp_path.glob("pieces-*.json")
    assert len(orjson.loads(kept.read_bytes().partition(b"\n")[2])) == 32_000
    assert np.array_equal(load_embedding(tmp_path).phrases(phrases), wanted)

    def refused(_folder: Path) -> Any:
        raise AssertionError("no word of these needs the tokenizer")

    monkeypatch.setattr(embedding, "_tokenizer_in", refused)
    assert np.array_equal(load_embedding(tmp_path).phrases(phrases[:2]), wanted[:2])


def test_tokenizers_that_are_not_imitated_are_used(tmp_path: Path) -> None:
    for file in (embedding._WEIGHTS, embedding._TOKENIZER):
        (tmp_path / file.parent).mkdir()
    (tmp_path / embedding._WEIGHTS).symlink_to(FOLDER / embedding._WEIGHTS)
    told = orjson.loads(FILE.read_bytes())
    told["model"]["merges"][100:102] = told["model"]["merges"][101:99:-1]
    (tmp_path / embedding._TOKENIZER).write_bytes(orjson.dumps(told))
    kept = tmp_path / "pieces-1.json"
    found = Embedding(tmp_path, None, kept).phrases([["delay"]])
    assert kept.read_bytes().endswith(b"\n[]")
    assert np.array_equal(found, load_embedding().phrases([["delay"]]))
    shutil.rmtree(tmp_path / embedding._TOKENIZER.parent)
    with pytest.raises(embedding.ModelMissingError, match="cannot be read"):
        Embedding(tmp_path, None, kept)
