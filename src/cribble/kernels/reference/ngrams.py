"""Plain Python twin of `cribble.kernels.ngrams`: a regular expression and Python integers."""

from __future__ import annotations

import re
import unicodedata

from cribble.kernels.alphabet import SIZE, UNSPACED

_MARKS = "".join(chr(c) for c in range(SIZE) if unicodedata.category(chr(c)).startswith("M"))
_TOKEN = re.compile(rf"[\w{_MARKS}]+|[^\w\s{_MARKS}]+")
_ALL = (1 << 64) - 1


def tokens(text: str, unspaced: bool = True) -> list[str]:
    """Split a text as the compiled scanner does."""
    lower = "".join(one.lower()[0] for one in text)
    found = _TOKEN.findall(lower)
    if not unspaced:
        return found
    ranges = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED)
    parts = re.compile(
        rf"(?=[\w{_MARKS}])[{ranges}]|(?:(?![{ranges}])[\w{_MARKS}])+|[^\w{_MARKS}]+"
    )
    return [part for token in found for part in parts.findall(token)]


def _mix(x: int) -> int:
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _ALL
    x = (x ^ x >> 27) * 0x94D049BB133111EB & _ALL
    return x ^ x >> 31


def token_hash(token: str) -> int:
    """Hash one token to 64 bits."""
    folded = 0x243F6A8885A308D3
    for one in token:
        folded = (folded ^ (ord(one) & 0x3FFFF)) * 0x9E3779B97F4A7C15 & _ALL
    return _mix(folded)


def gram_hash(gram: list[str]) -> int:
    """Hash one n-gram to 64 bits."""
    *earlier, last = map(token_hash, gram)
    joined = last
    for one in reversed(earlier):
        joined = _mix((joined * 0x9E3779B97F4A7C15 + one) & _ALL)
    return joined


def buckets_of(text: str, ngrams: int, buckets: int, unspaced: bool = True) -> list[int]:
    """List the buckets of a text's n-grams: for each token, those that end in it."""
    found = tokens(text, unspaced)
    return [
        ((gram_hash(found[i - order + 1 : i + 1]) >> 32) * buckets) >> 32
        for i in range(len(found))
        for order in range(1, min(ngrams, i + 1) + 1)
    ]
