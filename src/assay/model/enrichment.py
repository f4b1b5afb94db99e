"""Enrichment (SPEC section 13): what is known of a resource, put before a language model or rules, and what they say of it.

No level is among what they can say: a suggestion may ask for a person, and changes nothing by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class DocumentType(StrEnum):
    """What kind of document or data set a resource is."""

    CONTRACT = "contract"
    INVOICE = "invoice"
    HR_RECORD = "hr_record"
    MEDICAL_RECORD = "medical_record"
    FINANCIAL_STATEMENT = "financial_statement"
    RESUME = "resume"
    SOURCE_CODE = "source_code"
    CONFIGURATION = "configuration"
    LOG = "log"
    EMAIL = "email"
    REPORT = "report"
    DOCUMENTATION = "documentation"
    LICENCE = "licence"
    MEETING_MINUTES = "meeting_minutes"
    CUSTOMER_DATA = "customer_data"
    TRANSACTIONS = "transactions"
    OTHER = "other"


class DataSubject(StrEnum):
    """Whose data it is."""

    CUSTOMERS = "customers"
    EMPLOYEES = "employees"
    APPLICANTS = "applicants"
    PATIENTS = "patients"
    STUDENTS = "students"
    CHILDREN = "children"
    SUPPLIERS = "suppliers"
    MEMBERS = "members"
    CITIZENS = "citizens"
    USERS = "users"


class Advice(StrEnum):
    """What can be recommended. The list is closed: what a document says can add no advice of its own."""

    ENCRYPT = "encrypt"
    RESTRICT_ACCESS = "restrict_access"
    LOG_ACCESS = "log_access"
    BACK_UP = "back_up"
    ROTATE_CREDENTIALS = "rotate_credentials"
    MOVE_SECRETS = "move_secrets"
    MASK_OUTSIDE_PRODUCTION = "mask_outside_production"
    PSEUDONYMISE = "pseudonymise"
    SET_RETENTION = "set_retention"
    KEEP_IN_REGION = "keep_in_region"
    RECORD_PROCESSING = "record_processing"
    REVIEW_SHARING = "review_sharing"
    ASSIGN_OWNER = "assign_owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """A column as it is told: `sensitive` is the NAME it is detected as, empty for none."""

    table: str
    column: str
    declared: str = ""
    sensitive: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is told of one resource. Texts are redacted unless the owner has allowed clear ones; `excerpt` is the
    beginning of its text. `identifiers` are counts by NAME, `document_type` is what the learned model takes it for, if it is sure, `glossary` the terms of the business, with what they mean."""

    resource: str
    kind: str
    level: str
    document_type: str = ""
    categories: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    identifiers: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[ColumnFacts, ...] = ()
    excerpt: str = ""
    glossary: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> str:
        """As JSON in one line, the same for the same facts."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refined:
    """A more exact name of what an identifier stands for here: SSN → "US social security number of an employee"."""

    identifier: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A table (`column` empty) or a column in words."""

    table: str
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """Something that detection may have missed, for a person to look at: an identifier's NAME, where, and why."""

    identifier: str
    where: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is said of a resource besides its classification. `retention_years` is guidance, `None` where nothing sets a
    number; `jurisdictions` are codes of ISO 3166-1, or EU; `confidence` is 0–1, the model's own or that of a rule."""

    document_type: DocumentType
    summary: str
    business_context: str = ""
    business_terms: tuple[str, ...] = ()
    data_subjects: tuple[DataSubject, ...] = ()
    retention_years: int | None = None
    retention_because: str = ""
    jurisdictions: tuple[str, ...] = ()
    residency: str = ""
    refined: tuple[Refined, ...] = ()
    described: tuple[Described, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()
    suspected: tuple[Suspected, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What an answer took: tokens that went in and came out, its cost in the currency of the prices, seconds, requests."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """A description of one resource, and where it comes from: `source` is `model`, `cache` or `rules`.

    `key` names what was asked and of whom: the same again is not asked again. `problems` say why a model was not
    heard, or what of its answer was left out; they quote nothing of it.
    """

    resource: str
    key: str
    source: str
    description: Description
    provider: str = ""
    model: str = ""
    prompt: str = ""
    used: Used = field(default_factory=Used)
    problems: tuple[str, ...] = ()
    at: str = ""

    def document(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def asking_key(*parts: str) -> str:
    """64 hexadecimal digits that depend on the parts alone."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
