"""What a run will take, roughly: a few rates and the cost on the method's card."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

# Rates of one ordinary processor. They are for a plan, not for a promise.
OPERATIONS = 5e9
HASHED_BYTES = 4e6
TOKEN_BYTES = 70e6
READ_BYTES = 200e6
START_SECONDS = 1.0
ROWS_BY_EMBEDDER = {"hashed": math.inf, "model2vec": 8_000, "sentence-transformers": 75}
DEFAULT_ROWS = 30
DEFAULT_WIDTH = 128

_ORDER = re.compile(r"O\(((?:[^()]|\([^()]*\))*)\)")
_SUM = re.compile(r"\(([^()]*)\)")
_FACTOR = re.compile(r"(log\s*)?(\d+(?:\.\d+)?|[a-zA-Z]+)(?:\^(\d+(?:\.\d+)?))?")


def operations(cost: str, sizes: Mapping[str, float]) -> float | None:
    """Evaluate a card's cost, such as "O(n^2 d + n k)".

    Args:
        cost: One order or several, as in "O(n^2 d) exact, O(n^1.5 d) graph": sums of products of
            sizes, powers, "log x" and sums in parentheses.
        sizes: The value of each size.

    Returns:
        The number of operations of the cheapest; None if no order names known sizes alone.
    """
    counts = [_evaluate(order, sizes) for order in _ORDER.findall(cost)]
    return min((count for count in counts if count is not None), default=None)


def _evaluate(order: str, sizes: Mapping[str, float]) -> float | None:
    if re.search(r"[,/]", order):
        return None
    for inner in _SUM.findall(order):
        count = _evaluate(inner, sizes)
        if count is None:
            return None
        order = order.replace(f"({inner})", f" {count:.6f} ")
    total = 0.0
    for term in order.split("+"):
        product = 1.0
        for is_log, base, power in _FACTOR.findall(term):
            value = float(base) if base[0].isdigit() else sizes.get(base)
            if value is None:
                return None
            value = math.log2(max(2.0, value)) if is_log else value
            product *= value ** float(power or 1)
        total += product
    return total


def embedding_seconds(embedder: str, rows: int, text_bytes: int) -> float:
    """Seconds to embed some text, by the kind of embedder."""
    kind = embedder.partition(":")[0]
    if kind == "hashed":
        return text_bytes / HASHED_BYTES
    return rows / ROWS_BY_EMBEDDER.get(kind, DEFAULT_ROWS)
