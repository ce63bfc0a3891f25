"""ZIP-FIT: the rows that compress best beside the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.signals.compression import (
    Compressor,
    dictionary_alignment,
    pair_alignment,
    text_bytes,
)

_MODES = ("pairs", "dictionary")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipFit:
    """Rows ranked by how much a compressor finds in common with the target's texts.

    "pairs" compresses each row with each target text and takes one less the mean normalized
    compression distance, as the authors do. A few target texts, spread over their compressed
    lengths, rank as all of them do: 2,000 documents against 16 of 200 at Spearman 0.976 with lz4
    and 0.994 with zstd. "dictionary" compresses each row once more, after a window full of target
    texts. It is several times faster and ranks otherwise, often nearer to what is meant.

    Weak on short texts: below some hundred bytes a compressor finds little, and lengths decide.
    Nothing holds duplicates apart.

    Args:
        mode: "pairs" or "dictionary".
        compressor: "lz4", which takes no dictionary; "zlib" or "zstd".
        level: 1 for lz4, 1 to 9 for zlib, 1 to 19 for zstd.
        samples: Target texts that each row is paired with; 0 for all, as the authors do.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Obbad et al. (2024), arXiv:2410.18194.
    """

    card: ClassVar[Card] = Card(
        "zip-fit",
        family="targeted",
        needs=("text", "target"),
        cost="O(samples x bytes of text)",
        memory="O(n + bytes of target)",
        row_bytes=110,
        source="arXiv:2410.18194",
        explains=("score",),
    )
    mode: str = "pairs"
    compressor: str = "lz4"
    level: int = 1
    samples: int = 16

    def __post_init__(self) -> None:
        packer = Compressor(name=self.compressor, level=self.level)
        if self.mode not in _MODES:
            raise ParameterError("mode", self.mode, " or ".join(map(repr, _MODES)))
        if self.mode == "dictionary":
            packer.primed(b"")
        if self.samples < 0:
            raise ParameterError("samples", self.samples, "0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows best aligned with the target; ``seed`` orders its texts in a dictionary.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            scores: (n,) float64 alignment.
            stats: ``mean_alignment`` of the picks and of the pool; ``target_texts`` that were
                paired with each row.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: Pool or target has no text, or not one a row.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        targets = pool.target_pools()
        admission = Admission(budget.resolve(pool))
        texts = [text for target in targets for text in text_bytes(target)]
        packer = Compressor(name=self.compressor, level=self.level)
        if self.mode == "pairs":
            texts = self._spread(texts, packer)
            scores = pair_alignment(pool, texts, packer)
        else:
            order = stream(seed, "dictionary of zip-fit").permutation(len(texts))
            scores = dictionary_alignment(pool, b"\n".join(texts[i] for i in order), packer)
        picks = admission.add_in_order(np.argsort(-scores, kind="stable"))
        return Selection(
            indices=picks,
            method="zip-fit",
            seed=seed,
            scores=scores,
            stats={
                "mean_alignment": _mean(scores[picks]),
                "mean_alignment_of_pool": _mean(scores),
                "target_texts": len(texts),
            },
            pool=pool,
        )

    def _spread(self, texts: list[bytes], packer: Compressor) -> list[bytes]:
        """Choose the middle text of each of ``samples`` runs of about equal compressed length."""
        if not 0 < self.samples < len(texts):
            return texts
        size = packer.sizer()
        order = np.argsort([size(text) for text in texts], kind="stable")
        middles = (np.arange(self.samples) + 0.5) * len(texts) / self.samples
        return [texts[i] for i in order[middles.astype(np.int64)]]


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
