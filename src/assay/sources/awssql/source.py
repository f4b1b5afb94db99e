"""A database of AWS as a source: found when it is listed, and from then on read as any other of its engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote, urlencode

from assay.aws.access import Access
from assay.aws.arn import parse as parse_arn
from assay.aws.session import Session
from assay.errors import AwsError, ReadError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.awssql import rds, redshift
from assay.sources.awssql.address import MASTER, Named, parse
from assay.sources.awssql.calls import BY_RDS, BY_REDSHIFT
from assay.sources.awssql.export import ExportSource
from assay.sources.awssql.logins import RedshiftUser, Secret, ServerlessUser, Token
from assay.sources.awssql.tls import with_tls
from assay.sources.sql.address import Address
from assay.sources.sql.address import parse as parse_url
from assay.sources.sql.failures import LoginError
from assay.sources.sql.login import Login
from assay.sources.sql.source import SqlOpener, SqlSource

_LOGIN_REFUSED = "login refused"


class Found:
    """What a target was found to be: where it is, how it is entered, and what is said of that to people."""

    __slots__ = ("address", "note")

    def __init__(self, address: Address, note: str) -> None:
        self.address = address
        self.note = note


class NamedSource:
    """One target, the `number`-th of its scan. `note` is told which endpoint is read."""

    def __init__(
        self,
        target: str,
        access: Access,
        *,
        number: int = 0,
        exclude: Sequence[str] = (),
        note: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.target = target
        self._named = parse(target)
        self._access = access
        self._number = number
        self._exclude = exclude
        self._note = note
        self._opener = NamedOpener(self._named, access)

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the tables only are asked for."""
        # What stands behind the database's name is a table's, as it is called in what is told.
        return "/" in self._named.database or any(name in ("schema", "table") for name, _ in self._named.query)

    def opener(self) -> NamedOpener:
        """Opens the tables, in this process or another one."""
        return self._opener

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Every table; one gap where the database cannot be entered. Asks at once; raises `UsageError` where nothing is named
        so, and `AwsError` where AWS cannot be asked with these credentials."""
        try:
            found = find(self._named, self._access)
            self._opener.found = found.address
            source = SqlSource(self.target, number=self._number, exclude=self._exclude, address=found.address)
            items = source.listed()
        except LoginError as error:
            hint = "" if self._opener.hint is None else f"; {self._opener.hint}"
            return iter((Gap(resource=self._named.uri, reason=_LOGIN_REFUSED, detail=f"{error.detail}{hint}"),))
        except ReadError as error:
            return iter((Gap(resource=self._named.uri, reason=error.reason, detail=error.detail),))
        self._note(f"{self._named.shown}: {found.note}")
        return iter(items)


class NamedOpener:
    """Opens tables of what was found; in a process that was not told, it is found again. Holds no secret."""

    def __init__(self, named: Named, access: Access, found: Address | None = None) -> None:
        self._named = named
        self._access = access
        self.found = found
        self._inner: SqlOpener | None = None

    def __getstate__(self) -> tuple[Named, Access, Address | None]:
        return self._named, self._access, self.found

    def __setstate__(self, state: tuple[Named, Access, Address | None]) -> None:
        self._named, self._access, self.found = state
        self._inner = None

    @property
    def hint(self) -> str | None:
        """What to check where the login is refused."""
        return None if self.found is None or self.found.login is None else self.found.login.hint

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a table that cannot be opened or read."""
        if self._inner is None:
            if self.found is None:
                try:
                    self.found = find(self._named, self._access).address
                except AwsError as error:
                    raise ReadError(error.reason, error.detail) from None
            self._inner = SqlOpener(self.found)
        with self._inner.open(asset) as reader:
            yield reader


def find(named: Named, access: Access) -> Found:
    """Raises `UsageError`, `ReadError` and `AwsError`, as `assets` has it."""
    if named.service == "rds":
        return _of_rds(Session(access, BY_RDS), named, access)
    return _of_redshift(Session(access, BY_REDSHIFT), named, access)


def _of_rds(session: Session, named: Named, access: Access) -> Found:
    place = rds.find(session.client("rds"), named)
    refused = rds.login_refused(place, named)
    if refused is not None:
        raise refused
    host, port, role, is_replica = place.endpoint
    secret = place.secret if named.secret == MASTER else named.secret
    login: Login
    if secret is None:
        assert named.user is not None
        login = Token(access=access, region=session.region or "", host=host, port=port, user=named.user)
    else:
        login = Secret(access=access, arn=secret)
    database = named.database or place.database or _named_by(login)
    address = _address(place.engine, host, port, database, named)
    address = replace(address, login=login, tunnel=named.tunnel, called=place.called, is_replica=is_replica)
    return Found(with_tls(address), _told(f"{host}:{port}, {role}", login, named))


def _of_redshift(session: Session, named: Named, access: Access) -> Found:
    place = redshift.find(session, named)
    database, region = named.database or place.database, session.region or ""
    secret = redshift.secret_of(place, named)
    login: Login
    if secret is not None:
        login = Secret(access=access, arn=secret)
    elif place.is_serverless:
        login = ServerlessUser(access=access, region=region, workgroup=named.name, database=database)
    else:
        assert named.user is not None
        login = RedshiftUser(access=access, region=region, cluster=named.name, user=named.user, database=database)
    address = _address("redshift", place.host, place.port, database, named)
    what = "the workgroup" if place.is_serverless else "the cluster"
    address = replace(address, login=login, tunnel=named.tunnel, called=(place.host.lower(), place.port))
    return Found(with_tls(address), _told(f"{place.host}:{place.port}, {what}", login, named))


def _named_by(login: Login) -> str:
    """The database that a secret names; asked only where neither the target nor AWS names one."""
    return login.credentials().database if isinstance(login, Secret) else ""


def _address(engine: str, host: str, port: int, database: str, named: Named) -> Address:
    query = f"?{urlencode(named.query)}" if named.query else ""
    # Where nothing names a database, PostgreSQL would take one of the user's name.
    default = "postgres" if engine == "postgresql" else ""
    return parse_url(f"{engine}://{host.lower()}:{port}/{quote(database or default)}{query}")


def _told(where: str, login: Login, named: Named) -> str:
    way = "by a secret" if isinstance(login, Secret) else "by IAM"
    through = "" if named.tunnel is None else f", through {named.tunnel[0]}:{named.tunnel[1]}"
    region = "" if not isinstance(login, Secret) else f" of {parse_arn(login.arn).region}"
    return f"read from {where}{through}; login {way}{region}"


def source_of(
    target: str,
    access: Access,
    *,
    number: int = 0,
    exclude: Sequence[str] = (),
    note: Callable[[str], None] = lambda _text: None,
) -> NamedSource | ExportSource:
    """The database that a target names, or an export of it. Raises `UsageError` for a target that is none."""
    kind = NamedSource if parse(target).export is None else ExportSource
    return kind(target, access, number=number, exclude=exclude, note=note)
