"""The form of an answer, as JSON Schema. Whatever can be one of a few is; the rest is short text."""

from __future__ import annotations

from typing import Any

from assay.model.enrichment import Advice, DataSubject, DocumentType, Facts

NAME = "describe_resource"
"""What the tool is called."""

MOST_COLUMNS = 60
_SHORT, _LINE, _TEXT = 80, 240, 600
_PLACE = r"^([A-Z]{2})$"


def schema(facts: Facts) -> dict[str, Any]:
    """The schema of an answer about these facts: it can speak only of what is there."""
    names = sorted(facts.identifiers)
    properties: dict[str, Any] = {
        "document_type": {"enum": [each.value for each in DocumentType]},
        "summary": _text(_TEXT, least=1),
        "business_context": _text(_TEXT),
        "business_terms": _list({"enum": sorted(facts.glossary)}, 12) if facts.glossary else _list(_text(_SHORT), 12),
        "data_subjects": _list({"enum": [each.value for each in DataSubject]}, len(DataSubject)),
        "retention_years": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "retention_because": _text(_LINE),
        "jurisdictions": _list({"type": "string", "pattern": _PLACE}, 20),
        "residency": _text(_LINE),
        "refined": _list(_object({"identifier": {"enum": names}, "title": _text(_SHORT, least=1)}), len(names))
        if names
        else {"type": "array", "maxItems": 0},
        "described": _list(
            _object({"table": _text(400), "column": _text(400), "text": _text(_LINE, least=1)}), 2 * MOST_COLUMNS
        ),
        "tags": {
            "type": "object",
            "maxProperties": 8,
            "propertyNames": {"pattern": r"^[A-Za-z][A-Za-z0-9_.-]{0,62}$"},
            "additionalProperties": {"type": "string", "pattern": r"^[A-Za-z0-9_.-]{1,100}$"},
        },
        "advice": _list({"enum": [each.value for each in Advice]}, len(Advice)),
        "suspected": _list(
            _object(
                {
                    "identifier": {"type": "string", "pattern": r"^[A-Z][A-Z0-9_]{1,60}$"},
                    "where": _text(400),
                    "why": _text(_LINE, least=1),
                }
            ),
            10,
        ),
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    }
    return _object(properties)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


def _text(most: int, least: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string", "maxLength": most}
    return found | {"minLength": least} if least else found
