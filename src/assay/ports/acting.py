"""What is done about it: messages that ask for something, who reads the state of resources, and who changes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from assay.model.sensitive import Sensitive

if TYPE_CHECKING:
    from assay.model.action import Action, Observed, State


class Message(NamedTuple):
    """A message of a queue. `id` stays the same, `receipt` is that of this delivery; `receives` counts them, from 1.

    `group` is that of a queue that keeps an order. The body may hold clear values.
    """

    id: str
    receipt: str
    body: Sensitive[str]
    receives: int
    group: str | None = None


class Depth(NamedTuple):
    """About how many messages of a queue wait, are being worked on, and are not to be seen yet."""

    waiting: int
    in_work: int
    delayed: int


class Queue(Protocol):
    """Messages that are seen by one worker for a time, and by another if it has not deleted them by then.

    All methods raise `AwsError` or another `AssayError` where the queue cannot be used; what fails for some messages
    alone is returned. They may be called by several threads.
    """

    name: str

    def receive(self, most: int, *, wait: float) -> Sequence[Message]:
        """At most `most` messages; waits for the first for at most `wait` seconds."""
        ...

    def delete(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Takes messages out for good. Returns those that are still there."""
        ...

    def extend(self, messages: Sequence[Message], *, seconds: float) -> Sequence[Message]:
        """Keeps messages from others for so long from now; with 0 gives them back. Returns those that it was too late for."""
        ...

    def bury(self, message: Message, reason: str) -> bool:
        """Puts a message into the dead-letter queue, with the reason, and takes it out here. False if there is none."""
        ...

    def depth(self) -> Depth:
        """How much there is."""
        ...


class Observer(Protocol):
    """Reads the real state of resources, and changes nothing."""

    def observe(self, resource: str) -> Observed:
        """The state of one resource. What could not be read is told in what is returned, not raised."""
        ...


class Protector(Protocol):
    """Makes the actions of one control: the only writer of what it changes.

    `calls` are the operations that it may make. `apply` and `undo` raise `ActionError` where nothing was tried, and
    `AwsError` where the service refused or did not answer; all of them do what they do from any thread.
    """

    calls: frozenset[str]

    def apply(self, action: Action) -> State:
        """Makes the change where the state is `action.before` still, and leaves what the action does not name as it is.

        Returns what was found before. `ActionError` with the reason `UNCHANGED` says that it is as wanted already, with
        `CHANGED` that it is neither: such an action has to be planned anew.
        """
        ...

    def read_back(self, action: Action) -> State:
        """The state now of what the action changes. Raises `AwsError`."""
        ...

    def undo(self, action: Action) -> State:
        """Brings `action.before` back where the state is `action.after` still. Returns what was found before."""
        ...
