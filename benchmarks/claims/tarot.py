"""TAROT: the size that transport finds against every fixed size, chosen with hindsight."""

from __future__ import annotations

import numpy as np

from benchmarks.claims._aims import AIMS, Aimed, aimed, judged, load
from cribble import core
from cribble.selectors.targeted.tarot import Tarot

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)


def run() -> dict[str, object]:
    """Aim at 20 rows of each of six kinds; read 20 more after training on the picks."""
    corpus = load()
    fixed: dict[float, list[tuple[float, float]]] = {share: [] for share in SHARES}
    automatic, sizes = [], []
    for aim in AIMS:
        case = aimed(corpus, aim, seed=0)
        whole = Tarot(automatic=True).select(case.pool, core.Budget(share=0.4))
        size = whole.stats["automatic_rows"]
        assert size <= len(whole), "the claim's largest size is too small"
        automatic.append(_judged(case, whole.indices[:size]))
        sizes.append(size)
        for share in SHARES:
            chosen = Tarot().select(case.pool, core.Budget(share=share))
            fixed[share].append(_judged(case, chosen.indices))
    mean = {share: _mean(found) for share, found in fixed.items()}
    ours = _mean(automatic)
    best = min(mean, key=lambda share: mean[share][0])
    own = _mean([min(of) for of in zip(*fixed.values(), strict=True)])
    return {
        "method": "tarot",
        "paper_says": "Feng et al. (2025): the size at which transport to held-out target rows "
        "stops falling serves better than fixed sizes",
        "we_saw": "perplexity of 20 held-out rows under a bigram model of the picks, geometric "
        "mean of six targets (in brackets, mean F1 of the picks for the target's sources): "
        f"automatic {_told(ours)}; fixed share of the pool: "
        + ", ".join(f"{share:.0%} {_told(one)}" for share, one in mean.items())
        + f"; best fixed size of each target {own[0]:.0f}. Automatic rows: "
        + ", ".join(f"{aim} {size}" for aim, size in zip(AIMS, sizes, strict=True))
        + f" of about {len(corpus.texts):,}",
        "holds": bool(ours[0] <= mean[best][0]),
    }


def _judged(case: Aimed, picks: np.ndarray) -> tuple[float, float]:
    """Perplexity of the held-out rows under the picks, and F1 of these for the aim's sources."""
    f1 = 2 * case.wanted[picks].sum() / (len(picks) + case.wanted.sum())
    return judged(case, picks), float(f1)


def _mean(found: list[tuple[float, float]]) -> tuple[float, float]:
    values = np.array(found)
    return float(np.exp(np.log(values[:, 0]).mean())), float(values[:, 1].mean())


def _told(one: tuple[float, float]) -> str:
    return f"{one[0]:.0f} ({one[1]:.2f})"
