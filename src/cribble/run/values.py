"""Values as people write them: sizes in bytes, settings, limits; and JSON of what we hold."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from cribble.core.errors import ParameterError

_SIZE = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?\s*$", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_WORDS = {"true": True, "false": False, "none": None, "null": None}


def byte_count(value: object) -> object:
    """Read "4GiB" (1024 to the 3rd), "500MB" (1000 to the 2nd) or a number of bytes.

    Raises:
        ParameterError: The value is none of these.
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.match(value)
    if match is None:
        raise ParameterError("memory", value, "a size such as 4GiB or 500MB")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** _POWER[match[2].lower()])


def show_bytes(size: float) -> str:
    """Write a number of bytes for people, such as "1.5 GiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def show_seconds(seconds: float) -> str:
    """Write a duration for people, such as "2 min 05 s"."""
    if seconds < 0.01:
        return "under 0.01 s"
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes / 60:.1f} h"


def read_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` settings; a value is a number, true, false, none, JSON or plain text.

    Raises:
        ParameterError: A setting has no "=".
    """
    return dict(_read_setting(setting) for setting in settings)


def _read_setting(setting: str) -> tuple[str, Any]:
    key, sign, text = setting.partition("=")
    if not sign or not key.strip():
        raise ParameterError("--set", setting, "of the form KEY=VALUE")
    text = text.strip()
    if text.lower() in _WORDS:
        return key.strip(), _WORDS[text.lower()]
    try:
        return key.strip(), json.loads(text)
    except json.JSONDecodeError:
        return key.strip(), text


def read_quotas(option: str, limits: Iterable[str]) -> dict[str, dict[str, int]]:
    """Read limits of the form ``COLUMN:VALUE=N``; a value may itself hold ":" or "=".

    Raises:
        ParameterError: A limit is not of this form, or is given twice.
    """
    quotas: dict[str, dict[str, int]] = {}
    for limit in limits:
        group, _, number = limit.rpartition("=")
        column, colon, value = group.partition(":")
        if not column or not colon or not number.strip().isdigit():
            raise ParameterError(option, limit, "of the form COLUMN:VALUE=N, with N 0 or more")
        if value in quotas.setdefault(column, {}):
            raise ParameterError(option, limit, f"given once for {column}:{value}")
        quotas[column][value] = int(number)
    return quotas


def plain(value: Any) -> Any:
    """Turn NumPy values, tuples and sets into what JSON holds; NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
