"""Expressions that can be read in exponentially many ways, and those that look like them."""

from __future__ import annotations

import pytest

from assay.detect.ambiguity import is_exponential


@pytest.mark.parametrize(
    "expression",
    [
        r"(a+)+$",
        r"(a*)*b",
        r"(a|aa)+c",
        r"(\w+\s?)+:",
        r"([a-z]+)*@",
        r"(?:x{1,64}){1,64}y",
        r"(.*)*=",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(?:[ab]c|a[cd])+!",
        r"(?:(?:ab|a)(?:b|bb)?)+c",
    ],
)
def test_is_exponential(expression: str) -> None:
    assert is_exponential(expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"EMP-\d{6}",
        r"\b[A-Z]{2,10}[A-Z0-9]{2,20}\b",
        r"(?:\d+-)+\d+",
        r"\d(?:[ ./-]{0,2}\d){6,12}",
        r"(?:a|a)*b",  # the parser makes one set of both
        r"\d+(?:\.\d+)*",
        r"(?:[a-z]+:)*[a-z]+",
        r"(?:ab|cd)+",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"a*a*b",
        r"[\w.]+@[\w.]+",
        r"",
        r"(?:(?:a{1,30}b){1,30}c){1,30}",
    ],
)
def test_is_not_exponential(expression: str) -> None:
    assert not is_exponential(expression)
