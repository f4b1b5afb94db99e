"""An incident in plain words: what the finding means, and what its plan does about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.model.action import Plan
from assay.report.plainly.anomalies import unusual_in_words
from assay.report.plainly.plans import plan_in_words, some

PURPOSES: Mapping[str, str] = {
    "Backdoor": "Something was taken over, and is told what to do from outside",
    "Behavior": "Something behaves otherwise than it did before",
    "CredentialAccess": "Somebody seems to collect passwords or keys",
    "CryptoCurrency": "Something works with a cryptocurrency, which somebody may have it do",
    "DefenseEvasion": "Somebody seems to hide what he does",
    "Discovery": "Somebody looks around for what there is",
    "Execution": "A program runs, or may run, that should not",
    "Exfiltration": "Data may be taken away",
    "Impact": "Somebody seems to change, destroy or misuse what is there",
    "InitialAccess": "Somebody seems to have got in",
    "PenTest": "A tool that is made to test defences was used",
    "Persistence": "Somebody seems to see to it that he can come back",
    "Policy": "A setting is weaker than it should be",
    "PrivilegeEscalation": "Somebody seems to get rights that he did not have",
    "Recon": "Somebody looks for ways in",
    "SensitiveData": "Sensitive data was found where it may not belong",
    "Stealth": "Somebody made it harder to see what is done",
    "Trojan": "Something does secretly what it is not made for",
    "UnauthorizedAccess": "Somebody without the right to it, or with the credentials of another, was there",
}
"""What comes before the colon in the types of findings of GuardDuty and Macie.
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
https://docs.aws.amazon.com/macie/latest/user/findings-types.html
"""
_SEVERITY = {
    "high": "It should be looked at now",
    "medium": "It should be looked at today",
    "low": "It can wait for a working day",
}


def incident_in_words(details: Mapping[str, Any], plan: Plan | None) -> tuple[str, ...]:
    """Sentences on an incident, by what was kept of it and by its plan."""
    return (*_happened(details), *_planned(plan))


def _happened(details: Mapping[str, Any]) -> Iterator[str]:
    what, about = str(details["what"]), _about(details)
    if details["source"] == "anomaly":
        yield from unusual_in_words(what)
    elif details["source"] in ("guardduty", "macie"):
        yield f"{PURPOSES.get(what.partition(':')[0], 'It is of a kind that is not described here')} ({what})."
    else:
        yield "A person told of it."
    if about:
        yield f"It is about {some(about)}."
    if told := _SEVERITY.get(str(details["severity"])):
        yield f"{told}: its severity is {details['severity']}."


def _about(details: Mapping[str, Any]) -> Sequence[str]:
    return [str(each) for name in ("principals", "buckets", "resources") for each in details.get(name, ())]


def _planned(plan: Plan | None) -> Iterator[str]:
    if plan is None:
        yield "Nothing has to be changed."
    else:
        yield from plan_in_words(plan)
