"""Plain Python twin of `cribble.kernels.language_model`: dictionaries of hashed n-grams."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from cribble.kernels.reference.ngrams import gram_hash, tokens


def _key(gram: list[str], buckets: int) -> tuple[int, int]:
    return len(gram), ((gram_hash(gram) >> 32) * buckets) >> 32


def model(texts: Iterable[str], orders: int, buckets: int) -> Counter[tuple[int, int]]:
    """Count the n-grams of texts by order and bucket."""
    return Counter(
        _key(found[i - order + 1 : i + 1], buckets)
        for found in map(tokens, texts)
        for i in range(len(found))
        for order in range(1, min(orders, i + 1) + 1)
    )


def surprise(
    text: str, counts: Counter[tuple[int, int]], orders: int, buckets: int, strength: float
) -> float:
    """Sum the surprise of the tokens of a text, in nats."""
    found = tokens(text)
    total = sum(count for (order, _), count in counts.items() if order == 1)
    types = max(1, sum(order == 1 for order, _ in counts))
    nats = 0.0
    for i in range(len(found)):
        chance = 1 / buckets
        for order in range(1, min(orders, i + 1) + 1):
            context = found[i - order + 1 : i]
            seen = counts[_key(context, buckets)] if context else total
            gram = counts[_key(found[i - order + 1 : i + 1], buckets)]
            prior = strength if context else types
            chance = (gram + prior * chance) / (seen + prior)
        nats -= math.log(chance)
    return nats
