"""ZIP-FIT against a ranking by Python's own compressor."""

import zlib

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.targeted.zip_fit import ZipFit

WORDS = np.array(
    ["sum", "proof", "angle", "prime", "integral", "river", "moon", "sea", "boat", "wind", "sand"]
)


def texts_of(seed, size, first, last):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS[first:last], 60)) for _ in range(size)]


MATH, SEA = texts_of(0, 30, 0, 5), texts_of(1, 30, 5, 11)
TARGET = texts_of(2, 12, 0, 5)
POOL = Pool(60, texts=SEA + MATH, targets=[Pool(len(TARGET), texts=TARGET)])


def ranking(texts, targets):
    def length(text):
        return len(zlib.compress(text.encode(), 6)) - 8

    align = []
    for text in texts:
        own = length(text)
        sizes = [(length(t), length(text + t)) for t in targets]
        align.append(1 - np.mean([(both - min(own, c)) / max(own, c) for c, both in sizes]))
    return np.argsort(-np.array(align), kind="stable").tolist()


def test_all_targets_rank_as_the_formula_does():
    chosen = ZipFit(compressor="zlib", level=6, samples=0).select(POOL, Budget(rows=60))
    assert chosen.indices.tolist() == ranking(SEA + MATH, TARGET)
    assert chosen.stats["target_texts"] == 12


def test_a_sample_is_the_middle_of_each_run_by_length():
    targets = ["ab" * 3, "q" + MATH[0], MATH[1][:60], MATH[2][:120]]
    pool = Pool(60, texts=SEA + MATH, targets=[Pool(4, texts=targets)])
    chosen = ZipFit(compressor="zlib", level=6, samples=2).select(pool, Budget(rows=60))
    # By compressed length: the third of two and the first text, then the fourth and the second.
    assert chosen.indices.tolist() == ranking(SEA + MATH, [targets[2], targets[1]])


@pytest.mark.parametrize(
    "method",
    [
        ZipFit(),
        ZipFit(compressor="zstd", level=3),
        ZipFit(mode="dictionary", compressor="zlib", level=6),
        ZipFit(mode="dictionary", compressor="zstd", level=3),
    ],
)
def test_the_choice_reads_like_the_target(method):
    chosen = method.select(POOL, Budget(rows=30))
    assert (chosen.indices >= 30).mean() > 0.9
    assert chosen.stats["mean_alignment"] > chosen.stats["mean_alignment_of_pool"]


def test_targets_are_joined():
    split = Pool(
        60, texts=SEA + MATH, targets=[Pool(5, texts=TARGET[:5]), Pool(7, texts=TARGET[5:])]
    )
    one, other = (ZipFit().select(pool, Budget(rows=20)) for pool in (POOL, split))
    assert one.indices.tolist() == other.indices.tolist()


@pytest.mark.parametrize(
    "parameters",
    [
        {"mode": "gzip"},
        {"samples": -1},
        {"compressor": "zlib", "level": 0},
        {"mode": "dictionary", "compressor": "lz4"},
    ],
)
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        ZipFit(**parameters)
