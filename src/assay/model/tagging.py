"""What services take as tags: how many, how long, of which characters.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html,
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html,
https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-notes.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_PLAIN = re.compile(r"[A-Za-z0-9 +\-=._:/@]*")
_MARKS = frozenset("+-=._:/@")
# Letters, numbers and separators of any script.
_KINDS = frozenset("LNZ")


class TagRules(NamedTuple):
    """Limits of one kind of resource: `most` tags besides those of the system, lengths in UTF-16 units.

    With `any_character` a value may hold any character that can be shown; else letters, digits, spaces and `+-=._:/@`.
    """

    kind: str
    most: int = 50
    longest_key: int = 128
    longest_value: int = 256
    any_character: bool = False


RULES = {
    rules.kind: rules
    for rules in (
        TagRules("s3_object_tags", most=10),
        TagRules("s3_bucket_tags"),
        TagRules("rds_tags"),
        TagRules("dynamodb_tags"),
        TagRules("ebs_tags", longest_key=127, any_character=True),
        # Parameters have no limit in number. Names of columns, percent-encoded, stand before keys that are short themselves.
        TagRules("glue_tags", most=100_000, longest_key=4_096, longest_value=512_000, any_character=True),
        TagRules("lf_tags", most=100_000, longest_key=4_096),
    )
}
"""By the control that writes them."""


def is_system(key: str) -> bool:
    """Whether a tag is AWS's own: it counts for no limit, and is nobody else's to write or to lose."""
    return key.lower().startswith("aws:")


def others(keys: Iterable[str], ours: Iterable[str]) -> int:
    """How many of the keys count for the limit and are none of ours."""
    own = set(ours)
    return sum(not is_system(key) and key not in own for key in keys)


def length(text: str) -> int:
    """In UTF-16 units, as limits are counted."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_legal(text: str, rules: TagRules) -> bool:
    """Whether the text may stand in a tag of that kind, as far as its characters go.

    >>> is_legal("EMAIL+SSN", RULES["s3_object_tags"]), is_legal("EMAIL,SSN", RULES["s3_object_tags"])
    (True, False)
    """
    return _PLAIN.fullmatch(text) is not None or all(_is_legal(character, rules) for character in text)


def legal(text: str, rules: TagRules) -> str:
    """The text with `_` for each character that may not stand there.

    >>> legal("PCI (DSS)", RULES["rds_tags"])
    'PCI _DSS_'
    """
    return "".join(character if _is_legal(character, rules) else "_" for character in text)


def _is_legal(character: str, rules: TagRules) -> bool:
    if rules.any_character:
        return character.isprintable()
    return character in _MARKS or unicodedata.category(character)[0] in _KINDS
