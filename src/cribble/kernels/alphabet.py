"""What each Unicode code point is to the scanner, and its lowercase form, in one table."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# No assigned code point beyond this is a letter, a digit or a space, or has a case.
SIZE = 0x40000
SHIFT = 18
SPACE, WORD, OTHER, SINGLE = 0, 1, 2, 3

# Scripts written without spaces between words: a run of them is a sentence, not a word.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),  # halfwidth Katakana
    (0x1B000, 0x1B16F),  # Kana supplement
    (0x20000, 0x3FFFF),  # Han extensions
)


@lru_cache(maxsize=2)
def code_points(unspaced: bool) -> NDArray[np.uint32]:
    r"""Tabulate class and lowercase of every code point below `SIZE`.

    `SPACE` is ``\s`` of Python's ``re``; `WORD` is ``\w`` and, unlike there, the combining marks,
    without which accents and the vowels of many scripts would cut words; `OTHER` is the rest. The
    lowercase form is `str.lower` of the single character, with two simplifications that keep it
    a map from one code point to one: "İ" (U+0130) becomes "i" without the combining dot, and a
    final "Σ" becomes "σ" like any other. The table follows the Unicode version of the running
    Python (`unicodedata.unidata_version`).

    Args:
        unspaced: Give word characters of `UNSPACED` scripts the class `SINGLE`: each is a token.

    Returns:
        (SIZE,) uint32, ``class << SHIFT | lowercase``; 1 MB, read-only.
    """
    characters = "".join(map(chr, range(SIZE)))
    classes = np.full(SIZE, OTHER, dtype=np.uint32)
    for pattern, label in ((r"\w+", WORD), (r"\s+", SPACE)):
        for run in re.finditer(pattern, characters):
            classes[run.start() : run.end()] = label
    marks = [at for at, one in enumerate(characters) if unicodedata.category(one)[0] == "M"]
    classes[marks] = WORD
    if unspaced:
        for first, last in UNSPACED:
            inside = classes[first : last + 1]
            inside[inside == WORD] = SINGLE
    lower = np.array([ord(one.lower()[0]) for one in characters], dtype=np.uint32)
    table = classes << np.uint32(SHIFT) | lower
    table.setflags(write=False)
    return table
