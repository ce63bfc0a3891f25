"""Plain Python twin of `cribble.kernels.json_lines`: the parser of the standard library."""

from __future__ import annotations

import json
from collections.abc import Sequence


def is_object(line: bytes) -> bool:
    """Tell whether a line is a JSON object in strict UTF-8."""
    try:
        return isinstance(json.loads(line.decode("utf-8")), dict)
    except ValueError:
        return False


def text_of(
    line: bytes, formats: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
) -> bytes | None:
    """Read the text of a line in the first of the formats, pairs of needed and of read keys.

    Returns:
        None where a parser has to word what is there instead of text.
    """
    record = json.loads(line)
    for needs, reads in formats:
        if all(record.get(key) is not None for key in needs):
            said = [record[key] for key in reads if record.get(key) is not None]
            if not said or not all(isinstance(one, str) for one in said):
                return None
            try:
                return "\n".join(one for one in said if one).encode()
            except UnicodeEncodeError:
                return None
    return None


def filled_with(line: bytes, pieces: Sequence[tuple[str, str | None]]) -> bytes | None:
    """Fill a template, pairs of literal text and the key after it, with a line.

    Returns:
        None where a parser has to word what is there instead of text.
    """
    record = json.loads(line)
    keys = [key for _, key in pieces if key is not None]
    values = [record.get(key, 0) for key in keys]
    if not any(values) and "" not in values:
        return None
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    said = dict(zip(keys, values, strict=True))
    try:
        return "".join(text + (said.get(key) or "" if key else "") for text, key in pieces).encode()
    except UnicodeEncodeError:
        return None
