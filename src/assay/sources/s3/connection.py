"""One client of S3 for each process, and what every request of a scan says."""

from __future__ import annotations

import os
import threading
from typing import Any

from assay.aws.session import Session
from assay.sources.s3.calls import CALLS
from assay.sources.s3.direct import Direct
from assay.sources.s3.options import S3Options


class Connection:
    """Reaches S3 in any process: it is picklable, and makes a session when it is first used there.

    Raises `UsageError` without boto3 and `AwsError` where no session can be made.
    """

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._direct: tuple[int, Direct] | None = None

    def __getstate__(self) -> S3Options:
        return self.options

    def __setstate__(self, state: S3Options) -> None:
        self.options = state
        self._lock = threading.Lock()
        self._session = None
        self._direct = None

    def client(self) -> Any:
        """The client of this process; it may be used by several threads."""
        return self._own().client("s3")

    def direct(self) -> Direct:
        """What gets objects without the client, for this process."""
        session = self._own()
        with self._lock:
            if self._direct is None or self._direct[0] != os.getpid():
                self._direct = os.getpid(), Direct(session)
            return self._direct[1]

    def _own(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = Session(self.options.access, CALLS)
            return self._session

    def always(self) -> dict[str, str]:
        """What every request says besides what it asks."""
        said = {}
        if self.options.request_payer:
            said["RequestPayer"] = "requester"
        if self.options.owner is not None:
            said["ExpectedBucketOwner"] = self.options.owner
        return said
