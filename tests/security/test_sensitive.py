"""A clear value as a type: no way of printing, storing or sending it but `reveal`."""

from __future__ import annotations

import copy
import json
import logging
import marshal
import pickle
import pprint
import traceback
from typing import Any

import orjson
import pytest
import yaml

from assay.model import Sensitive

CLEAR = "wren.halloway@posteo.de"


@pytest.fixture(params=[CLEAR, CLEAR.encode()], ids=["str", "bytes"])
def secret(request: pytest.FixtureRequest) -> Sensitive[Any]:
    return Sensitive(request.param)


def test_it_is_revealed_only_with_a_reason(secret: Sensitive[Any]) -> None:
    assert secret.reveal(why="test") in (CLEAR, CLEAR.encode())
    with pytest.raises(ValueError, match="reason"):
        secret.reveal(why="")
    with pytest.raises(TypeError):
        secret.reveal()  # type: ignore[call-arg]


def test_it_is_not_printed(
    secret: Sensitive[Any], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    print(secret, [secret], {"k": secret})
    pprint.pprint(vars(type(secret)))
    logging.getLogger("test").warning("found %s %r", secret, secret)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!s:>40}",
        f"{secret:>40}",
        f"{secret!r}",
        "%s %r" % (secret, secret),
        "{}".format(secret),  # noqa: UP032
        ascii(secret),
        str([secret]),
        capsys.readouterr().out,
        caplog.text,
    ]
    assert all(CLEAR not in text for text in shown)
    assert str(secret) == "<sensitive>"


def test_it_is_not_in_a_traceback(secret: Sensitive[Any]) -> None:
    try:
        raise ValueError(secret)
    except ValueError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert CLEAR not in text
    assert "<sensitive>" in text


@pytest.mark.parametrize(
    "store",
    [
        *(
            lambda value, protocol=protocol: pickle.dumps(value, protocol)
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
        lambda value: pickle.dumps([value]),
        copy.copy,
        copy.deepcopy,
        json.dumps,
        orjson.dumps,
        marshal.dumps,
        yaml.safe_dump,
        yaml.dump,
        bytes,
        hash,
        iter,
        vars,
        lambda value: value + "",
        lambda value: "" + value,
        lambda value: value[0],
        lambda value: {value},
        lambda value: "".join(value),
    ],
)
def test_it_is_not_stored(store: Any, secret: Sensitive[Any]) -> None:
    with pytest.raises((TypeError, ValueError, yaml.YAMLError)) as raised:
        store(secret)
    assert CLEAR not in str(raised.value)


def test_json_by_way_of_str_shows_nothing(secret: Sensitive[Any]) -> None:
    assert json.dumps({"value": secret}, default=str) == '{"value": "<sensitive>"}'
    assert orjson.dumps({"value": secret}, default=repr) == b'{"value":"<sensitive>"}'


def test_two_are_not_compared_by_their_values() -> None:
    assert Sensitive(CLEAR) != Sensitive(CLEAR)
    assert Sensitive(CLEAR) != CLEAR


def test_only_its_length_is_told(secret: Sensitive[Any]) -> None:
    assert len(secret) == len(CLEAR)
    assert not hasattr(secret, "__dict__")
    assert [name for name in dir(secret) if not name.startswith("_")] == ["reveal"]
