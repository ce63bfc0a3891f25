"""Lines of JSON straight from UTF-8 bytes: checked, and their texts read, without an object.

Both scans know the common case alone, and leave what they are not sure of to the caller, who has
a complete parser. They never accept a line that the parser would refuse.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.copying import copy_head
from cribble.kernels.json_grammar import (
    BACKSLASH,
    ESCAPES,
    NEWLINE,
    QUOTE,
    UNICODE,
    first_pair,
    hex_value,
    matches,
    pair,
    plain_end,
)

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NULL = ord("n")
_BETWEEN = np.uint64(0xFF)  # a byte that no key has, so that "ab", "c" is not "a", "bc"
_FNV_START, _FNV_FOLD = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


class Layout(NamedTuple):
    """Which keys hold the text of a line.

    Args:
        names: (b,) uint8, the wanted keys end to end, as UTF-8.
        starts: (m + 1,) int64, where each starts.
        needs: (f, m) bool, the keys without which a line is not in each format.
        reads: (f, m) bool, the keys whose strings make its text, joined by line breaks.
        plain: (f,) bool, whether the text of a format is read here at all.
    """

    names: Bytes
    starts: Ints
    needs: Flags
    reads: Flags
    plain: Flags


def check_lines(data: Bytes, bounds: Ints) -> tuple[Flags, NDArray[np.uint64]]:
    """Tell which lines are JSON objects for certain.

    Args:
        data: (b,) uint8.
        bounds: (m + 1,) int64, where each line starts and the last stops.

    Returns:
        (m,) bool, whether a line is an object in valid UTF-8 (False: ask a parser), and (m,)
        uint64, a hash of its keys.
    """
    sure = np.empty(len(bounds) - 1, dtype=np.bool_)
    keys = np.empty(len(bounds) - 1, dtype=np.uint64)
    _check_lines(data, bounds, sure, keys)
    return sure, keys


def read_texts(data: Bytes, bounds: Ints, layout: Layout) -> tuple[Bytes, Ints] | None:
    """Read the text of lines that are JSON objects.

    A line is in the first format whose needed keys all hold something other than null. Of the
    strings it reads, those that are there and not empty are joined by line breaks.

    Args:
        data: (b,) uint8.
        bounds: (m + 1,) int64, where each line starts and the last stops.
        layout: Which keys hold the text.

    Returns:
        (e,) uint8 texts end to end and (m + 1,) int64 where each starts; None where a line is
        in no format, in one that is not plain, or needs a parser.
    """
    out = np.empty(len(data) + len(bounds), dtype=np.uint8)
    offsets = np.zeros(len(bounds), dtype=np.int64)
    if not _read_texts(data, bounds, *layout, out, offsets):
        return None
    return out[: offsets[-1]], offsets


@njit(cache=True, nogil=True)
def _check_lines(data, bounds, sure, keys):  # type: ignore[no-untyped-def]
    for line in range(len(sure)):
        stop = bounds[line + 1]
        at = first_pair(data, bounds[line], stop)
        print_of_keys = _FNV_START
        while at >= 0 and at < stop:
            begin, end, _, _, at = pair(data, at, stop)
            for i in range(begin, end):
                print_of_keys = (print_of_keys ^ np.uint64(data[i])) * _FNV_FOLD
            print_of_keys = (print_of_keys ^ _BETWEEN) * _FNV_FOLD
        sure[line] = at == stop
        keys[line] = print_of_keys


@njit(cache=True, nogil=True)
def _read_texts(  # type: ignore[no-untyped-def]
    data, bounds, names, starts, needs, reads, plain, out, offsets
):
    count = len(starts) - 1
    there = np.empty(count, dtype=np.bool_)
    places = np.empty(count, dtype=np.int64)
    used = 0
    for line in range(len(bounds) - 1):
        stop = bounds[line + 1]
        there[:] = False
        at = first_pair(data, bounds[line], stop)
        while at >= 0 and at < stop:
            begin, end, value, _, at = pair(data, at, stop)
            name = _find(data, begin, end, names, starts)
            if name == count:
                return False
            if name >= 0 and value >= 0:
                there[name] = data[value] != _NULL
                places[name] = value
        if at != stop:
            return False
        form = _format(needs, there)
        if form == len(plain) or not plain[form]:
            return False
        begin, said = used, False
        for name in range(count):
            if not (reads[form, name] and there[name]):
                continue
            said = True
            room = used + int(used > begin)
            end = _unescape(data, places[name], out, room)
            if end < 0:
                return False
            if end > room:
                if room > used:
                    out[used] = NEWLINE
                used = end
        if not said:
            return False
        offsets[line + 1] = used
    return True


@njit(cache=True, nogil=True)
def _format(needs, there):  # type: ignore[no-untyped-def]
    """The first format whose needs are all there; their number where none is."""
    for form in range(len(needs)):
        complete = True
        for name in range(len(there)):
            if needs[form, name] and not there[name]:
                complete = False
        if complete:
            return form
    return len(needs)


@njit(cache=True, nogil=True)
def _find(data, begin, end, names, starts):  # type: ignore[no-untyped-def]
    """Which name a key is: -1 for none, their number where the key is written with escapes."""
    for i in range(begin, end):
        if data[i] == BACKSLASH:
            return len(starts) - 1
    for name in range(len(starts) - 1):
        wanted = names[starts[name] : starts[name + 1]]
        if len(wanted) == end - begin and matches(data, begin, end, wanted):
            return name
    return -1


@njit(cache=True, nogil=True)
def _unescape(data, at, out, to):  # type: ignore[no-untyped-def]
    """Copy a string's characters to ``out``; the place after them, -1 if it is no whole string."""
    if data[at] != QUOTE:
        return -1
    at += 1
    while True:
        end = plain_end(data, at, len(data))
        while data[end] >= 0x80:
            end = plain_end(data, end + 1, len(data))
        copy_head(out[to:], data[at:end], end - at)
        to += end - at
        at = end
        if data[at] == QUOTE:
            return to
        code = int(ESCAPES[data[at + 1]])
        at += 2
        if code == UNICODE:
            code = hex_value(data, at, len(data))
            at += 4
            if 0xDC00 <= code < 0xE000:
                return -1
            if 0xD800 <= code < 0xDC00:
                low = hex_value(data, at + 2, len(data))
                paired = data[at] == BACKSLASH and data[at + 1] == UNICODE
                if not paired or low < 0xDC00 or low >= 0xE000:
                    return -1
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                at += 6
        to = _encode(code, out, to)


@njit(cache=True, nogil=True)
def _encode(code, out, to):  # type: ignore[no-untyped-def]
    """Write a code point as UTF-8; the place after it."""
    if code < 0x80:
        out[to] = code
        return to + 1
    width = 2 if code < 0x800 else (3 if code < 0x10000 else 4)
    lead = 0xC0 if width == 2 else (0xE0 if width == 3 else 0xF0)
    out[to] = lead | (code >> (6 * (width - 1)))
    for i in range(1, width):
        out[to + i] = 0x80 | ((code >> (6 * (width - 1 - i))) & 0x3F)
    return to + width
