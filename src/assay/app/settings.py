"""Settings from `assay.toml` and `ASSAY_*` variables: read, checked, and each told where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from assay.app.keys import ENVIRONMENT, Key, WrongError, as_it_is, split, texts
from assay.app.places import Address, current_folder, find_file
from assay.app.tagkeys import TAG_KEYS
from assay.app.tomllines import line_of, syntax
from assay.detect.written import WrittenError, read_written
from assay.errors import ConfigError
from assay.folders import user_folder
from assay.model import Level

# Read elsewhere, because their values are secrets that no settings object should hold.
SECRET_VARIABLES = ("ASSAY_FINGERPRINT_KEY", "ASSAY_AUDIT_KEY")
CONFIG_VARIABLE = "ASSAY_CONFIG"


class Origin(NamedTuple):
    """Where a value came from: `default`, `assay.toml:12`, `environment ASSAY_JOBS`."""

    text: str

    @property
    def is_default(self) -> bool:
        return self.text == "default"


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


def _flag(value: Any, _base: Path) -> bool:
    if not isinstance(value, bool):
        raise WrongError("must be true or false")
    return value


def _share(value: Any, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise WrongError("must be a number from 0 to 1")
    return float(value)


def _count(value: Any, _base: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1024:
        raise WrongError("must be a whole number from 0 (one per core) to 1024")
    return value


def _days(value: Any, _base: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 36_500:
        raise WrongError("must be a whole number of days from 0 (for ever) to 36500")
    return value


def _day_count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WrongError("must be a whole number of days from 0 (for ever) to 36500") from None


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


def _boolean(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise WrongError("must be true or false")
    return known[text.lower()]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongError("must be a number from 0 to 1") from None


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WrongError("must be a whole number from 0 (one per core) to 1024") from None


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
        parse=_count,
        from_text=_integer,
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
        parse=_flag,
        from_text=_boolean,
    ),
    Key(
        name="include_test_values",
        kind="true or false",
        help="Report documentation and test values too.",
        default="false",
        parse=_flag,
        from_text=_boolean,
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
        parse=_days,
        from_text=_day_count,
    ),
    Key(
        name="retention_history",
        kind="whole number of days",
        help="How long earlier versions of classifications, tables and columns are kept, and runs. 0 is for ever.",
        default="2555",
        parse=_days,
        from_text=_day_count,
    ),
    *TAG_KEYS,
    Key(
        name="stale_objects",
        kind="whole number of days",
        help="After how many days a scan of a bucket, or of what else holds objects or a stream, is stale. 0 is never.",
        default="7",
        parse=_days,
        from_text=_day_count,
    ),
    Key(
        name="stale_databases",
        kind="whole number of days",
        help="After how many days a scan of a database that was used since is stale. 0 is never.",
        default="30",
        parse=_days,
        from_text=_day_count,
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
)

_BY_NAME = {key.name: key for key in KEYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in effect. `origins` tells of every key where its value came from; paths are absolute."""

    identifiers: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    min_confidence: float = 0.5
    review_from: float = 0.3
    jobs: int = 0
    fail_on: Level | None = None
    allow: Path | None = None
    gitignore: bool = True
    include_test_values: bool = False
    fingerprint_key_file: Path = field(default_factory=lambda: user_folder("config") / "fingerprint.key")
    second_approval: Level | None = None
    governance: Path | None = None
    protection: Path | None = None
    cache_dir: Path = field(default_factory=lambda: user_folder("cache"))
    catalog: Address | None = None
    retention_findings: int = 365
    retention_history: int = 2555
    tag_prefix: str = ""
    tag_names: tuple[str, ...] = ()
    tag_write: tuple[str, ...] = ()
    tag_levels: tuple[str, ...] = ()
    tag_separator: str = "+"
    stale_objects: int = 7
    stale_databases: int = 30
    owner_tags: tuple[str, ...] = ("Owner", "Team", "CostCenter", "Contact")
    classification_tags: tuple[str, ...] = ("DataClassification", "Classification", "Sensitivity", "Confidentiality")
    file: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    ignored_variables: tuple[str, ...] = ()

    def origin(self, name: str) -> Origin:
        """Where the value of the key `name` came from."""
        return self.origins.get(name, Origin("default"))


def load_settings(
    config: Path | None = None, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Settings:
    """The settings of `config`, else of the `assay.toml` found from `folder` up, with `ASSAY_*` variables over them.

    `folder` is the current one by default. Raises `ConfigError` that names the file and line, or the variable.
    """
    variables = os.environ if environment is None else environment
    here = current_folder() if folder is None else folder
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    file = config if config is not None else _named(variables)
    try:
        file = file or find_file(here)
        if file is not None:
            _read_file(file, values, origins)
    except ConfigError as error:
        by = f"environment: {CONFIG_VARIABLE}: " if config is None and _named(variables) is not None else ""
        raise ConfigError(f"{by}{error}") from None
    ignored = _read_environment(variables, here, values, origins)
    return Settings(**values, file=file, origins=origins, ignored_variables=ignored)


def _named(variables: Mapping[str, str]) -> Path | None:
    value = variables.get(CONFIG_VARIABLE)
    return Path(value) if value else None


def _read_file(file: Path, values: dict[str, Any], origins: dict[str, Origin]) -> None:
    try:
        text = read_written(file)
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; name an existing settings file") from None
    except WrittenError as error:
        raise ConfigError(f"{file}: {error}") from None
    import tomllib  # only where there is a file of settings

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(syntax(file, text, str(error))) from None
    except (RecursionError, ValueError):
        # Brackets by the hundred, or a number of thousands of digits: the parser says so in its own way.
        raise ConfigError(f"{file}: not valid TOML: nested too deeply, or a number is too long") from None
    for name, raw in document.items():
        at = f"{file}:{line_of(text, name)}"
        key = _BY_NAME.get(name)
        if key is None:
            raise ConfigError(f"{at}: unknown key '{name}'; {_hint(name, list(_BY_NAME))}")
        try:
            values[name] = key.parse(raw, file.parent.absolute())
        except WrongError as error:
            raise ConfigError(f"{at}: {name} {error}") from None
        origins[name] = Origin(at)


def _read_environment(
    variables: Mapping[str, str], here: Path, values: dict[str, Any], origins: dict[str, Origin]
) -> tuple[str, ...]:
    by_variable = {key.variable: key for key in KEYS}
    known = [*by_variable, *SECRET_VARIABLES, CONFIG_VARIABLE]
    ignored = []
    for variable in sorted(name for name in variables if name.startswith(ENVIRONMENT)):
        key = by_variable.get(variable)
        if key is None:
            if variable in known:
                continue
            import difflib  # only errors need it

            if difflib.get_close_matches(variable, known, n=1, cutoff=0.85):
                raise ConfigError(f"environment: unknown variable {variable}; {_hint(variable, known)}")
            ignored.append(variable)
            continue
        try:
            values[key.name] = key.parse(key.from_text(variables[variable]), here)
        except WrongError as error:
            raise ConfigError(f"environment: {variable} {error}") from None
        origins[key.name] = Origin(f"environment {variable}")
    return tuple(ignored)


def _hint(name: str, known: list[str]) -> str:
    import difflib  # only errors need it

    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(known)}"
