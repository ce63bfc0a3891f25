"""The card of a method: what it needs, costs and promises, in data that tools can read."""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = (
    "baselines",
    "diversity",
    "targeted",
    "coverage",
    "coresets",
    "weighting",
    "active",
    "training",
    "evaluation",
    "constrained",
    "automatic",
)

LIMITS = ("rows", "cost", "quota", "keep", "drop")


@dataclass(frozen=True, slots=True)
class Card:
    """What a method needs, costs and promises.

    Args:
        name: The method's name on the command line, ``k-center`` for class ``KCenter``.
        family: One of `FAMILIES`; the folder the method lives in.
        needs: Names of what must be in the pool: "embedding", "text", "target", "quality",
            "difficulty", "group", "label", "probability".
        cost: Time in n (pool), d (dimension), k (picks), q (target rows), as "O(n d k)".
        memory: Memory beside the mapped signals, as "O(n)".
        guarantee: What theory promises, in a clause; empty where nothing is proved.
        source: Where the method comes from, with arXiv id or doi.
        limits: Which of `LIMITS` it honors; asking for another is refused before work starts.
        row_bytes: Bytes a row that it holds at its peak, rounded up: its arrays counted, and held
            against ``python benchmarks/scale.py all``. All else it holds is cut to shares of the
            limit, or mapped. None for a method whose need follows from ``memory``.
        target_bytes: The same for each target row, of some 2,000 bytes.
        out_of_core: Whether its memory stays bounded on a pool larger than memory; then
            ``row_bytes`` says what it needs.
        explains: What `Selection.explain` can tell: "gain", "score" or "assignment".
    """

    name: str
    family: str
    needs: tuple[str, ...] = ()
    cost: str = "O(n)"
    memory: str = "O(n)"
    row_bytes: int | None = None
    target_bytes: int = 0
    guarantee: str = ""
    source: str = ""
    limits: tuple[str, ...] = LIMITS
    out_of_core: bool = True
    explains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family is {self.family!r}; it must be one of {FAMILIES}")
        if unknown := set(self.limits) - set(LIMITS):
            raise ValueError(f"limits name {sorted(unknown)}; they must be among {LIMITS}")
