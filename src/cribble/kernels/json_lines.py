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
_ABSENT, _EMPTY, _HELD = 0, 1, 2  # what a line has of a key: nothing, null, a value
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


class Filling(NamedTuple):
    """A template of text in turn with the strings of keys.

    Args:
        names: (b,) uint8, the keys end to end, as UTF-8, each once.
        starts: (m + 1,) int64, where each starts.
        fields: (p,) int64, which key stands after each piece of text; -1 for none.
        literals: (l,) uint8, the pieces of text end to end.
        cuts: (p + 1,) int64, where each starts.
    """

    names: Bytes
    starts: Ints
    fields: Ints
    literals: Bytes
    cuts: Ints


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


def fill_texts(data: Bytes, bounds: Ints, filling: Filling) -> tuple[Bytes, Ints] | None:
    """Fill a template with lines that are JSON objects.

    Args:
        data: (b,) uint8.
        bounds: (m + 1,) int64, where each line starts and the last stops.
        filling: The template; null is empty text where another of its keys has a string.

    Returns:
        (e,) uint8 texts end to end and (m + 1,) int64 where each starts; None where a line lacks
        a key, has null in all of them, holds other than a string, or needs a parser.
    """
    uses = np.bincount(filling.fields[filling.fields >= 0]).max(initial=0)
    room = int(uses) * len(data) + len(filling.literals) * (len(bounds) - 1)
    out = np.empty(room, dtype=np.uint8)
    offsets = np.zeros(len(bounds), dtype=np.int64)
    if not _fill_texts(data, bounds, *filling, out, offsets):
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
    held = np.empty(count, dtype=np.uint8)
    places = np.empty(count, dtype=np.int64)
    used = 0
    for line in range(len(bounds) - 1):
        if not _look_up(data, bounds[line], bounds[line + 1], names, starts, held, places):
            return False
        form = _format(needs, held)
        if form == len(plain) or not plain[form]:
            return False
        begin, said = used, False
        for name in range(count):
            if not (reads[form, name] and held[name] == _HELD):
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
def _fill_texts(  # type: ignore[no-untyped-def]
    data, bounds, names, starts, fields, literals, cuts, out, offsets
):
    held = np.empty(len(starts) - 1, dtype=np.uint8)
    places = np.empty(len(held), dtype=np.int64)
    used = 0
    for line in range(len(bounds) - 1):
        if not _look_up(data, bounds[line], bounds[line + 1], names, starts, held, places):
            return False
        said = False
        for state in held:
            if state == _ABSENT:
                return False
            said = said or state == _HELD
        if not said:
            return False
        for piece in range(len(fields)):
            size = cuts[piece + 1] - cuts[piece]
            copy_head(out[used:], literals[cuts[piece] : cuts[piece + 1]], size)
            used += size
            name = fields[piece]
            if name >= 0 and held[name] == _HELD:
                used = _unescape(data, places[name], out, used)
                if used < 0:
                    return False
        offsets[line + 1] = used
    return True


@njit(cache=True, nogil=True)
def _look_up(data, low, stop, names, starts, held, places):  # type: ignore[no-untyped-def]
    """Find the values of names in a line; False where it needs a parser."""
    held[:] = _ABSENT
    at = first_pair(data, low, stop)
    while at >= 0 and at < stop:
        begin, end, value, _, at = pair(data, at, stop)
        name = _find(data, begin, end, names, starts)
        if name == len(held):
            return False
        if name >= 0 and value >= 0:
            held[name] = _EMPTY if data[value] == _NULL else _HELD
            places[name] = value
    return at == stop


@njit(cache=True, nogil=True)
def _format(needs, held):  # type: ignore[no-untyped-def]
    """The first format whose needs are all there; their number where none is."""
    for form in range(len(needs)):
        complete = True
        for name in range(len(held)):
            if needs[form, name] and held[name] != _HELD:
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
