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
