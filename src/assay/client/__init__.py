"""A client of the desk's API, for programs: `Desk("https://desk.example.org", token)`. It needs nothing but Python.

    with Desk("http://127.0.0.1:8470", token) as desk:
        scan = desk.start_scan(["/srv/data"])
        for step in desk.follow(scan["id"]):
            print(step["status"], step["progress"])
        for resource in desk.resources(level="restricted"):
            print(resource["resource"])

Errors: `ApiError` with the status and the problem that the desk told, `UnreachableError` where there was no answer.
"""

from assay.client.desk import Desk
from assay.client.errors import ApiError, UnreachableError
from assay.client.told import (
    Classified,
    Column,
    Document,
    Files,
    Finding,
    Governance,
    Owner,
    Plan,
    Question,
    Resource,
    Scan,
    Term,
)

__all__ = [
    "ApiError",
    "Classified",
    "Column",
    "Desk",
    "Document",
    "Files",
    "Finding",
    "Governance",
    "Owner",
    "Plan",
    "Question",
    "Resource",
    "Scan",
    "Term",
    "UnreachableError",
]
