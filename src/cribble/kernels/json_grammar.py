"""A walk over JSON in UTF-8 bytes that never goes where a strict parser would refuse.

A walk ends in -1 on what it is not sure of: a control character, nesting beyond 60, a number of
more than 300 digits, anything malformed. A complete parser has the last word there.

Source:
    RFC 8259 for the grammar of JSON; RFC 3629 for that of UTF-8.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

QUOTE, BACKSLASH, UNICODE, NEWLINE = (ord(c) for c in '"\\u\n')
_COMMA, _COLON, _MINUS, _PLUS, _DOT = (ord(c) for c in ",:-+.")
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = (ord(c) for c in "{}[]")
_ZERO, _NINE, _E = (ord(c) for c in "09e")
_DEEPEST, _LONGEST_NUMBER = 60, 300


def _table(default: int, entries: dict[str, int]) -> NDArray[np.uint8]:
    table = np.full(256, default, dtype=np.uint8)
    for char, value in entries.items():
        table[ord(char)] = value
    return table


# Bytes on which a walk through a string stops: quotes, backslashes, controls, all beyond ASCII.
_STOPS = np.ones(256, dtype=np.bool_)
_STOPS[0x20:0x80] = False
_STOPS[[QUOTE, BACKSLASH]] = True
ESCAPES = _table(
    0, {'"': 34, "\\": 92, "/": 47, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "u": UNICODE}
)
_HEX = _table(16, {c: int(c, 16) for c in "0123456789abcdefABCDEF"})
_TRUE, _FALSE, _NULL = (
    np.frombuffer(word, dtype=np.uint8) for word in (b"true", b"false", b"null")
)


@njit(cache=True, nogil=True)
def first_pair(data, at, stop):  # type: ignore[no-untyped-def]
    """Enter an object: where its first pair starts, ``stop`` if it is empty, -1 if it is odd."""
    at = _space(data, at, stop)
    if at >= stop or data[at] != _OPEN:
        return -1
    at = _space(data, at + 1, stop)
    if at < stop and data[at] == _CLOSE:
        at = _space(data, at + 1, stop)
        return stop if at == stop else -1
    return at if at < stop else -1


@njit(cache=True, nogil=True)
def pair(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over one pair of the outermost object.

    Returns where its key starts and stops, where its value starts and stops, and where the next
    pair starts: ``stop`` after the last one, -1 where something is odd.
    """
    begin = at + 1
    value = _key(data, at, stop)
    if value < 0:
        return begin, begin, -1, -1, -1
    end = value - 1
    while data[end] != QUOTE:  # back over the colon and spaces
        end -= 1
    value = _space(data, value, stop)
    after = _value(data, value, stop)
    if after < 0:
        return begin, end, -1, -1, -1
    at = _space(data, after, stop)
    if at < stop and data[at] == _COMMA:
        at = _space(data, at + 1, stop)
        return begin, end, value, after, at if at < stop else -1
    if at < stop and data[at] == _CLOSE and _space(data, at + 1, stop) == stop:
        return begin, end, value, after, stop
    return begin, end, value, after, -1


@njit(cache=True, nogil=True)
def _key(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over a key and its colon; -1 where there is none."""
    if at >= stop or data[at] != QUOTE:
        return -1
    at = _string(data, at, stop)
    if at < 0:
        return -1
    at = _space(data, at, stop)
    return at + 1 if at < stop and data[at] == _COLON else -1


@njit(cache=True, nogil=True)
def _value(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over a value, without recursion; -1 where it is odd."""
    depth, objects = 0, np.uint64(0)  # the lowest bit: whether the innermost is an object
    one = np.uint64(1)
    while True:
        at = _space(data, at, stop)
        if at >= stop:
            return -1
        byte = data[at]
        if byte == QUOTE:
            at = _string(data, at, stop)
        elif byte in (_OPEN, _OPEN_LIST):
            if depth == _DEEPEST:
                return -1
            depth += 1
            objects = (objects << one) | np.uint64(byte == _OPEN)
            at = _space(data, at + 1, stop)
            if at >= stop:
                return -1
            if data[at] == (_CLOSE if byte == _OPEN else _CLOSE_LIST):
                depth -= 1
                objects >>= one
                at += 1
            else:
                at = _key(data, at, stop) if byte == _OPEN else at
                if at < 0:
                    return -1
                continue
        else:
            at = _scalar(data, at, stop)
        if at < 0:
            return -1
        going = False
        while depth > 0 and not going:
            at = _space(data, at, stop)
            if at >= stop:
                return -1
            inside = objects & one
            if data[at] == _COMMA:
                at = _space(data, at + 1, stop)
                at = _key(data, at, stop) if inside else at
                if at < 0:
                    return -1
                going = True
            elif data[at] == (_CLOSE if inside else _CLOSE_LIST):
                depth -= 1
                objects >>= one
                at += 1
            else:
                return -1
        if depth == 0:
            return at


@njit(cache=True, nogil=True)
def _space(data, at, stop):  # type: ignore[no-untyped-def]
    while at < stop and (data[at] == 32 or data[at] == 10 or data[at] == 13 or data[at] == 9):
        at += 1
    return at


@njit(cache=True, nogil=True)
def _string(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over a string from its opening quote; -1 where it is odd."""
    at += 1
    while True:
        at = plain_end(data, at, stop)
        if at == stop:
            return -1
        byte = data[at]
        if byte == QUOTE:
            return at + 1
        elif byte == BACKSLASH:
            if at + 1 >= stop or ESCAPES[data[at + 1]] == 0:
                return -1
            if data[at + 1] != UNICODE:
                at += 2
            elif hex_value(data, at + 2, stop) < 0:
                return -1
            else:
                at += 6
        else:
            width = _width(data, at, stop)
            if width == 0:
                return -1
            at += width


@njit(cache=True, nogil=True)
def plain_end(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over printable ASCII other than quotes and backslashes."""
    rest = data[at:stop]  # counted from 0, an index needs no check for being negative
    for i in range(len(rest)):
        if _STOPS[rest[i]]:
            return at + i
    return stop


@njit(cache=True, nogil=True)
def _width(data, at, stop):  # type: ignore[no-untyped-def]
    """Bytes of the character beyond ASCII at a place; 0 where it is not UTF-8."""
    lead = data[at]
    if lead < 0xC2 or lead > 0xF4:
        return 0
    width = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    if at + width > stop:
        return 0
    for i in range(at + 1, at + width):
        if data[i] & 0xC0 != 0x80:
            return 0
    second = data[at + 1]
    overlong = (lead == 0xE0 and second < 0xA0) or (lead == 0xF0 and second < 0x90)
    beyond = (lead == 0xED and second > 0x9F) or (lead == 0xF4 and second > 0x8F)
    return 0 if overlong or beyond else width


@njit(cache=True, nogil=True)
def hex_value(data, at, stop):  # type: ignore[no-untyped-def]
    """Value of four hex digits, -1 where they are not."""
    if at + 4 > stop:
        return -1
    value = 0
    for i in range(at, at + 4):
        digit = _HEX[data[i]]
        if digit == 16:
            return -1
        value = value * 16 + digit
    return value


@njit(cache=True, nogil=True)
def _scalar(data, at, stop):  # type: ignore[no-untyped-def]
    """Walk over a number, true, false or null; -1 for anything else."""
    byte = data[at]
    if byte == _TRUE[0]:
        return at + 4 if matches(data, at, stop, _TRUE) else -1
    if byte == _FALSE[0]:
        return at + 5 if matches(data, at, stop, _FALSE) else -1
    if byte == _NULL[0]:
        return at + 4 if matches(data, at, stop, _NULL) else -1
    begin = at
    at += int(data[at] == _MINUS)
    digits = _digits(data, at, stop)
    if digits == at or (data[at] == _ZERO and digits > at + 1):
        return -1
    at = digits
    if at < stop and data[at] == _DOT:
        at = _digits(data, digits + 1, stop)
        if at == digits + 1:
            return -1
    if at < stop and (data[at] | 32) == _E:
        at += 1
        at += int(at < stop and (data[at] == _PLUS or data[at] == _MINUS))
        digits = _digits(data, at, stop)
        if digits == at:
            return -1
        at = digits
    return at if at - begin <= _LONGEST_NUMBER else -1


@njit(cache=True, nogil=True)
def _digits(data, at, stop):  # type: ignore[no-untyped-def]
    while at < stop and data[at] >= _ZERO and data[at] <= _NINE:
        at += 1
    return at


@njit(cache=True, nogil=True)
def matches(data, at, stop, word):  # type: ignore[no-untyped-def]
    """Tell whether the bytes of a word stand at a place."""
    if at + len(word) > stop:
        return False
    for i in range(len(word)):  # noqa: SIM110 (all() of a generator does not compile)
        if data[at + i] != word[i]:
            return False
    return True
