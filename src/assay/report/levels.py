"""What levels look like on pages."""

from __future__ import annotations

from assay.model import Level

COLOURS = {
    Level.RESTRICTED: "#b3261e",
    Level.CONFIDENTIAL: "#8a4600",
    Level.INTERNAL: "#1b5e9b",
    Level.UNCLASSIFIED: "#5f6368",
    Level.PUBLIC: "#2b6b31",
}
"""Backgrounds that white text stands on in a contrast of more than 4.5 to 1 (WCAG 2.2, 1.4.3)."""
