from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.run.values import (
    byte_count,
    plain,
    read_quotas,
    read_settings,
    show_bytes,
    show_seconds,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GiB", 4 << 30),
        ("1.5 gib", 3 << 29),
        ("500MB", 500_000_000),
        ("2k", 2000),
        ("64KiB", 65536),
        ("123", 123),
        (7, 7),
    ],
)
def test_sizes_are_read(text, size):
    assert byte_count(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1GiB", "4XiB", "GiB"])
def test_other_sizes_are_refused(text):
    with pytest.raises(ParameterError, match="such as 4GiB"):
        byte_count(text)


def test_settings_have_types():
    settings = ["a=1", "b=1e-3", "c=true", "d=None", "e=two words", "f=[1, 2]", "g=x=y", "h="]
    assert read_settings(settings) == {
        "a": 1,
        "b": 0.001,
        "c": True,
        "d": None,
        "e": "two words",
        "f": [1, 2],
        "g": "x=y",
        "h": "",
    }


@pytest.mark.parametrize("setting", ["neighbors", "=3"])
def test_a_setting_needs_a_key_and_a_sign(setting):
    with pytest.raises(ParameterError, match="KEY=VALUE"):
        read_settings([setting])


def test_quotas_split_at_the_first_colon_and_the_last_sign():
    quotas = read_quotas("--at-least", ["source:code=2", "source:a:b=c=3"])
    assert quotas == {"source": {"code": 2, "a:b=c": 3}}


@pytest.mark.parametrize("limit", ["code=2", "source:code", "source:code=-1", "source:code=x"])
def test_other_quotas_are_refused(limit):
    with pytest.raises(ParameterError, match="COLUMN:VALUE=N"):
        read_quotas("--at-least", [limit])


def test_a_quota_given_twice_is_refused():
    with pytest.raises(ParameterError, match="given once"):
        read_quotas("--at-least", ["s:a=1", "s:a=2"])


def test_plain_values_survive_json():
    value = {
        "array": np.arange(3, dtype=np.int8),
        "number": np.float32(0.5),
        "nan": float("nan"),
        "set": {1},
        "nested": ({"x": np.bool_(True)},),
    }
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == {
        "array": [0, 1, 2],
        "number": 0.5,
        "nan": None,
        "set": [1],
        "nested": [{"x": True}],
    }


@given(st.floats(min_value=0, max_value=1e15))
def test_shown_bytes_stay_short(size):
    number, unit = show_bytes(size).split()
    assert float(number) <= 1024
    assert unit in ("B", "KiB", "MiB", "GiB", "TiB")


def test_shown_seconds():
    assert [show_seconds(s) for s in (3e-7, 0.1234, 12.4, 65, 7200)] == [
        "under 0.01 s",
        "0.12 s",
        "12 s",
        "1 min 05 s",
        "2.0 h",
    ]
