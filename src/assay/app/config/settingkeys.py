"""Every setting: how it is read, what it does, and what it is where nobody says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assay.app.config.enrichkeys import ENRICH_KEYS
from assay.app.config.keys import Key, Whole, WrongError, as_it_is, boolean, flag, split, texts
from assay.app.config.learnkeys import LEARN_KEYS
from assay.app.config.notifykeys import notify_keys
from assay.app.config.oidckeys import OIDC_KEYS
from assay.app.config.places import Address
from assay.app.config.protectkeys import PROTECT_KEYS
from assay.app.config.recogniserkeys import RECOGNISER_KEYS
from assay.app.config.servingkeys import SERVING_KEYS
from assay.app.config.tagkeys import TAG_KEYS
from assay.app.config.watchkeys import WATCH_KEYS
from assay.model import Level


def _globs(value: Any, base: Path) -> tuple[str, ...]:
    globs = texts(value, base)
    if globs:
        from assay.detect.allow import glob as compiled  # only when something is left out

        for glob in globs:
            try:
                compiled(glob)
            except ValueError as error:
                raise WrongError(f"holds what is no pattern: {error}") from None
    return globs


def _paths(value: Any, base: Path) -> tuple[Path, ...]:
    return tuple(_resolve(item, base) for item in texts(value, base))


def _path(value: Any, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise WrongError("must be a path in quotes")
    return _resolve(value, base)


def _folder_or_bucket(value: Any, base: Path) -> Path | str:
    """A folder, or `s3://bucket/prefix` as it is."""
    if not (isinstance(value, str) and value.startswith("s3:")):
        return _path(value, base)
    if re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^/\x00-\x1f\x7f?#%]+)*/?", value) is None:
        raise WrongError("must be a folder, or s3://bucket/prefix")
    return value


def _resolve(value: str, base: Path) -> Path:
    if "\0" in value:
        raise WrongError("must be a path without null characters")
    path = Path(value)
    if value.startswith("~"):
        try:
            path = path.expanduser()
        except RuntimeError:
            raise WrongError(f"names a home folder that is not known: {value}") from None
    return path if path.is_absolute() else base / path


def _share(value: Any, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise WrongError("must be a number from 0 to 1")
    return float(value)


_JOBS = Whole(most=1024, stands_for="one per core")
_LEVELS = Whole(most=64, of="levels")
_TIMES = Whole(least=1, most=1_000_000)
_BYTES = Whole(least=1, most=1 << 60, of="bytes")
_DAYS = Whole(most=36_500, of="days", stands_for="for ever")


def _logins(value: Any, base: Path) -> tuple[str, ...]:
    logins = texts(value, base)
    if logins:
        from assay.app.work.databaselogins import checked  # only where there are some
        from assay.errors import UsageError

        for number, login in enumerate(logins, 1):
            try:
                checked(login)
            except UsageError as error:
                raise WrongError(f"holds as number {number} what is no login: {error}") from None
    return logins


def _address(value: Any, base: Path) -> Address:
    if not isinstance(value, str) or not value:
        raise WrongError("must be a path or a URL in quotes")
    scheme, colon, rest = value.partition(":///")
    if colon and scheme == "sqlite":
        return Address(f"sqlite:///{_resolve(rest, base)}")
    return Address(value if "://" in value else str(_resolve(value, base)))


def _level(value: Any, _base: Path) -> Level:
    names = [str(level) for level in Level]
    if not isinstance(value, str) or value not in names:
        import difflib  # only errors need it

        close = difflib.get_close_matches(value, names, n=1, cutoff=0.5) if isinstance(value, str) else []
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise WrongError(f"must be one of {', '.join(names)}{hint}")
    return Level(value)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongError("must be a number from 0 to 1") from None


KEYS = (
    Key(
        name="identifiers",
        kind="list of paths",
        help="Files and folders of your own identifiers, besides the built-in ones.",
        default="[]",
        parse=_paths,
        from_text=split,
    ),
    Key(
        name="exclude",
        kind="list of globs",
        help="Files and folders to leave out, as in .gitignore; --exclude adds to them.",
        default="[]",
        parse=_globs,
        from_text=split,
    ),
    Key(
        name="min_confidence",
        kind="number from 0 to 1",
        help="Findings below this confidence are not shown.",
        default="0.5",
        parse=_share,
        from_text=_float,
    ),
    Key(
        name="prose",
        kind="true or false",
        help="Have a language model read running text for names and addresses, as --prose does; slow on long prose.",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
    Key(
        name="learned",
        kind="true or false",
        help="Have learned models judge columns beside the other methods, say what columns may be that nothing else tells of, and tell what kind of document a text is, which takes scans of many small texts about 40 % longer; false switches all of them off.",
        default="true",
        parse=flag,
        from_text=boolean,
        unset="kinds of documents only with a catalog",
    ),
    Key(
        name="models",
        kind="path or s3://bucket/prefix",
        help="The folder, or the place in S3, that versions of trained models are kept in.",
        default="models in the user's configuration folder",
        parse=_folder_or_bucket,
        from_text=as_it_is,
    ),
    Key(
        name="review_from",
        kind="number from 0 to 1",
        help="With a catalog, values from this confidence up to min_confidence are kept for review; 1 keeps none.",
        default="0.3",
        parse=_share,
        from_text=_float,
    ),
    Key(
        name="jobs",
        kind="whole number",
        help="Worker processes; 0 is one per core.",
        default="0",
        parse=_JOBS.parse,
        from_text=_JOBS.from_text,
    ),
    Key(
        name="max_depth",
        kind="whole number",
        help="How deep archives within archives are opened; what lies deeper is a gap.",
        default="8",
        parse=_LEVELS.parse,
        from_text=_LEVELS.from_text,
    ),
    Key(
        name="max_ratio",
        kind="whole number",
        help="How many times its packed size an archive may unfold to, beyond 64 MiB; what comes after that is a gap.",
        default="200",
        parse=_TIMES.parse,
        from_text=_TIMES.from_text,
    ),
    Key(
        name="max_member_bytes",
        kind="whole number",
        help="How many bytes of a file in an archive are read; what comes after that is a gap.",
        default="4294967296",
        parse=_BYTES.parse,
        from_text=_BYTES.from_text,
    ),
    Key(
        name="fail_on",
        kind="level",
        help="Exit with 1 when something is at this level or above it: "
        "restricted, confidential, internal, unclassified or public.",
        default="not set",
        parse=_level,
        from_text=as_it_is,
    ),
    Key(
        name="allow",
        kind="path",
        help="An allow list: values, fingerprints, paths and identifiers that are accepted, with reasons and expiry.",
        default="not set",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="gitignore",
        kind="true or false",
        help="Leave out what .gitignore files name.",
        default="true",
        parse=flag,
        from_text=boolean,
    ),
    Key(
        name="include_test_values",
        kind="true or false",
        help="Report documentation and test values too.",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
    Key(
        name="fingerprint_key_file",
        kind="path",
        help="The key of the fingerprints, a file that only you can read (mode 0600); made when it is not there.",
        default="fingerprint.key in the user's configuration folder of assay",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="second_approval",
        kind="level",
        help="A reviewer's decision on something at this level or above it needs a second person: restricted, "
        "confidential, internal or public.",
        default="not set",
        parse=_level,
        from_text=as_it_is,
    ),
    Key(
        name="governance",
        kind="path",
        help="A file of governance rows (.yaml, .json, .csv) for scans without a catalog that has some.",
        default="not set",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="protection",
        kind="path",
        help="A file of policies of protection, which count after those that ship.",
        default="not set",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="protection_prices",
        kind="path",
        help="A list of prices of your own, of which plans of protection are estimated.",
        default="those that ship",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="cache_dir",
        kind="path",
        help="Where compiled identifiers are kept; what was not used for a month is deleted, and so is what makes it larger than 256 MB.",
        default="the user's cache folder of assay",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="catalog",
        kind="path or URL",
        help="Where results are kept: a path, sqlite:///path, or postgresql://user@host/database. "
        "Without one, a scan keeps nothing but its output.",
        default="not set",
        parse=_address,
        from_text=as_it_is,
    ),
    Key(
        name="retention_findings",
        kind="whole number of days",
        help="How long findings of earlier readings are kept; 'assay catalog purge' takes older ones out. 0 is for ever. "
        "Those of the last reading stay.",
        default="365",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    Key(
        name="retention_history",
        kind="whole number of days",
        help="How long earlier versions of classifications, tables and columns are kept, and runs. 0 is for ever.",
        default="2555",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    *RECOGNISER_KEYS,
    *ENRICH_KEYS,
    *LEARN_KEYS,
    *TAG_KEYS,
    *WATCH_KEYS,
    *PROTECT_KEYS,
    *SERVING_KEYS,
    Key(
        name="stale_objects",
        kind="whole number of days",
        help="After how many days a scan of a bucket, or of what else holds objects or a stream, is stale. 0 is never.",
        default="7",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    Key(
        name="stale_databases",
        kind="whole number of days",
        help="After how many days a scan of a database that was used since is stale. 0 is never.",
        default="30",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    Key(
        name="database_logins",
        kind="list of rds:// targets",
        help="How 'assay worker --rescans' enters databases of RDS that events are about, e.g. rds://reader@shop/orders or "
        "rds://shop?secret=ARN; with * for the name, any that no other of them names. No passwords.",
        default="[]",
        parse=_logins,
        from_text=str.split,
    ),
    Key(
        name="owner_tags",
        kind="list of texts",
        help="Tags of cloud resources that say whose they are, whatever their case.",
        default='["Owner", "Team", "CostCenter", "Contact"]',
        parse=texts,
        from_text=split,
    ),
    Key(
        name="classification_tags",
        kind="list of texts",
        help="Tags of cloud resources that say how sensitive they are, whatever their case.",
        default='["DataClassification", "Classification", "Sensitivity", "Confidentiality"]',
        parse=texts,
        from_text=split,
    ),
    *OIDC_KEYS,
    *notify_keys(_level),
)
