"""What the emulator works out anew for each call, or after each reset, worked out once for a process: it is the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest


@contextmanager
def quicker() -> Iterator[None]:
    """As long as this lasts, a tenth of what tests of AWS take is saved. Raises `AttributeError` where the emulator has it no more."""
    from moto import backends
    from moto.core import base_backend, errors, responses
    from moto.kms import models as kms

    known = errors.ErrorLookupFactory()
    folders, methods = backends.list_of_moto_modules, responses.method_names_from_class

    @cache
    def regions(service: str) -> list[str]:
        session = base_backend.AccountSpecificBackend.get_session()
        partitions = session.get_available_partitions()
        return [region for each in partitions for region in session.get_available_regions(service, partition_name=each)]

    with pytest.MonkeyPatch.context() as patch:
        # Its folder, listed twice for each call.
        patch.setattr(backends, "list_of_moto_modules", cache(lambda: tuple(folders())))
        # All members of a class, looked through for each call.
        patch.setattr(responses, "method_names_from_class", cache(lambda of: tuple(methods(of))))
        # All errors of a service, for each that is answered.
        patch.setattr(errors, "ErrorLookupFactory", lambda: known)
        # The regions of a service, for each account after each reset.
        patch.setattr(base_backend.AccountSpecificBackend, "_generate_regions", lambda _, service: regions(service))
        # A pair of RSA keys for each key of KMS, also of those that only encrypt; nothing here signs.
        patch.setattr(kms, "generate_private_key", cache(kms.generate_private_key))
        yield
