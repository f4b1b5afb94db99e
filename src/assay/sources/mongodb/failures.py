"""What goes wrong with MongoDB, told without a word of its own: its messages quote values.

Codes: https://www.mongodb.com/docs/manual/reference/error-codes/
"""

from __future__ import annotations

from assay.errors import LostError, ReadError

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 300

_UNAUTHORIZED = (13, 33)
_LOGIN = (18, 11, 8000, 334)
_ABSENT = (26,)
_TIMED_OUT = (50,)
_GONE = (43, 237)
_VANISHED = "the collection was there when the database was listed"


def vanished() -> ReadError:
    """The gap of a collection that is there no more: reading one gives no documents, and no error."""
    return ReadError("vanished", _VANISHED)


def errors() -> tuple[type[Exception], ...]:
    """What the driver raises: for an `except` clause. Of answers that are none of MongoDB's it raises `KeyError`."""
    from bson.errors import BSONError
    from pymongo.errors import PyMongoError

    return (PyMongoError, BSONError, KeyError)


def failure_of(error: Exception) -> ReadError:
    """An error of the driver as a gap. Of errors of the server the number counts."""
    from pymongo import errors

    if isinstance(error, errors.OperationFailure):
        return _by_code(error.code or 0)
    if isinstance(error, errors.ServerSelectionTimeoutError):
        return ReadError(
            "unreachable",
            f"no server that can be read from answered within {CONNECT_SECONDS} seconds; check the host, the port and the "
            "network, whether it wants TLS (tls=true, and tlsCAFile=FILE for an authority of its own), and replicaSet",
        )
    if isinstance(error, errors.NetworkTimeout):
        return ReadError("timed out", "the server did not answer in time")
    if isinstance(error, errors.ConnectionFailure):
        return LostError("lost connection", "the connection was lost, and could not be made again")
    if isinstance(error, errors.ConfigurationError | errors.InvalidOperation):
        return ReadError("unreadable", f"the options of the URL do not go together ({type(error).__name__})")
    if isinstance(error, KeyError):
        return ReadError("unreadable", "the server does not answer as MongoDB does")
    return ReadError("unreadable", f"it could not be read ({type(error).__name__})")


def _by_code(code: int) -> ReadError:
    if code in _LOGIN:
        return ReadError(
            "access denied",
            "user or password were refused; check them, and which database has the user (authSource=admin)",
        )
    if code in _UNAUTHORIZED:
        return ReadError("access denied", "the user may not read it; grant the role 'read' on the database")
    if code in _ABSENT:
        return vanished()
    if code in _TIMED_OUT:
        return ReadError("timed out", f"it took longer than {STATEMENT_SECONDS // 60} minutes")
    if code in _GONE:
        return LostError("lost connection", "the server forgot what was being read")
    return ReadError("unreadable", f"the server refused to read it (error {code or 'unknown'})")
