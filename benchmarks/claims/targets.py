"""Every targeted method against random: share of picks from the target's sources, six targets.

    python -m benchmarks.claims.targets [INSTRUCTIONS.parquet|POOL.jsonl] [--seeds N] [--rows N]
        [--sample N] [--methods A,B]

Without a file, that of the environment variable CRIBBLE_INSTRUCTIONS or the shipped sample.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from benchmarks.claims._aims import AIMS, Corpus, aimed, judged, load
from cribble import core
from cribble.selectors.catalogue import METHODS, make, method_class

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one method chose for one draw of one target.

    Args:
        share: Share of the picks from the aim's sources.
        perplexity: Of held-out rows of the target's source, under bigrams of the picks.
    """

    share: float
    perplexity: float


Outcomes = dict[str, dict[str, list[Outcome]]]
"""By method and aim, one a seed."""


def outcomes(
    corpus: Corpus, seeds: int = 5, rows: int = 50, methods: Sequence[str] = ALL, say: bool = False
) -> Outcomes:
    """Let every method choose for each aim, as often as there are seeds, with a target each."""
    found: Outcomes = {name: {aim: [] for aim in corpus.aims} for name in methods}
    for aim in corpus.aims:
        for seed in range(seeds):
            case = aimed(corpus, aim, seed)
            for name in methods:
                started = time.process_time()
                picks = make(name).select(case.pool, core.Budget(rows=rows), seed).indices
                spent = time.process_time() - started
                one = Outcome(float(case.wanted[picks].mean()), judged(case, picks))
                found[name][aim].append(one)
                if say:
                    told = f"{aim} {seed} {name}: {one.share:.1%}, {one.perplexity:.0f}"
                    print(f"{told}, {spent:.1f} CPU s", file=sys.stderr, flush=True)
    return found


def shares(found: Outcomes) -> dict[str, dict[str, np.ndarray]]:
    """The shares alone, (seeds,) each."""
    return {
        name: {aim: np.array([one.share for one in of]) for aim, of in by.items()}
        for name, by in found.items()
    }


def interval(values: np.ndarray) -> float:
    """Half of the 95% interval of a mean, by Student's t."""
    if len(values) < 2:
        return float("nan")
    spread = values.std(ddof=1) / np.sqrt(len(values))
    return float(student.ppf(0.975, len(values) - 1) * spread)


def run() -> dict[str, object]:
    """Compare with random: a method wins an aim where the intervals do not meet."""
    found = shares(outcomes(load()))
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
    """Print the tables in Markdown; what each choice came to, with its CPU time, to stderr."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", help="Parquet with instructions, or JSONL with domains")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50, help="picks")
    parser.add_argument("--sample", type=int, help="random rows of the file to take; all without")
    parser.add_argument("--methods", default=",".join(ALL))
    asked = parser.parse_args()
    corpus = load(asked.path, asked.sample)
    names = asked.methods.split(",")
    found = outcomes(corpus, asked.seeds, asked.rows, names, say=True)
    head = f"| method | {' | '.join(corpus.aims)} |\n|---|{'---:|' * len(corpus.aims)}"
    print(f"Share of {asked.rows} picks from the target's sources, {len(corpus.texts):,} rows:\n")
    print(head)
    for name, by in shares(found).items():
        cells = (f"{of.mean():.1%} ± {interval(of):.1%}" for of in by.values())
        print(f"| {name} | {' | '.join(cells)} |")
    print("\nPerplexity of held-out target rows over that of random's picks, same seed:\n")
    print(head)
    for name, by in found.items():
        if name != RANDOM and RANDOM in found:
            cells = (_ratio(of, found[RANDOM][aim]) for aim, of in by.items())
            print(f"| {name} | {' | '.join(cells)} |")


def _ratio(ours: list[Outcome], random: list[Outcome]) -> str:
    """The geometric mean of paired ratios, and the factor that its 95% interval spans."""
    pairs = zip(ours, random, strict=True)
    logs = np.array([np.log(a.perplexity / b.perplexity) for a, b in pairs])
    return f"{np.exp(logs.mean()):.2f} x/÷ {np.exp(interval(logs)):.2f}"


if __name__ == "__main__":
    main()
