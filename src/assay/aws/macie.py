"""What all that talks to Macie shares: a Macie that is not enabled, and what it refuses."""

from __future__ import annotations

from typing import Any

from assay.aws.failures import code_of, refusals
from assay.aws.session import Session, told
from assay.errors import AwsError

SERVICE = "macie2"
NOT_ENABLED = "not enabled"
_DENIED = "AccessDeniedException"
# IAM's own refusals name the action that they refuse; Macie's, before it is enabled, name none.
_BY_POLICY = "perform: macie2:"


def is_not_enabled(error: BaseException) -> bool:
    """Whether a call was refused because Macie is not enabled: it answers that with the code of a denial.

    https://docs.aws.amazon.com/macie/latest/APIReference/macie.html
    """
    response: Any = getattr(error, "response", {})
    message = str((response.get("Error") or {}).get("Message", "")) if isinstance(response, dict) else ""
    return code_of(error) == _DENIED and _BY_POLICY not in message and "not authorized" not in message


def macie_error(error: Exception, session: Session) -> AwsError:
    """An error of the AWS library as one of ours."""
    if is_not_enabled(error):
        where = session.region or "this region"
        detail = f"Macie: is not enabled in {where}; 'assay aws macie enable --yes' enables it, which costs money for every bucket"
        return AwsError(NOT_ENABLED, detail)
    return told(error, "Macie")


def session_state(session: Session) -> dict[str, Any] | None:
    """`GetMacieSession`; `None` where Macie is not enabled. Raises `AwsError`."""
    try:
        answer: dict[str, Any] = session.client(SERVICE).get_macie_session()
    except refusals() as error:
        if is_not_enabled(error):
            return None
        raise macie_error(error, session) from None
    return answer
