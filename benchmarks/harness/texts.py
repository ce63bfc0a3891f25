"""Seeded JSONL of any length, written as fast as a disk takes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

TOPICS = 8
_WORDS, _SHARED, _BANK_WORDS = 20_000, 100, 400_000
_LEAST, _MOST = 500, 3_500


def write_texts(path: Path, rows: int, seed: int = 0) -> None:
    """Write rows of about 2,000 bytes of text each, with ``id``, ``group`` and ``quality``.

    Every topic has a vocabulary of its own, drawn by Zipf's law. A row is a stretch of its topic's
    bank of 400,000 words, from a random word on, so that rows share n-grams but hardly a row
    comes twice.
    """
    rng = np.random.default_rng(seed)
    vocabulary = _vocabulary(rng)
    banks = [_bank(vocabulary, np.random.default_rng((seed, topic))) for topic in range(TOPICS)]
    with path.open("wb", buffering=8 << 20) as file:
        for low in range(0, rows, 65_536):
            size = min(65_536, rows - low)
            topics = rng.integers(TOPICS, size=size).tolist()
            quality = rng.random(size).tolist()
            places = rng.integers(_BANK_WORDS // 2, size=size).tolist()
            lengths = rng.integers(_LEAST, _MOST, size=size).tolist()
            for i, (topic, place, length) in enumerate(zip(topics, places, lengths, strict=True)):
                text, starts = banks[topic]
                start = starts[place]
                stop = text.rfind(b" ", start, start + length)
                head = f'{{"id": "r{low + i}", "group": "t{topic}", "quality": {quality[i]:.6f}'
                file.write(b'%b, "text": "%b"}\n' % (head.encode(), text[start:stop]))


def write_prefix(source: Path, path: Path, rows: int) -> None:
    """Copy the first lines of a file."""
    with source.open("rb") as lines, path.open("wb", buffering=8 << 20) as file:
        for _, line in zip(range(rows), lines, strict=False):
            file.write(line)


def write_target(source: Path, path: Path, rows: int) -> None:
    """Copy the first rows of the first topic."""
    with source.open("rb") as lines, path.open("wb") as file:
        mine = (line for line in lines if json.loads(line)["group"] == "t0")
        for _, line in zip(range(rows), mine, strict=False):
            file.write(line)


def _vocabulary(rng: np.random.Generator) -> list[str]:
    letters = np.frombuffer(b"etaoinshrdlucmfwypvbgk", dtype="S1")
    drawn = letters[rng.integers(len(letters), size=(4 * _WORDS, 8))].view("S8").ravel()
    lengths = rng.integers(2, 9, size=len(drawn)).tolist()
    return [word[:size].decode() for word, size in zip(drawn.tolist(), lengths, strict=True)]


def _bank(vocabulary: list[str], rng: np.random.Generator) -> tuple[bytes, list[int]]:
    """Text of one topic, and where its words start."""
    # The most frequent words are those of every topic; the rest are its own.
    own = rng.permutation(len(vocabulary))[:_WORDS]
    own[:_SHARED] = np.arange(_SHARED)
    drawn = np.minimum(rng.zipf(1.2, _BANK_WORDS), _WORDS) - 1
    picked = [vocabulary[i] for i in own[drawn].tolist()]
    starts = np.cumsum([0, *(len(word) + 1 for word in picked[:-1])])
    return " ".join(picked).encode(), starts.tolist()
