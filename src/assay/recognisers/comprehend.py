"""Amazon Comprehend: persons' data in texts in English and Spanish.

https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectPiiEntities.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws.access import Access
from assay.aws.client import Client
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls
from assay.errors import AwsError, ReadError
from assay.ports import Entity, Recognised

CALLS: Calls = frozenset({"comprehend.DetectPiiEntities"})
LONGEST = 100_000
"""Bytes of UTF-8 in one request: 100 KB, https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html"""
LANGUAGES = ("en", "es")
_MOST_TRUSTED = 0.9
"""Nothing here has proven what it says."""
_TYPE = re.compile(r"[A-Z_]{1,60}")
# https://docs.aws.amazon.com/comprehend/latest/dg/how-pii.html
IDENTIFIERS: Mapping[str, str] = {
    "ADDRESS": "ADDRESS",
    "AWS_ACCESS_KEY": "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY": "AWS_SECRET_KEY",
    "BANK_ACCOUNT_NUMBER": "BANK_ACCOUNT",
    "BANK_ROUTING": "ROUTING_NUMBER",
    "CA_HEALTH_NUMBER": "HEALTH_INSURANCE_ID",
    "CA_SOCIAL_INSURANCE_NUMBER": "CA_SIN",
    "CREDIT_DEBIT_CVV": "CVV",
    "CREDIT_DEBIT_EXPIRY": "CARD_EXPIRY",
    "CREDIT_DEBIT_NUMBER": "CREDIT_CARD",
    "DRIVER_ID": "DRIVERS_LICENSE",
    "EMAIL": "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": "IBAN",
    "IN_AADHAAR": "IN_AADHAAR",
    "IN_NREGA": "NATIONAL_ID",
    "IN_PERMANENT_ACCOUNT_NUMBER": "IN_PAN",
    "IN_VOTER_NUMBER": "IN_EPIC",
    "IP_ADDRESS": "IP_ADDRESS",
    "LICENSE_PLATE": "LICENSE_PLATE",
    "MAC_ADDRESS": "MAC_ADDRESS",
    "NAME": "PERSON_NAME",
    "PASSPORT_NUMBER": "PASSPORT",
    "PASSWORD": "PASSWORD",
    "PHONE": "PHONE",
    "PIN": "CARD_PIN",
    "SSN": "SSN",
    "SWIFT_CODE": "SWIFT_BIC",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER": "GB_NHS",
    "UK_NATIONAL_INSURANCE_NUMBER": "GB_NINO",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": "GB_UTR",
    "USERNAME": "USERNAME",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": "US_ITIN",
    "VEHICLE_IDENTIFICATION_NUMBER": "VEHICLE_ID",
}
NOT_SENSITIVE = frozenset({"AGE", "ALL", "DATE_TIME", "URL"})
"""Types that say nothing of a person by themselves: a date, an address of a page, a number of years."""


class Comprehend:
    """Asks Comprehend, in any process: it is picklable. `most` is how many bytes of one resource are sent."""

    name = "comprehend"
    longest = LONGEST

    def __init__(self, access: Access, *, language: str, most: int) -> None:
        self.most = most
        self._language = language
        self._client = Client(access, self.name, CALLS)

    def entities(self, text: str) -> Recognised:
        """Raises `ReadError`, which quotes nothing."""
        try:
            answer = self._client.get().detect_pii_entities(Text=text, LanguageCode=self._language)
        except refusals() as error:
            failure = failure_of(error)
            raise ReadError(failure.reason, f"Comprehend: {failure.detail}") from None
        except AwsError as error:
            raise ReadError(error.reason, f"Comprehend: {error.detail}") from None
        found = answer.get("Entities") or ()
        unknown = {str(each.get("Type")) for each in found} - IDENTIFIERS.keys() - NOT_SENSITIVE
        return Recognised(
            entities=tuple(_known(found, len(text))),
            unknown=tuple(sorted(name if _TYPE.fullmatch(name) else "(no name)" for name in unknown)),
        )


def _known(found: Any, length: int) -> Iterator[Entity]:
    for each in found:
        identifier = IDENTIFIERS.get(str(each.get("Type")))
        start, end, score = each.get("BeginOffset", -1), each.get("EndOffset", -1), each.get("Score", 0.0)
        if not 0 <= start < end <= length:
            raise ReadError("unreadable answer", "Comprehend: an entity that lies outside of the text")
        if identifier is not None:
            yield Entity(identifier, start, end, min(float(score), _MOST_TRUSTED))
