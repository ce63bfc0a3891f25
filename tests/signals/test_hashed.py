"""The built-in embedder against dense TF-IDF and a dense SVD."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from cribble.core import Silent, TextBlock
from cribble.core.errors import ParameterError, SignalError
from cribble.data.store import Store
from cribble.kernels.reference import ngrams as twin
from cribble.signals import hashed
from cribble.signals.embedding import fit, keep_nothing
from cribble.signals.hashed import HashedEmbedder

WORDS = ["red", "green", "blue", "dog", "cat", "house", "run", "the", "of", "12", ",", "."]
TEXTS = [
    " ".join(np.random.default_rng(row).choice(WORDS, size=3 + row % 9)) for row in range(40)
] + ["", "我爱北京天安门", "我爱上海"]
SMALL = {"dim": 6, "buckets": 512, "features": 400}


def opened(texts, rows=7):
    return lambda: (
        TextBlock.from_strings(texts[at : at + rows]) for at in range(0, len(texts), rows)
    )


def fitted(texts, seed=0, rows=7, **settings):
    return HashedEmbedder(**{**SMALL, **settings}).fit(
        opened(texts, rows), len(texts), seed, Silent(), keep_nothing
    )


def embedded(embedder, texts, rows=7):
    return np.concatenate([embedder.embed_block(block) for block in opened(texts, rows)()])


def dense_embedding(texts, dim, buckets):
    counts = np.array(
        [np.bincount(twin.buckets_of(t, 2, buckets, True), minlength=buckets) for t in texts]
    )
    frequencies = (counts > 0).sum(axis=0)
    weighted = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0)
    weighted = weighted * np.log((len(texts) + 2) / (frequencies + 1))
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    weighted /= np.where(lengths > 0, lengths, 1)
    projected = weighted @ np.linalg.svd(weighted)[2][:dim].T
    lengths = np.linalg.norm(projected, axis=1, keepdims=True)
    return projected / np.where(lengths > 0, lengths, 1)


def test_cosines_are_those_of_a_dense_svd():
    # All 43 directions: the range finder is exact, whatever the gap between singular values.
    ours = embedded(fitted(TEXTS, dim=43, features=512), TEXTS).astype(np.float64)
    exact = dense_embedding(TEXTS, 43, 512)
    np.testing.assert_allclose(ours @ ours.T, exact @ exact.T, atol=2e-5)


def test_leading_directions_are_those_of_a_dense_svd():
    generator = np.random.default_rng(0)
    left = np.linalg.qr(generator.normal(size=(90, 60)))[0]
    right = np.linalg.qr(generator.normal(size=(200, 60)))[0]
    matrix = csr_array((left * 0.8 ** np.arange(60)) @ right.T).astype(np.float32)
    found = hashed._right_singular_vectors(matrix, 20, seed=0)
    np.testing.assert_allclose(np.abs(np.diag(found.T @ right[:, :20])), 1, atol=1e-3)
    assert (found[np.abs(found).argmax(axis=0), np.arange(20)] > 0).all()


@given(st.integers(1, 50), st.integers(1, 50))
@settings(max_examples=15)
def test_blocks_change_nothing(first, second):
    one = embedded(fitted(TEXTS, rows=first, sample=20), TEXTS, rows=second)
    other = embedded(fitted(TEXTS, rows=50, sample=20), TEXTS, rows=50)
    assert (one == other).all()


@given(st.integers(1, 50))
@settings(max_examples=10)
def test_the_sample_is_cut_to_its_room_whatever_the_blocks(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashed, "_SAMPLE_ENTRIES", 60)
        cut = fitted(TEXTS, rows=rows)
        whole = fitted(TEXTS, rows=43)
    assert (cut.state()["projection"] == whole.state()["projection"]).all()
    uncut = fitted(TEXTS)
    assert (cut.state()["projection"] != uncut.state()["projection"]).any()


@pytest.mark.parametrize("stop", [1, 12, 25, 40])
def test_a_fit_that_stops_goes_on_after_its_last_stretch(stop, monkeypatch, tmp_path):
    whole = fitted(TEXTS, sample=20)
    monkeypatch.setattr("cribble.signals.stretches.STRETCH_ROWS", 10)
    hashed_rows = []
    count = HashedEmbedder._counts

    def counted(embedder, block):
        if len(hashed_rows) >= stop and not stopped:
            stopped.append(len(hashed_rows))
            raise KeyboardInterrupt
        hashed_rows.extend([1] * len(block))
        return count(embedder, block)

    stopped = []
    monkeypatch.setattr(HashedEmbedder, "_counts", counted)

    def run():
        embedder = HashedEmbedder(**SMALL, sample=20)
        return fit(embedder, opened(TEXTS), len(TEXTS), content="c", store=Store(tmp_path))

    with pytest.raises(KeyboardInterrupt):
        run()
    hashed_rows.clear()
    again = run()
    # Of the stretches that were finished nothing is hashed again.
    assert len(hashed_rows) == len(TEXTS) - stopped[0] // 10 * 10
    for name, found in again.state().items():
        assert (found == whole.state()[name]).all()


def test_a_stream_of_another_length_is_refused():
    with pytest.raises(SignalError, match="43 texts for 44 rows"):
        HashedEmbedder(**SMALL).fit(opened(TEXTS), 44, 0, Silent(), keep_nothing)


def test_threads_change_nothing():
    from threadpoolctl import threadpool_limits

    texts = TEXTS * 20
    with threadpool_limits(1):
        one = embedded(fitted(texts), texts)
    with threadpool_limits(2):
        two = embedded(fitted(texts), texts)
    assert (one == two).all()


def test_rows_have_length_one_or_zero():
    vectors = embedded(fitted(TEXTS, buckets=1 << 20), [*TEXTS, "never seen"])
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[40] == 0
    assert lengths[-1] == 0
    np.testing.assert_allclose(np.delete(lengths, [40, 43]), 1, rtol=1e-6)
    assert vectors.dtype == np.float32


def test_chinese_rows_meet_by_their_characters():
    vectors = embedded(fitted(TEXTS, dim=43, buckets=1 << 20), TEXTS)
    assert vectors[41] @ vectors[42] > 0.1
    assert np.abs(vectors[41] @ vectors[:40].T).max() < 0.01


def test_state_restores_the_fit():
    embedder = fitted(TEXTS)
    again = HashedEmbedder(**SMALL).restored(embedder.state())
    assert (embedded(again, TEXTS) == embedded(embedder, TEXTS)).all()
    assert HashedEmbedder().state() == {}


def test_the_seed_decides_the_sample():
    one, same, other = (fitted(TEXTS, seed=s, sample=15).state() for s in (1, 1, 2))
    assert (one["projection"] == same["projection"]).all()
    assert (one["projection"] != other["projection"]).any()


def test_rank_below_the_dimension_leaves_zeros():
    vectors = embedded(fitted(["a b", "c d"], dim=5), ["a b", "c d"])
    assert (vectors[:, 2:] == 0).all()
    assert abs(vectors[0] @ vectors[1]) < 1e-6


def test_empty_and_tiny_pools():
    nothing = fitted([])
    assert (embedded(nothing, ["a"]) == 0).all()
    assert (embedded(fitted([""]), [""]) == 0).all()
    one = embedded(fitted(["a b"]), ["a b"])
    assert np.linalg.norm(one) == pytest.approx(1)


def test_features_are_the_commonest_buckets():
    embedder = fitted(["a b", "a c", "a d"], features=1, ngrams=1)
    assert embedder.state()["kept"].tolist() == twin.buckets_of("a", 1, 512)


def test_unfitted_is_refused():
    with pytest.raises(SignalError, match="fit it"):
        HashedEmbedder().embed_block(TextBlock.from_strings(["a"]))


@pytest.mark.parametrize("name", ["dim", "ngrams", "buckets", "features", "sample"])
def test_parameters_are_checked(name):
    with pytest.raises(ParameterError, match=name):
        HashedEmbedder(**{name: 0})


def test_identity_tells_parameters_apart():
    assert HashedEmbedder(dim=8).identity != HashedEmbedder(dim=9).identity
    assert HashedEmbedder(dim=8).identity == HashedEmbedder(dim=8).identity
