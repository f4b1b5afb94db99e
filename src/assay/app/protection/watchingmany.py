"""Watches over several accounts: each by a watch of its own, entered by a role of its own. One that cannot be entered is told, tried again, and
stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from assay.app.protection.protectwatch import Watch
from assay.errors import AwsError

_AGAIN_SECONDS = 300.0


@dataclass(kw_only=True)
class Watches:
    """The account of the credentials (`None`), and those of `roles`. `make` says who watches over one; it raises `AwsError` where that cannot be
    entered. Used once."""

    roles: Sequence[str]
    make: Callable[[str | None], Watch]
    note: Callable[[str], None]
    stop: threading.Event = field(default_factory=threading.Event)
    again: float = _AGAIN_SECONDS
    _made: dict[str, Watch] = field(default_factory=dict)
    _of: dict[str, str | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _has_gaps: bool = False

    @property
    def rounds(self) -> int:
        return sum(each.rounds for each in self._made.values())

    @property
    def has_failed(self) -> bool:
        """Whether something drifted and was not healed, in any of them."""
        return any(each.last.failed or each.last.drifted > each.last.healed for each in self._made.values())

    @property
    def has_gaps(self) -> bool:
        """Whether something could not be seen: a setting, or an account."""
        return self._has_gaps or any(each.last.gaps for each in self._made.values())

    def once(self) -> Iterator[str]:
        """One round in each, one after the other; why nothing was done in an account, as a sentence. Raises `AwsError` where that of the credentials
        cannot be entered."""
        for role in (None, *self.roles):
            if self.stop.is_set():
                return
            made = self._entered(role)
            if made is None:
                continue
            try:
                holder = made.once()
            except AwsError as error:
                if role is None:
                    raise
                self._has_gaps = True
                yield f"{role}: {error.reason}: {error.detail}"
                continue
            if holder is not None:
                self._has_gaps = True
                yield f"{holder.by} watches already, on {holder.host}"

    def run(self) -> None:
        """Watches over all until it is stopped, or one of them ends with an error, which is raised then."""
        # Before any role is tried: one may lead into the same account, and only the watch of the credentials hears of the queue.
        own = self._entered(None)
        with ThreadPoolExecutor(1 + len(self.roles)) as threads:
            running = [threads.submit(self._run, None, own), *(threads.submit(self._run, each) for each in self.roles)]
        for each in running:
            each.result()

    def _run(self, role: str | None, entered: Watch | None = None) -> None:
        try:
            while not self.stop.is_set():
                made, entered = entered or self._entered(role), None
                if made is not None:
                    self._watched(role, made)
                self.stop.wait(self.again)
        finally:
            # What ends one for good ends all: nobody would notice that it alone is gone.
            self.stop.set()

    def _watched(self, role: str | None, made: Watch) -> None:
        try:
            made.run()
        except AwsError as error:
            if role is None:
                raise
            self._has_gaps = True
            self.note(f"{role}: {error.reason}: {error.detail}; trying again")

    def _entered(self, role: str | None) -> Watch | None:
        """Who watches over an account; `None` where it cannot be entered, or another one of these watches over it."""
        try:
            made = self.make(role)
        except AwsError as error:
            if role is None:
                raise
            self._has_gaps = True
            self.note(f"{role} cannot be assumed: {error.reason}: {error.detail}")
            return None
        account = made.changes.account
        with self._lock:
            if self._of.setdefault(account, role) != role:
                return None
            self._made[account] = made
        made.stop = self.stop
        return made
