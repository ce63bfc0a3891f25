"""DSIR as its authors compute it, in plain Python, and numbers that their package printed."""

import hashlib
import math
import re
from collections import Counter

POOL = [
    "Compute the sum of 3 and 4. The sum is 7.",
    "The river runs to the sea; the sea is blue.",
    "def add(a, b): return a + b",
    "What is the sum of 10 and 20? It is 30.",
    "Ein Fluß fließt ins Meer.",
    "sum sum sum",
]
TARGET = ["What is the sum of 5 and 6? The sum is 11.", "Compute 2 + 2."]
BUCKETS = 50


def features(text: str, ngrams: int = 2, buckets: int = BUCKETS) -> Counter[int]:
    """Count the buckets of a text's n-grams."""
    tokens = re.findall(r"\w+|[^\w\s]+", text.lower())
    grams = [
        " ".join(tokens[at : at + order])
        for order in range(1, ngrams + 1)
        for at in range(len(tokens) - order + 1)
    ]
    return Counter(int(hashlib.sha256(g.encode()).hexdigest(), 16) % buckets for g in grams)


def log_weights(
    pool: list[str], target: list[str], smoothing: float = 0.0, buckets: int = BUCKETS
) -> list[float]:
    """Log importance weights of the pool's rows."""
    aimed = sum((features(text, buckets=buckets) for text in target), Counter())
    raw = sum((features(text, buckets=buckets) for text in pool), Counter())
    total = aimed.total() + smoothing * buckets
    ratio = [
        math.log((aimed[b] + smoothing) / total + 1e-8) - math.log(raw[b] / raw.total() + 1e-8)
        for b in range(buckets)
    ]
    return [
        sum(count * ratio[b] for b, count in features(text, buckets=buckets).items())
        for text in pool
    ]


# `HashedNgramDSIR` of data-selection 1.0.3 on POOL and TARGET with num_buckets=BUCKETS.
AUTHORS_LOG_WEIGHTS = [
    -81.4532968118,
    -192.4320073586,
    -175.1466387773,
    -96.2053008097,
    -75.1881718362,
    -31.4313246163,
]
