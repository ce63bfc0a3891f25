"""Every targeted method against random: share of picks from the target's sources, six targets.

    python -m benchmarks.claims.targets [INSTRUCTIONS.parquet] [--seeds N] [--rows N] [--methods A]

Without a file, that of the environment variable CRIBBLE_INSTRUCTIONS or the shipped sample.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student

from benchmarks.claims._aims import AIMS, Aimed, aimed, load
from cribble import core
from cribble.core import Silent
from cribble.selectors.catalogue import METHODS, make, method_class
from cribble.signals.hashed import HashedEmbedder

RANDOM = "random"
# A method that is told the sources has no need to find them.
ALL = (
    RANDOM,
    *(
        name
        for name, place in METHODS.items()
        if place.startswith("targeted.") and "group" not in method_class(name).card.needs
    ),
)


def shares(
    path: str | None = None, seeds: int = 5, rows: int = 50, methods: Sequence[str] = ALL
) -> dict[str, dict[str, np.ndarray]]:
    """Share of picks from the aim's sources by method and aim, (seeds,) each with its target."""
    texts, sources = load(path)
    found: dict[str, dict[str, list[float]]] = {name: {} for name in methods}
    for aim in AIMS:
        for seed in range(seeds):
            case = embedded(aimed(texts, sources, aim, seed))
            for name in methods:
                picks = make(name).select(case.pool, core.Budget(rows=rows), seed).indices
                found[name].setdefault(aim, []).append(float(case.wanted[picks].mean()))
    return {name: {a: np.array(s) for a, s in of.items()} for name, of in found.items()}


def embedded(case: Aimed) -> Aimed:
    """The same case with vectors of the built-in embedder, computed if a method asks."""
    target = case.pool.targets[0]
    fitted: list[HashedEmbedder] = []

    def vectors(rows: core.Pool) -> np.ndarray:
        if not fitted:
            embedder = HashedEmbedder()
            fitted.append(embedder.fit(case.pool.text_blocks, len(case.pool), 0, Silent()))
        return np.concatenate([fitted[0].embed_block(block) for block in rows.text_blocks()])

    aims = [target.adding(signals={"embedding": lambda: vectors(target)})]
    signals = {"embedding": lambda: vectors(case.pool)}
    return Aimed(case.pool.adding(signals=signals, targets=aims), case.wanted, case.held)


def interval(values: np.ndarray) -> float:
    """Half of the 95% interval of a mean, by Student's t."""
    if len(values) < 2:
        return float("nan")
    spread = values.std(ddof=1) / np.sqrt(len(values))
    return float(student.ppf(0.975, len(values) - 1) * spread)


def run() -> dict[str, object]:
    """Compare with random: a method wins an aim where the intervals do not meet."""
    found = shares()
    others = [name for name in found if name != RANDOM]
    lost = [
        f"{name} on {aim}"
        for name in others
        for aim in AIMS
        if found[name][aim].mean() - interval(found[name][aim])
        <= found[RANDOM][aim].mean() + interval(found[RANDOM][aim])
    ]
    means = {name: np.mean([of.mean() for of in by.values()]) for name, by in found.items()}
    return {
        "method": "targeted",
        "paper_says": "every method that is given a target takes more of its kind than random",
        "we_saw": "share of 50 picks from the target's sources, mean of six targets, five draws "
        "of each: "
        + ", ".join(f"{name} {mean:.1%}" for name, mean in means.items())
        + f"; not above random beyond both intervals: {', '.join(lost) or 'none'}",
        "holds": not lost,
    }


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", help="Parquet file with instructions")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50, help="picks")
    parser.add_argument("--methods", default=",".join(ALL))
    asked = parser.parse_args()
    found = shares(asked.path, asked.seeds, asked.rows, asked.methods.split(","))
    print(f"| method | {' | '.join(AIMS)} |\n|---|{'---:|' * len(AIMS)}")
    for name, by in found.items():
        cells = (f"{of.mean():.1%} ± {interval(of):.1%}" for of in by.values())
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
