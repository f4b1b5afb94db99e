"""The file that `assay identifiers new` writes."""

from __future__ import annotations

import re

from assay.errors import UsageError

_ID = re.compile(r"[a-z0-9][a-z0-9_]*(/[a-z0-9][a-z0-9_]*)*")

_LONGEST = 63
_TEMPLATE = """\
# An identifier: one kind of sensitive value. Fill in what stands in <angle brackets>; delete what you do not need.
# All keys are explained in docs/writing-identifiers.md.
name: {name}    # what findings carry: capitals, digits, underscores; unique
title: "<what people call it, e.g. Badge number>"
description: "<who issues it and what it looks like, in a sentence>"
category: CUSTOM    # PII, PHI, PCI, SECRETS, CUSTOM or your own
# CRITICAL and HIGH make what holds it restricted, MEDIUM confidential, LOW internal.
sensitivity: <CRITICAL, HIGH, MEDIUM or LOW>
frameworks: []      # e.g. [GDPR, HIPAA]
since: "1"          # when it was added to your rules

# Words that stand near a real value, in any case, at most `distance` characters away.
keywords: ["<a word that stands near it, e.g. badge>"]
# Names of columns, JSON keys and XML tags that hold it.
names: ["<a column name, e.g. badge number>"]
distance: 50

patterns:
  - id: standard
    # Without look-around and backreferences, so that it runs in linear time. Begin with something rare: fixed letters.
    regex: '<an expression, e.g. \\bBDG-[0-9]{{6}}\\b>'
    confidence: 0.8             # of a match alone, from 0.05 to 0.99
    # context_required: true    # only with a keyword near or in a field of that name
    # validators: {{luhn: 0.3}}   # checks and their share of the confidence; see assay identifiers list --validators

ignore:
  words: [example, sample, test, demo, template]    # beside the value, these words make it no finding

# At least three each. `value` is the exact part of `text` that must be found.
finds:
  - {{text: "<a text with a made-up value>", value: "<that value>"}}
  - {{text: "<a second text>", value: "<its value>"}}
  - {{text: "<a third text>", value: "<its value>"}}
ignores:
  - {{text: "<a text that looks like it and is not>", because: "<why not>"}}
  - {{text: "<a second one, e.g. one digit too many>", because: "<why not>"}}
  - {{text: "<a third one, e.g. beside the word sample>", because: "<why not>"}}
"""


def template(identifier_id: str) -> str:
    """The commented file for a new identifier with this id. Raises `UsageError` for an id that cannot be one."""
    if not _ID.fullmatch(identifier_id):
        raise UsageError(
            f"identifier id '{identifier_id}' must be small letters, digits and underscores, with / between folders, "
            "e.g. acme/badge"
        )
    name = identifier_id.rsplit("/", 1)[-1].upper()
    if not name[0].isalpha() or len(name) < 2:
        raise UsageError(
            f"identifier id '{identifier_id}': its last part must begin with a letter and be longer than one"
        )
    if len(name) > _LONGEST:
        raise UsageError(f"identifier id '{identifier_id}': its last part has more than {_LONGEST} characters")
    return _TEMPLATE.format(name=name)
