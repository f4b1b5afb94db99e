"""What Macie lets a custom data identifier, a job and a filter be.

Sources: https://docs.aws.amazon.com/macie/latest/user/cdis-options.html and
https://docs.aws.amazon.com/macie/latest/user/macie-quotas.html
"""

from __future__ import annotations

LONGEST_REGEX = 512
WIDEST_REPEAT = 99
"""The guide names `{100,1000}` as too much; what is beyond this is left open above."""
MOST_OPEN_REPEATS = 2
"""The guide names `a*b*a*` as too much."""

MOST_KEYWORDS = 50
SHORTEST_KEYWORD, LONGEST_KEYWORD = 3, 90
MOST_IGNORED = 10
SHORTEST_IGNORED, LONGEST_IGNORED = 4, 90
FARTHEST = 300
LONGEST_NAME = 128
LONGEST_DESCRIPTION = 512

MOST_BUCKETS = 1_000
MOST_IDENTIFIERS_IN_JOB = 30
MOST_ALLOW_LISTS_IN_JOB = 10
LONGEST_JOB_NAME = 500

SHORTEST_FILTER_NAME, LONGEST_FILTER_NAME = 3, 64
