"""One client of S3 for each process, and what every request of a scan says."""

from __future__ import annotations

import os
import threading
from typing import Any

from assay.aws.session import Session
from assay.sources.s3.calls import CALLS
from assay.sources.s3.options import S3Options


class Connection:
    """Reaches S3 in any process: it is picklable, and makes a session when it is first used there.

    Raises `UsageError` without boto3 and `AwsError` where no session can be made.
    """

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._process = 0
        self._client: Any = None

    def __getstate__(self) -> S3Options:
        return self.options

    def __setstate__(self, state: S3Options) -> None:
        self.__init__(state)  # type: ignore[misc]

    def client(self) -> Any:
        """The client of this process; it may be used by several threads."""
        # A forked process must not use its parent's sockets, nor a lock that was held as it was forked.
        if self._process != os.getpid():
            self._lock = threading.Lock()
            self._client = None
            self._process = os.getpid()
        with self._lock:
            if self._client is None:
                self._client = Session(self.options.access, CALLS).client("s3")
            return self._client

    def always(self) -> dict[str, str]:
        """What every request says besides what it asks."""
        said = {}
        if self.options.request_payer:
            said["RequestPayer"] = "requester"
        if self.options.owner is not None:
            said["ExpectedBucketOwner"] = self.options.owner
        return said
