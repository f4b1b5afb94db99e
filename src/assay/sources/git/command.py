"""git as it is called: nothing of it writes, asks, reaches out to a network, or runs what a repository's configuration names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from assay.errors import ReadError, UsageError

_CHUNK = 1 << 18
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031
# Commands that a repository's own configuration could have run: https://git-scm.com/docs/git-config
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.pager=cat", "-c", "log.showSignature=false", "--no-pager")
_INDEX = "GIT_INDEX_FILE"
_SAID = 200
_VERBS = frozenset(("cat-file", "diff", "for-each-ref", "log", "ls-files", "ls-tree"))
_OBJECT = re.compile("[0-9a-f]{40,64}")


def environment(*, index: bool = False) -> dict[str, str]:
    """The environment that git runs in. What a hook's caller says of another repository is left out; with `index` the
    index that is about to be committed is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for name in ("GIT_SSL_NO_VERIFY", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"):
        if name in os.environ:
            kept[name] = os.environ[name]
    if index and _INDEX in os.environ:
        kept[_INDEX] = os.path.abspath(os.environ[_INDEX])
    return kept | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        # A blob that a partial clone left out is a gap, not a reason to go to the network.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def command(place: str, arguments: Sequence[str]) -> list[str]:
    """The command line of git for the repository at `place`. Raises `UsageError` where there is no git."""
    program = shutil.which("git")
    if program is None:
        raise UsageError("git: repositories are read with git, which is not on the PATH; install it")
    return [program, "-C", place, *_QUIET, *arguments]


def run(place: str, *arguments: str, given: bytes = b"", index: bool = False) -> tuple[int, bytes, str]:
    """What one call of git gives: its exit code, its output, and what it said of an error, in one short line."""
    try:
        done = subprocess.run(  # noqa: S603  # git, and no shell
            command(place, arguments), input=given, capture_output=True, check=False, env=environment(index=index)
        )
    except OSError as error:
        raise UsageError(f"git: cannot be run: {error.strerror}") from None
    return done.returncode, done.stdout, _said(done.stderr)


def output(place: str, *arguments: str, given: bytes = b"", index: bool = False) -> bytes:
    """The output of a call that has to succeed. Raises `ReadError`."""
    code, out, said = run(place, *arguments, given=given, index=index)
    if code:
        raise _failure(arguments, said)
    return out


@contextmanager
def streamed(place: str, *arguments: str) -> Iterator[IO[bytes]]:
    """The output of a call as it comes. Raises `ReadError` at the end where git failed."""
    process = subprocess.Popen(  # noqa: S603  # git, and no shell
        command(place, arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        bufsize=_CHUNK,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    widen(process.stdout)
    try:
        yield process.stdout
    except BaseException:
        process.kill()
        process.communicate()
        raise
    process.stdout.close()
    said = _said(process.stderr.read())
    process.stderr.close()
    if process.wait():
        raise _failure(arguments, said)


def into(file: IO[bytes], place: str, *arguments: str, given: bytes) -> Callable[[], bool]:
    """Starts a call whose output goes to a file. What is returned waits for its end, and says whether it succeeded."""
    try:
        process = subprocess.Popen(  # noqa: S603  # git, and no shell
            command(place, arguments),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    except OSError:
        return lambda: False
    assert process.stdin is not None
    try:
        process.stdin.write(given)
        process.stdin.close()
    except OSError:
        process.kill()
    return lambda: process.wait() == 0


def tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """What stands between null characters; the last may be without one."""
    rest = b""
    while data := stream.read(_CHUNK):
        *whole, rest = (rest + data).split(b"\0")
        yield from whole
    if rest:
        yield rest


def widen(*streams: IO[bytes]) -> None:
    """Has pipes hold as much as the system allows, so that the two ends wait for each other less often."""
    try:
        import fcntl

        for stream in streams:
            fcntl.fcntl(stream.fileno(), _F_SETPIPE_SZ, _PIPE)
    except (ImportError, OSError):
        return  # only Linux has it, and not beyond a user's limit; it is slower without


def _failure(arguments: Sequence[str], said: str) -> ReadError:
    # Names in a repository may be values: of what git says only the object is told.
    found = _OBJECT.search(said)
    about = f" at the object {found[0]}" if found is not None else ""
    verb = next((part for part in arguments if part in _VERBS), "")
    return ReadError("corrupt", f"'git {verb}' failed{about}; 'git fsck' tells more")


def _said(stderr: bytes) -> str:
    """The first line that tells why."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    told = _first(lines, ("fatal:", "error:")) or (lines[0] if lines else "it gave no reason")
    return "".join(character if character.isprintable() else "?" for character in told)[:_SAID]


def _first(lines: Iterable[str], marks: Sequence[str]) -> str:
    for mark in marks:
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix(mark).strip()
    return ""
