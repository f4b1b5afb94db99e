"""Settings from `assay.toml` and `ASSAY_*` variables: read, checked, and each told where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from assay.app.config.keys import ENVIRONMENT, WrongError
from assay.app.config.places import Address, current_folder, find_file
from assay.app.config.protectkeys import QUESTION_DAYS
from assay.app.config.settingkeys import KEYS
from assay.app.config.tomllines import line_of, syntax
from assay.detect.written import WrittenError, read_written
from assay.errors import ConfigError
from assay.folders import user_folder
from assay.model import Level

# Read elsewhere, because their values are secrets that no settings object should hold.
SECRET_VARIABLES = (
    "ASSAY_FINGERPRINT_KEY", "ASSAY_AUDIT_KEY", "ASSAY_ENRICH_KEY", "ASSAY_OIDC_SECRET", "ASSAY_NOTIFY_SECRET", "ASSAY_SLACK_URL", "ASSAY_SMTP_PASSWORD",
    "ASSAY_JIRA_TOKEN", "ASSAY_SERVICENOW_TOKEN",
)  # fmt: skip
CONFIG_VARIABLE = "ASSAY_CONFIG"
# What a function of AWS Lambda is told besides (`assay.entry`).
FUNCTION_VARIABLES = ("ASSAY_CATALOG_SECRET", "ASSAY_CLASSIFY", "ASSAY_PROTECT", "ASSAY_TAGS")


class Origin(NamedTuple):
    """Where a value came from: `default`, `assay.toml:12`, `environment ASSAY_JOBS`."""

    text: str

    @property
    def is_default(self) -> bool:
        return self.text == "default"


_BY_NAME = {key.name: key for key in KEYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in effect. `origins` tells of every key where its value came from; paths are absolute."""

    identifiers: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    min_confidence: float = 0.5
    prose: bool = False
    learned: bool = True
    models: Path | str = field(default_factory=lambda: user_folder("config") / "models")
    review_from: float = 0.3
    jobs: int = 0
    max_depth: int = 8
    max_ratio: int = 200
    max_member_bytes: int = 4 * 1024**3
    fail_on: Level | None = None
    allow: Path | None = None
    gitignore: bool = True
    include_test_values: bool = False
    fingerprint_key_file: Path = field(default_factory=lambda: user_folder("config") / "fingerprint.key")
    second_approval: Level | None = None
    governance: Path | None = None
    protection: Path | None = None
    protection_prices: Path | None = None
    cache_dir: Path = field(default_factory=lambda: user_folder("cache"))
    catalog: Address | None = None
    retention_findings: int = 365
    retention_history: int = 2555
    tag_prefix: str = ""
    tag_names: tuple[str, ...] = ()
    tag_write: tuple[str, ...] = ()
    tag_levels: tuple[str, ...] = ()
    tag_separator: str = "+"
    change_windows: tuple[str, ...] = ()
    quiet_hours: tuple[str, ...] = ()
    time_zone: str = "UTC"
    leave_alone: tuple[str, ...] = ("assay:protect=off",)
    protect_regions: tuple[str, ...] = ()
    protect_roles: tuple[str, ...] = ()
    restore_security_groups: tuple[str, ...] = ()
    restore_subnet_group: str = ""
    question_days: int = QUESTION_DAYS
    stale_objects: int = 7
    stale_databases: int = 30
    database_logins: tuple[str, ...] = field(default=(), repr=False)
    comprehend: bool = False
    comprehend_language: str = "en"
    comprehend_bytes: int = 100_000
    textract: bool = False
    enrich_provider: str = "none"
    enrich_model: str = ""
    enrich_url: str = ""
    enrich_input: str = "redacted"
    enrich_glossary: Path | None = None
    enrich_tokens: float = 500_000
    enrich_price_in: float = 0.0
    enrich_price_out: float = 0.0
    enrich_budget: float = 0.0
    enrich_seconds: float = 60.0
    enrich_events: bool = False
    learn_after: int = 0
    learn_every: int = 0
    learn_days: int = 0
    learn_promote: bool = False
    owner_tags: tuple[str, ...] = ("Owner", "Team", "CostCenter", "Contact")
    classification_tags: tuple[str, ...] = ("DataClassification", "Classification", "Sensitivity", "Confidentiality")
    oidc_issuer: str | None = None
    oidc_client_id: str = "assay"
    oidc_claim: str = "groups"
    oidc_name_claim: str = "email"
    oidc_roles: tuple[str, ...] = ()
    notify_webhook: str | None = None
    notify_mail: tuple[str, ...] = ()
    notify_smtp: str | None = None
    notify_from: str = "assay@localhost"
    notify_jira: str | None = None
    notify_jira_user: str = ""
    notify_servicenow: str | None = None
    notify_servicenow_user: str = ""
    notify_level: Level = Level.RESTRICTED
    notify_every: int = 300
    notify_networks: tuple[str, ...] = ()
    scan_roots: tuple[Address, ...] = ()
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
    known = [*by_variable, *SECRET_VARIABLES, CONFIG_VARIABLE, *FUNCTION_VARIABLES]
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
