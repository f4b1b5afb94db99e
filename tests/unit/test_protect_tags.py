"""Tags that follow from a classification: what is written, what is left alone, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.records_for_tests import classification

from assay.errors import ActionError, ConfigError
from assay.model import Level
from assay.model.tagging import RULES, is_legal, is_system, length
from assay.protect.judged import Judged, of_many, of_one
from assay.protect.tags import CUT, NO_ROOM, OTHER_LEVEL, RETENTION_DAYS, joined, tagging
from assay.protect.tagscheme import Scheme, Tag, scheme_of

AT = "2026-11-29T10:00:00.000000Z"
PLAIN = scheme_of()
OBJECT = RULES["s3_object_tags"]
ALL = {
    "DataClassification": "restricted",
    "SensitiveDataTypes": "EMAIL+SSN",
    "ComplianceFrameworks": "GDPR+HIPAA",
    "RetentionYears": "7",
    "AutoClassified": "true",
    "ClassificationConfidence": "0.97",
    "ClassificationTimestamp": "2026-11-29T10:00:00Z",
}


def judged(level: Level = Level.RESTRICTED, **changes: Any) -> Judged:
    values: dict[str, Any] = {
        "level": level,
        "confidence": 0.97,
        "types": ("EMAIL", "SSN"),
        "frameworks": ("GDPR", "HIPAA"),
        "categories": ("PII",),
        "needs_review": False,
        "at": AT,
    }
    return Judged(**{**values, **changes})


def tags_after(
    given_judged: Judged, present: Mapping[str, str], *, kind: str = "s3_object_tags", scheme: Scheme = PLAIN
) -> dict[str, str]:
    """All tags as they are when what is planned was written."""
    change = tagging(given_judged, present, RULES[kind], scheme)
    assert change.before == {key: present.get(key) for key in change.after}
    whole = {**present, **change.after}
    return {key: value for key, value in whole.items() if value is not None}


def test_all_that_is_known_is_written() -> None:
    assert tags_after(judged(), {}) == ALL
    assert tags_after(judged(), {"Owner": "hr"}) == {"Owner": "hr", **ALL}


@pytest.mark.parametrize(
    ("level", "years"),
    [
        (Level.RESTRICTED, "7"),
        (Level.CONFIDENTIAL, "1"),
        (Level.INTERNAL, "0.25"),
        (Level.UNCLASSIFIED, "0.25"),
        (Level.PUBLIC, None),
    ],
)
def test_retention_follows_from_the_level(level: Level, years: str | None) -> None:
    assert tags_after(judged(level, types=(), frameworks=()), {}).get("RetentionYears") == years
    assert set(RETENTION_DAYS) == set(Level)


class TestNoChurn:
    @pytest.mark.parametrize(
        "change", [{"confidence": 0.91}, {"at": "2026-12-24T10:00:00.000000Z"}, {"confidence": 0.8, "at": AT}]
    )
    def test_another_confidence_or_time_alone_is_not_written(self, change: dict[str, Any]) -> None:
        assert tagging(judged(**change), ALL, OBJECT, PLAIN).after == {}

    def test_with_another_fact_the_confidence_and_the_time_are_written_too(self) -> None:
        change = tagging(
            judged(confidence=0.91, types=("EMAIL", "IBAN", "SSN"), at="2026-12-24T10:00:00.000000Z"),
            ALL,
            OBJECT,
            PLAIN,
        )
        assert change.after == {
            "SensitiveDataTypes": "EMAIL+IBAN+SSN",
            "ClassificationConfidence": "0.91",
            "ClassificationTimestamp": "2026-12-24T10:00:00Z",
        }

    def test_the_same_words_in_another_order_are_the_same(self) -> None:
        assert tagging(judged(), {**ALL, "SensitiveDataTypes": "SSN+EMAIL"}, OBJECT, PLAIN).after == {}

    def test_a_list_that_was_cut_is_not_written_again(self) -> None:
        many = judged(types=tuple(f"IDENTIFIER_{number:03}" for number in range(40)))
        first = tags_after(many, {})
        assert first["SensitiveDataTypes"].endswith(f"+{CUT}")
        assert tagging(many, first, OBJECT, PLAIN).after == {}

    def test_a_tag_that_somebody_took_away_comes_back(self) -> None:
        without = {key: value for key, value in ALL.items() if key != "ClassificationTimestamp"}
        assert tagging(judged(), without, OBJECT, PLAIN).after == {"ClassificationTimestamp": "2026-11-29T10:00:00Z"}


class TestLevels:
    @pytest.mark.parametrize("there", list(Level))
    @pytest.mark.parametrize("known", list(Level))
    def test_the_higher_of_tag_and_catalog_counts(self, there: Level, known: Level) -> None:
        after = tags_after(judged(known), {"DataClassification": str(there)})
        assert Level(after["DataClassification"]).rank == max(there.rank, known.rank)

    def test_what_stays_higher_is_said_and_keeps_its_owners_marks(self) -> None:
        present = {"DataClassification": "Restricted", "SensitiveDataTypes": "IBAN"}
        change = tagging(judged(Level.INTERNAL), present, OBJECT, PLAIN)
        assert change.after == {
            "SensitiveDataTypes": "EMAIL+IBAN+SSN",
            "ComplianceFrameworks": "GDPR+HIPAA",
            "RetentionYears": "7",
        }
        assert "stays restricted" in change.note
        assert "catalog, which says internal" in change.note

    def test_a_level_of_another_vocabulary_is_not_overwritten(self) -> None:
        with pytest.raises(ActionError, match="tag_levels") as caught:
            tagging(judged(), {"DataClassification": "C9"}, OBJECT, PLAIN)
        assert caught.value.reason == OTHER_LEVEL

    def test_an_empty_tag_says_nothing(self) -> None:
        assert tags_after(judged(), {"DataClassification": " "})["DataClassification"] == "restricted"

    def test_retention_that_its_owner_set_stays(self) -> None:
        assert tags_after(judged(), {"RetentionYears": "10"})["RetentionYears"] == "10"
        assert tags_after(judged(), {"RetentionYears": "1"})["RetentionYears"] == "1"

    def test_retention_that_followed_from_a_level_goes_up_with_it(self) -> None:
        present = {"DataClassification": "confidential", "RetentionYears": "1"}
        assert tags_after(judged(), present)["RetentionYears"] == "7"


class TestRoom:
    def test_others_tags_come_first_and_the_least_important_of_ours_is_left_out(self) -> None:
        others = {f"theirs{number}": "x" for number in range(5)}
        change = tagging(judged(), others, OBJECT, PLAIN)
        assert list(change.after) == [
            "DataClassification",
            "SensitiveDataTypes",
            "ComplianceFrameworks",
            "RetentionYears",
            "AutoClassified",
        ]
        assert "without ClassificationConfidence, ClassificationTimestamp" in change.note

    def test_without_room_for_the_level_it_is_refused(self) -> None:
        with pytest.raises(ActionError, match="10 tags of others") as caught:
            tagging(judged(), {f"theirs{number}": "x" for number in range(10)}, OBJECT, PLAIN)
        assert caught.value.reason == NO_ROOM

    def test_tags_of_ours_that_are_there_need_no_room(self) -> None:
        present = {"DataClassification": "internal"} | {f"theirs{number}": "x" for number in range(9)}
        assert tagging(judged(), present, OBJECT, PLAIN).after == {"DataClassification": "restricted"}

    def test_tags_of_the_system_do_not_count(self) -> None:
        present = {f"aws:cloudformation:{number}": "x" for number in range(60)}
        after = tags_after(judged(), present, kind="s3_bucket_tags")
        assert after == {**present, **ALL}

    def test_a_bucket_has_room_for_fifty(self) -> None:
        present = {f"theirs{number}": "x" for number in range(43)}
        assert tags_after(judged(), present, kind="s3_bucket_tags") == {**present, **ALL}


class TestValues:
    def test_words_are_cut_whole_with_a_mark(self) -> None:
        words = [f"WORD_{number}" for number in range(100)]
        value = joined(words, "+", 256)
        assert len(value) <= 256
        *kept, mark = value.split("+")
        assert mark == CUT
        assert kept == words[: len(kept)]
        assert len("+".join([*words[: len(kept) + 1], CUT])) > 256

    def test_characters_that_a_service_does_not_take_are_replaced(self) -> None:
        own = judged(types=("STAFF, NUMBER",), frameworks=("ACT (2018)", "A+B"))
        after = tags_after(own, {})
        assert after["SensitiveDataTypes"] == "STAFF_ NUMBER"
        assert after["ComplianceFrameworks"] == "ACT _2018_+A_B"
        assert tags_after(own, {}, kind="ebs_tags")["SensitiveDataTypes"] == "STAFF, NUMBER"

    @given(
        types=st.lists(st.text(min_size=1, max_size=60), max_size=12),
        present=st.dictionaries(
            st.text(min_size=1, max_size=20).filter(lambda key: key not in ALL), st.just("x"), max_size=9
        ),
        kind=st.sampled_from(sorted(RULES)),
    )
    def test_whatever_is_known_its_tags_are_taken(self, types: list[str], present: dict[str, str], kind: str) -> None:
        rules = RULES[kind]
        change = tagging(judged(types=tuple(types)), present, rules, PLAIN)
        for key, value in change.after.items():
            assert value is not None
            assert is_legal(key, rules)
            assert is_legal(value, rules)
            assert length(value) <= rules.longest_value
        whole = {**present, **change.after}
        assert sum(not is_system(key) for key in whole) <= rules.most
        assert tagging(judged(types=tuple(types)), {k: str(v) for k, v in whole.items()}, rules, PLAIN).after == {}


class TestScheme:
    def test_the_owners_names(self) -> None:
        scheme = scheme_of(
            prefix="acme:",
            names=("DataClassification=data-class",),
            write=("DataClassification", "SensitiveDataTypes"),
            levels=("restricted=C4", "confidential=C3"),
            separator=":",
        )
        assert tags_after(judged(), {}, scheme=scheme) == {
            "acme:data-class": "C4",
            "acme:SensitiveDataTypes": "EMAIL:SSN",
        }
        kept = tags_after(judged(Level.CONFIDENTIAL), {"acme:data-class": "c4"}, scheme=scheme)
        assert kept["acme:data-class"] == "c4"

    @pytest.mark.parametrize(
        ("given_settings", "said"),
        [
            ({"separator": ","}, "S3 takes no other"),
            ({"separator": "|"}, "S3 takes no other"),
            ({"separator": ""}, "tag_separator"),
            ({"names": ("DataClass=x",)}, "must be like DataClassification=NAME"),
            ({"names": ("DataClassification=",)}, "must be like"),
            ({"names": ("DataClassification=a,b",)}, "a key has letters"),
            ({"names": ("DataClassification=" + "k" * 128,)}, "at most 127"),
            ({"prefix": "aws:"}, "AWS's own"),
            ({"prefix": "AWS:"}, "AWS's own"),
            ({"prefix": "rds:"}, "AWS's own"),
            ({"names": ("DataClassification=x", "AutoClassified=x")}, "stands for two things"),
            ({"write": ("SensitiveDataTypes",)}, "DataClassification is needed"),
            ({"write": ("Everything",)}, "there is no tag Everything"),
            ({"levels": ("secret=C4",)}, "must be like restricted=NAME"),
            ({"levels": ("restricted=C4", "confidential=c4")}, "stands for two things"),
            ({"levels": ("restricted=top,secret",)}, "cannot be a tag's value"),
        ],
    )
    def test_what_no_service_takes_is_refused(self, given_settings: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigError, match=said):
            scheme_of(**given_settings)

    def test_without_the_automatic_mark(self) -> None:
        scheme = scheme_of(write=("DataClassification", "ClassificationConfidence"))
        assert tags_after(judged(), {}, scheme=scheme) == {
            "DataClassification": "restricted",
            "ClassificationConfidence": "0.97",
        }
        assert list(scheme.keys) == [Tag.LEVEL, Tag.CONFIDENCE]


class TestOfMany:
    def test_the_highest_level_counts_with_its_surest(self) -> None:
        parts = [
            judged(Level.INTERNAL, confidence=1.0, types=("IP_ADDRESS",)),
            judged(Level.RESTRICTED, confidence=0.8, frameworks=("PCI_DSS",)),
            judged(Level.RESTRICTED, confidence=0.9),
            judged(Level.PUBLIC, confidence=1.0, types=(), frameworks=(), at="2026-12-01T00:00:00.000000Z"),
        ]
        told = of_many(parts)
        assert told is not None
        assert (told.level, told.confidence, told.of) == (Level.RESTRICTED, 0.9, 4)
        assert told.types == ("EMAIL", "IP_ADDRESS", "SSN")
        assert told.frameworks == ("GDPR", "HIPAA", "PCI_DSS")
        assert told.at == "2026-12-01T00:00:00.000000Z"

    def test_nothing_found_in_what_is_known_makes_nothing_public(self) -> None:
        told = of_many([judged(Level.PUBLIC, confidence=1.0)])
        assert told is not None
        assert (told.level, told.confidence) == (Level.UNCLASSIFIED, 0.0)

    def test_what_could_not_be_read_is_not_public(self) -> None:
        told = of_many([judged(Level.PUBLIC), judged(Level.UNCLASSIFIED, confidence=0.0)])
        assert told is not None
        assert told.level is Level.UNCLASSIFIED

    def test_of_nothing_is_nothing(self) -> None:
        assert of_many([]) is None

    def test_of_a_classification(self) -> None:
        made = of_one(classification(identifiers={"SSN": 3, "EMAIL": 1}, frameworks=("HIPAA", "GDPR")), AT)
        assert (made.types, made.frameworks) == (("EMAIL", "SSN"), ("GDPR", "HIPAA"))
