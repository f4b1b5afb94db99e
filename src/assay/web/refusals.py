"""What a request is refused for."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not carried out: its status, and a sentence for the one who asked. It holds no scanned value."""

    def __init__(self, detail: str, *, status: int = 422, wait: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.wait = wait


class NotSignedInError(RefusedError):
    """Nobody is there, or their session is over."""

    def __init__(self) -> None:
        super().__init__("you are not signed in, or your session is over; sign in and try again", status=401)


class StaleFormError(RefusedError):
    """A form of another session, or of none."""

    def __init__(self) -> None:
        detail = "this form is of an earlier session, or came from elsewhere; try again from the page itself"
        super().__init__(detail, status=403)
