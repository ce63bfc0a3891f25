"""N-grams of a pool: sums over rows, whether they are kept or hashed anew."""

import numpy as np
import pytest

from cribble.core import Pool, TextBlock
from cribble.core.errors import SignalError
from cribble.executors import Local
from cribble.signals.ngram import HashedPool, NgramFeatures

TEXTS = [f"word{i % 7} word{i % 3} and {i}" for i in range(50)]


class Counted:
    """Texts in blocks of eight that remember how often they were read."""

    def __init__(self, texts=TEXTS):
        self.texts, self.passes = texts, 0

    def __call__(self):
        self.passes += 1
        for start in range(0, len(self.texts), 8):
            yield TextBlock.from_strings(self.texts[start : start + 8])


@pytest.mark.parametrize("hash", ["fast", "sha256"])
@pytest.mark.parametrize(("room", "passes"), [(1 << 20, 1), (600, 4), (0, 4)])
def test_passes_agree_whatever_is_kept(hash, room, passes):
    texts = Counted()
    features = NgramFeatures(buckets=97, hash=hash)
    grams = HashedPool(features, Pool(50, texts=texts, executor=Local()), room)
    alone = [HashedPool(features, Pool(1, texts=[text])).histogram() for text in TEXTS]
    subsets = np.random.default_rng(0).random((2, 50)) < 0.3
    weights = np.arange(97.0)[:, None]
    assert grams.histogram().tolist() == np.sum(alone, axis=0).tolist()
    sums, tokens = grams.weigh(weights)
    assert sums.tolist() == (np.stack(alone) @ weights).tolist()
    assert tokens.tolist() == [4] * 50
    assert grams.histograms(subsets).tolist() == (subsets @ np.stack(alone)).tolist()
    assert grams.histogram().tolist() == np.sum(alone, axis=0).tolist()
    assert texts.passes == passes


def test_a_pass_over_some_rows_keeps_nothing():
    texts = Counted()
    grams = HashedPool(NgramFeatures(), Pool(50, texts=texts), 1 << 20)
    grams.histograms(np.arange(50)[None, :] == 3)
    assert grams.histogram().sum() == 50 * 7
    assert texts.passes == 2


def test_a_text_a_row():
    with pytest.raises(SignalError, match="50 texts for 49 rows"):
        HashedPool(NgramFeatures(), Pool(49, texts=Counted())).histogram()
