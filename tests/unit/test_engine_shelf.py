"""Lines on a shelf are those that were put down, as long as anybody holds them, and its room is used again."""

from __future__ import annotations

import gc
import os
import random
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.engines import channel, pool, process
from assay.engines.channel import Channel, head_of, message_of, outcomes_of, pack, send
from assay.engines.local import Job
from assay.engines.outcomes import SoFar
from assay.engines.shelf import Shelf, Shelved
from assay.ports import Blocks

MANY = Blocks([b"a" * 70_000 + b"\n", b"", b"b" * 5_000 + b"\n"])


def test_blocks_are_taken_as_they_were_put_down() -> None:
    shelf = Shelf(1_000)
    assert shelf.put([b"one", b"", b"two"]) == 0
    assert shelf.put([b"three"]) == 6
    assert list(map(bytes, shelf.take(0, [3, 0, 3]))) == [b"one", b"", b"two"]
    assert list(map(bytes, shelf.take(6, [5]))) == [b"three"]


def test_there_is_no_room_for_more_until_something_is_let_go() -> None:
    shelf = Shelf(10)
    assert shelf.put([b"x" * 11]) is None
    assert shelf.put([b"123456"]) == 0
    assert shelf.put([b"abcde"]) is None
    assert shelf.put([b"abcd"]) == 6
    first, second = shelf.take(0, [6]), shelf.take(6, [4])
    assert shelf.put([b"+"]) is None
    # The room behind what is held is not used, though something before it is let go.
    del second
    assert shelf.put([b"+"]) is None
    assert list(map(bytes, first)) == [b"123456"]
    del first
    assert shelf.put([b"+" * 10]) == 10


def test_what_does_not_fit_behind_the_last_goes_to_the_front() -> None:
    shelf = Shelf(10)
    assert shelf.put([b"123456"]) == 0
    held = shelf.take(0, [6])
    assert shelf.put([b"abcdef"]) is None
    del held
    assert shelf.put([b"abcdef"]) == 10
    assert list(map(bytes, shelf.take(10, [6]))) == [b"abcdef"]


def test_one_block_that_is_held_keeps_all_that_came_with_it() -> None:
    shelf = Shelf(10)
    shelf.put([b"123", b"456"])
    second = shelf.take(0, [3, 3])[1]
    assert shelf.put([b"abcdefgh"]) is None
    assert bytes(second) == b"456"
    part = memoryview(second)[1:]
    del second
    assert shelf.put([b"abcdefgh"]) is None
    assert bytes(part) == b"56"
    del part
    assert shelf.put([b"abcdefgh"]) == 10


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9), room=st.integers(1, 60))
def test_nothing_is_written_over_that_is_held(seed: int, room: int) -> None:
    dice = random.Random(seed)
    shelf = Shelf(room)
    waiting: list[tuple[int, list[bytes]]] = []
    held: list[tuple[Shelved, list[bytes]]] = []
    put = 0
    for _ in range(60):
        turn = dice.random()
        if turn < 0.5:
            blocks = [dice.randbytes(dice.randint(1, 12)) for _ in range(dice.randint(1, 4))]
            place = shelf.put(blocks)
            if place is not None:
                put += 1
                waiting.append((place, blocks))
        elif turn < 0.75 and waiting:
            place, blocks = waiting.pop(0)
            held.append((shelf.take(place, list(map(len, blocks))), blocks))
        elif held:
            del held[dice.randrange(len(held))]
        assert [list(map(bytes, taken)) for taken, _ in held] == [blocks for _, blocks in held]
    held.clear()
    for place, blocks in waiting:
        assert list(map(bytes, shelf.take(place, list(map(len, blocks))))) == blocks
    assert shelf.put([b"!"]) is not None


def _sent(*messages: channel.Message, shelf: Shelf | None) -> tuple[int, list[channel.Message]]:
    """How many bytes went through the socket, and what was received."""
    here, there = socket.socketpair()
    with there:
        parent = Channel(here, shelf)
        counted = 0
        got: list[channel.Message] = []
        for message in messages:
            send(there, message, shelf)
            counted += len(here.recv(1 << 20, socket.MSG_PEEK))
            got += parent.read()
        parent.close()
    return counted, got


def test_a_message_says_where_its_lines_lie() -> None:
    so_far = SoFar(resource="r", bytes_total=7)
    shelf = Shelf(200_000)
    for number in range(5):
        # The second lies behind the first, the third at the front again.
        through, got = _sent(pack(number, [so_far, MANY]), pack(number, [b"few\n"]), shelf=shelf)
        assert through < 1_000
        assert head_of(got[0]) == head_of(pack(number, [so_far, MANY]))
        told, lines = outcomes_of(got[0])
        assert told == so_far
        assert isinstance(lines, Shelved)
        assert list(map(bytes, lines)) == list(MANY)
        assert outcomes_of(got[1]) == [b"few\n"]
        assert got[0].size < 1_000
        del got, lines


def test_lines_that_have_no_room_go_through_the_socket() -> None:
    through, got = _sent(pack(1, [MANY]), shelf=Shelf(50_000))
    assert through > MANY.size
    assert not isinstance(got[0].blocks, Shelved)
    assert b"".join(got[0].blocks) == b"".join(MANY)
    assert got[0].size > MANY.size


def test_what_waits_in_a_file_lies_on_the_shelf_no_more() -> None:
    shelf = Shelf(100_000)
    unit = pool._Unit(left=pool.deque())
    for number in range(3):
        _, got = _sent(pack(number, [MANY]), shelf=shelf)
        assert isinstance(got[0].blocks, Shelved)
        assert unit.add(got.pop(), room=0) == 0
    told = [b"".join(message.blocks) for message in unit.drain()]
    assert told == [b"".join(MANY)] * 3


def test_a_message_that_is_kept_is_whole_by_itself() -> None:
    _, got = _sent(pack(3, [MANY]), shelf=Shelf(100_000))
    again = message_of(b"".join(got[0].pieces), Shelf(10))
    assert not isinstance(again.blocks, Shelved)
    assert outcomes_of(again) == [MANY]


def test_room_that_the_system_does_not_have_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any) -> Any:
        raise OSError(12, "Cannot allocate memory")

    job = Job(recipe=None, setup=None, render=True)  # type: ignore[arg-type]
    assert isinstance(process._shelf(job, 100), Shelf)
    monkeypatch.setattr("assay.engines.shelf.mmap.mmap", refuse)
    assert process._shelf(job, 100) is None


def test_a_copy_of_this_process_puts_down_what_this_one_takes_and_later_copies_have_nothing_of_it() -> None:
    shelf = Shelf(1 << 20)
    here, there = socket.socketpair()
    child = os.fork()
    if not child:
        here.close()
        send(there, pack(7, [MANY]), shelf)
        os._exit(0)
    there.close()
    shelf.keep_back()
    os.waitpid(child, 0)
    parent = Channel(here, shelf)
    got = parent.read()
    assert [bytes(block) for block in got[0].blocks] == list(MANY)
    parent.close()
    mapped = os.pipe()
    child = os.fork()
    if not child:
        lines = Path("/proc/self/smaps").read_text().splitlines() if os.path.exists("/proc/self/smaps") else []
        os.write(mapped[1], str(sum("/dev/zero" in line for line in lines)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    own = Path("/proc/self/smaps").read_text().splitlines() if os.path.exists("/proc/self/smaps") else []
    there_still = int(os.read(mapped[0], 100))
    assert there_still < max(1, sum("/dev/zero" in line for line in own))
    os.close(mapped[0])
    os.close(mapped[1])
    gc.collect()
