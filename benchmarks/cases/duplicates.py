"""Duplicates before selection: near ones in text, close ones among vectors.

``--pool FILE`` is JSONL with ``text``; without it the shipped sample is used. The value is the
share of planted copies that are dropped, or whose original is.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from cases.dsir import SAMPLE, read
from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

WIDTH, LIKENESS, COSINE = 5, 0.8, 0.9
_WORD = re.compile(r"\w+")


def make_texts(order: Order) -> Inputs:
    """Texts, and at their end a copy of every hundredth long one with its middle word replaced."""
    texts = [text for _, text in read(order.pool or SAMPLE, order.size["n"])]
    long = [row for row, text in enumerate(texts) if len(_WORD.findall(text)) >= 100][::100]
    for row in long:
        words = texts[row].split()
        words[len(words) // 2] = "replaced"
        texts.append(" ".join(words))
    encoded = [text.encode() for text in texts]
    return {
        "data": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        "offsets": np.cumsum([0, *map(len, encoded)]),
        "originals": np.array(long, dtype=np.int64),
    }


def texts_of(inputs: Inputs) -> list[str]:
    raw = inputs["data"].tobytes()
    return [raw[start:stop].decode() for start, stop in pairwise(inputs["offsets"].tolist())]


def near(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Pool
    from cribble.filters.near_duplicates import NearDuplicates

    texts = texts_of(inputs)
    found = NearDuplicates(threshold=LIKENESS, width=WIDTH).keep(Pool(len(texts), texts=texts))
    return np.flatnonzero(found.kept)


def windows(text: str) -> list[str]:
    words = _WORD.findall(text.lower())
    return [" ".join(words[at : at + WIDTH]) for at in range(max(1, len(words) - WIDTH + 1))]


def rensa(inputs: Inputs, size: Size) -> list[int]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=LIKENESS, num_perm=128, num_bands=16)
    sketches: dict[int, RMinHash] = {}
    for row, text in enumerate(texts_of(inputs)):
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update(windows(text))
        if not any(sketches[one].jaccard(sketch) >= LIKENESS for one in index.query(sketch)):
            index.insert(row, sketch)
            sketches[row] = sketch
    return list(sketches)


def datasketch(inputs: Inputs, size: Size) -> list[int]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=LIKENESS, num_perm=128)
    sketches: dict[int, MinHash] = {}
    for row, text in enumerate(texts_of(inputs)):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([one.encode() for one in windows(text)])
        if not any(sketches[one].jaccard(sketch) >= LIKENESS for one in index.query(sketch)):
            index.insert(row, sketch)
            sketches[row] = sketch
    return list(sketches)


def make_vectors(order: Order) -> Inputs:
    """A mixture whose last hundredth are copies of its first, at a cosine of about 0.98."""
    rows = mixture(order.seed, order.size["n"], order.size["d"])
    copies = len(rows) // 100
    noise = np.random.default_rng(order.seed).standard_normal((copies, rows.shape[1]))
    spread = 0.2 * np.linalg.norm(rows[:copies], axis=1, keepdims=True) / np.sqrt(rows.shape[1])
    rows[-copies:] = rows[:copies] + spread * noise
    return {"x": rows, "originals": np.arange(copies)}


def close(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Pool
    from cribble.filters.embedding_duplicates import EmbeddingDuplicates

    pool = Pool.from_array(inputs["x"])
    return np.flatnonzero(EmbeddingDuplicates(threshold=COSINE).keep(pool).kept)


def semhash(inputs: Inputs, size: Size) -> list[int]:
    from semhash import SemHash

    x = inputs["x"]
    # Records only name the rows; no model is asked, since the vectors are there.
    found = SemHash.from_embeddings(x, [str(row) for row in range(len(x))], model=None)
    return [int(record) for record in found.self_deduplicate(threshold=COSINE).selected]


def plain_numpy(inputs: Inputs, size: Size) -> list[int]:
    """Blocks of a thousand against the kept rows, then each row against its own block."""
    x = inputs["x"] / np.linalg.norm(inputs["x"], axis=1, keepdims=True)
    kept = np.empty_like(x)
    rows: list[int] = []
    for start in range(0, len(x), 1000):
        block = x[start : start + 1000]
        free = np.ones(len(block), dtype=bool)
        for low in range(0, len(rows), 8192):
            free &= (block @ kept[low : min(low + 8192, len(rows))].T).max(axis=1) < COSINE
        own = block @ block.T
        for at in range(len(block)):
            if free[at] and not (own[at, :at][free[:at]] >= COSINE).any():
                kept[len(rows)] = block[at]
                rows.append(start + at)
            else:
                free[at] = False
    return rows


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    """The share of planted pairs of which at most one row is kept."""
    rows = len(inputs["x"]) if "x" in inputs else len(inputs["offsets"]) - 1
    kept = np.zeros(rows, dtype=bool)
    kept[picks] = True
    originals = inputs["originals"]
    both = kept[originals] & kept[rows - len(originals) :]
    return float(1 - both.mean()) if len(both) else 1.0


def text_floor(inputs: Inputs, size: Size) -> Work:
    return Work(bytes=float(len(inputs["data"])))


def vector_floor(inputs: Inputs, size: Size) -> Work:
    return Work(flop=float(size["n"]) ** 2 * size["d"])


CASES = (
    Case(
        name="near_duplicates_pool",
        summary="near duplicates of a text pool, Jaccard 0.8; share of planted copies found",
        size={"n": 10_000_000},
        tiny={"n": 300},
        make_input=make_texts,
        floor=text_floor,
        contenders={OURS: near, "rensa": rensa, "datasketch": datasketch},
        evaluate=evaluate,
    ),
    *(
        Case(
            name=f"embedding_duplicates_{n // 1000}k",
            summary=f"rows with a cosine of 0.9, {n:,} x 384; share of planted copies found",
            size={"n": n, "d": 384},
            tiny={"n": 400, "d": 384},
            make_input=make_vectors,
            floor=vector_floor,
            contenders={OURS: close, "semhash": semhash, "plain NumPy": plain_numpy},
            evaluate=evaluate,
        )
        for n in (20_000, 100_000)
    ),
)
