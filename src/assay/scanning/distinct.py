"""Values that a column repeats are scanned once: which are to be scanned, and in which rows each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from assay.detect.allow import INLINE
from assay.detect.numeric import Least

_SHARE = 0.7
_LEAST = 64
_WAIT = 8
_WIDEST = 1 << 20
_WIDE = 16
_MOST_KEPT = 16 * 1024 * 1024
_INLINE = INLINE.decode()


class Values:
    """The values of a column in some rows: `texts` are to be scanned, the one at `texts[n]` stands in `rows(n)`."""

    def __init__(
        self,
        texts: Sequence[str | None],
        places: Any = None,
        filled: int | None = None,
        numbers: Any = None,
        entries: Any = None,
    ) -> None:
        self.texts = texts
        self.numbers = numbers
        """The whole numbers that the texts are written from, where they are known by these."""
        self.entries = entries
        """Where the texts stand in the dictionary of their column, where it has one."""
        self.filled = filled
        """How many rows hold more than blanks, where that is known before they are scanned."""
        self._places = places
        self._order: Any = None
        self._bounds: Any = None

    @property
    def is_repeated(self) -> bool:
        """Whether a text may stand in several rows."""
        return self._places is not None

    def rows(self, number: int) -> Any:
        """The rows (0-based, ascending) with the text of this number."""
        if self._places is None:
            return np.array([number], dtype=np.int64)
        if self._order is None:
            self._order = np.argsort(self._places, kind="stable")
            self._bounds = np.searchsorted(self._places[self._order], np.arange(len(self.texts) + 1))
        return self._order[self._bounds[number] : self._bounds[number + 1]]


class Distinct:
    """What is known of the values of one column, batch after batch: those in which nothing was found are not scanned again.

    Kept are at most so many characters of them as `room` has left; they do not leave the process.
    """

    def __init__(self, room: Room) -> None:
        self._silent: set[str | None] = set()
        self._silent_wholes = _Wholes(room)
        self._entries = _Entries()
        self._room = room
        self._wait = 0

    def of(self, column: Sequence[str | None]) -> Values:
        """What is to be scanned of the next rows."""
        if self._wait or len(column) < _LEAST:
            self._wait = max(0, self._wait - 1)
            return Values(column)
        wholes = self._silent_wholes.of(column)
        if wholes is not None:
            return wholes
        codes = getattr(column, "codes", None)
        coded = codes() if codes is not None else None
        if coded is not None:
            return self._of_entries(column, *coded)
        found = _different(column)
        if found is None:
            self._wait = _WAIT
            return Values(column)
        texts, places = found
        listed = texts if isinstance(texts, list) else list(texts)
        new = _not_among(self._silent, listed)
        fresh = _taken(listed, new)
        if _INLINE in "\n".join(filter(None, fresh)):
            return Values(column)  # what a comment lets pass is counted wherever it stands
        filled = int(np.count_nonzero(places >= 0))
        if None in fresh or not all(map(str.strip, filter(None, fresh))) or "" in fresh:
            blank = np.fromiter((not (text and text.strip()) for text in fresh), bool, len(fresh))
            filled -= int(np.bincount(places[places >= 0], minlength=len(listed))[new[blank]].sum())
            new = new[~blank]
            fresh = _taken(listed, new)
        if len(new) < len(listed):
            renamed = np.full(len(listed) + 1, -1, dtype=np.int64)
            renamed[new] = np.arange(len(new))
            places = renamed[places]
        return Values(_held(texts, new, fresh), places, filled)

    def _of_entries(self, column: Sequence[str | None], dictionary: Any, places: Any) -> Values:
        """The same of a column that looks its values up."""
        count = len(dictionary)
        times = np.bincount(places + 1, minlength=count + 1)[1:]
        if int(np.count_nonzero(times)) > _SHARE * len(places):
            self._wait = _WAIT
            return Values(column)
        known = self._entries.of(dictionary, self._silent)
        new = np.flatnonzero((times > 0) & ~known.silent)
        texts = dictionary.values()
        if len(new) and _INLINE in "\n".join(_taken(texts, new)):
            return Values(column)  # what a comment lets pass is counted wherever it stands
        new = new[~known.blank[new]]
        renamed = np.full(count + 1, -1, dtype=np.int64)
        renamed[new] = np.arange(len(new))
        filled = int(times[~known.blank].sum())
        fresh = _held(dictionary.texts, new, _taken(texts, new))
        return Values(fresh, renamed[places], filled, entries=new)

    def settle(self, values: Values, told: Iterable[int]) -> None:
        """Takes note of the texts of `values` in which nothing was found; in those `told` something was."""
        if not values.is_repeated:
            return
        if values.numbers is not None:
            self._silent_wholes.settle(values.numbers, told)
            return
        loud = set(told)
        texts = list(values.texts)
        if not loud and None not in texts and self._room.take(sum(map(len, filter(None, texts)))):
            self._silent.update(texts)
            if values.entries is not None:
                self._entries.silent[values.entries] = True
            return
        for number, text in enumerate(texts):
            if number not in loud and text is not None and self._room.take(len(text)):
                self._silent.add(text)
                if values.entries is not None:
                    self._entries.silent[values.entries[number]] = True


class _Entries:
    """Of each text of the dictionary that a column has now whether it is among those without findings, and whether it is blank."""

    def __init__(self) -> None:
        self._dictionary: Any = None
        self.silent: Any = None
        self.blank: Any = None

    def of(self, dictionary: Any, silent: set[str | None]) -> _Entries:
        """These, of this dictionary."""
        if dictionary is not self._dictionary:
            texts = dictionary.values()
            self._dictionary = dictionary
            self.silent = np.fromiter(map(silent.__contains__, texts), bool, len(texts))
            self.blank = ~np.fromiter(map(bool, map(str.strip, texts)), bool, len(texts))
        return self


class _Wholes:
    """The same of columns of whole numbers near one another: a byte for each number between the least and the greatest."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._low = 0
        self._step = 0
        self._silent: Any = np.zeros(0, dtype=bool)

    def of(self, column: Sequence[str | None]) -> Values | None:
        """What is to be scanned of the next rows, `None` where they are no such numbers, most of which come twice."""
        wholes = getattr(column, "wholes", None)
        found = wholes() if wholes is not None else None
        if found is None or found.high - found.low > _WIDE * len(column) or found.step != (self._step or found.step):
            return None
        if not self._reaches(found.low, found.high):
            return None
        self._step = found.step
        places = found.numbers - found.low
        begin = found.low - self._low
        silent = self._silent[begin : begin + found.high - found.low + 1]
        present = np.zeros(len(silent), dtype=bool)
        present[places] = True
        if int(np.count_nonzero(present)) > _SHARE * len(column):
            return None
        fresh = np.flatnonzero(present & ~silent)
        if not len(fresh):
            return Values([], np.zeros(0, dtype=np.int64), len(places), fresh)
        renamed = np.full(len(silent), -1, dtype=np.int64)
        renamed[fresh] = np.arange(len(fresh))
        rows = renamed[places]
        if found.valid is not None:
            filled, rows = rows, np.full(len(column), -1, dtype=np.int64)
            rows[found.valid] = filled
        numbers = fresh + found.low
        return Values(column.of_wholes(numbers, found.step), rows, len(places), numbers)  # type: ignore[attr-defined]

    def settle(self, numbers: Any, told: Iterable[int]) -> None:
        """Takes note of all but those `told`, by their place among the numbers."""
        quiet = np.ones(len(numbers), dtype=bool)
        quiet[list(told)] = False
        self._silent[numbers[quiet] - self._low] = True

    def _reaches(self, low: int, high: int) -> bool:
        """Whether there is a byte for all numbers between, those that were there before among them."""
        count = len(self._silent)
        if count and self._low <= low and high < self._low + count:
            return True
        first, last = (min(low, self._low), max(high, self._low + count - 1)) if count else (low, high)
        if last - first >= _WIDEST or not self._room.take(last - first + 1 - count):
            return False
        grown = np.zeros(last - first + 1, dtype=bool)
        grown[self._low - first : self._low - first + count] = self._silent
        self._low, self._silent = first, grown
        return True


class Room:
    """How many characters of values the columns of a table may still keep."""

    def __init__(self, left: int = _MOST_KEPT) -> None:
        self._left = left

    def take(self, size: int) -> bool:
        """Whether there was so much room; then it is taken."""
        if size > self._left:
            return False
        self._left -= size
        return True


def quiet(column: Sequence[str | None], need: Least) -> Values | None:
    """Nothing to scan, where these are numbers too short for anything to be found among them; `None` else."""
    digits = getattr(column, "digits", None)
    found = digits() if digits is not None else None
    if found is None or found.whole >= (need.fraction if found.fraction else need.whole):
        return None
    nothing = np.zeros(0, dtype=np.int64)
    return Values([], nothing, found.filled, nothing)


def _not_among(silent: set[str | None], texts: list[str | None]) -> Any:
    """Which of the texts, by number, are not among those in which nothing was found."""
    if not silent:
        return np.arange(len(texts))
    return np.flatnonzero(~np.fromiter(map(silent.__contains__, texts), bool, len(texts)))


def _taken(texts: list[Any], numbers: Any) -> list[Any]:
    """The texts of these (ascending) numbers."""
    return texts if len(numbers) == len(texts) else [texts[number] for number in numbers.tolist()]


def _held(texts: Any, numbers: Any, listed: list[str | None]) -> Sequence[str | None]:
    """Those of these numbers, which are `listed`, held as all of them are: what Arrow holds it puts in quotes at once."""
    part = getattr(texts, "part", None)
    found: Sequence[str | None] = listed if part is None else part(numbers, listed)
    return found


def _different(column: Sequence[str | None]) -> tuple[Sequence[str | None], Any] | None:
    """The different values, and for each row which of them it has (-1: null). `None` where most differ."""
    arrow = getattr(column, "different", None)
    if arrow is not None:
        found: tuple[Sequence[str | None], Any] | None = arrow()
        return found
    texts = dict.fromkeys(column)
    if len(texts) > _SHARE * len(column):
        return None
    numbers = {text: number for number, text in enumerate(texts)}
    return list(texts), np.fromiter(map(numbers.__getitem__, column), np.int64, len(column))
