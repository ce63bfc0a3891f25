"""The compiled scanner against its plain twin, on arbitrary Unicode."""

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import TextBlock
from cribble.kernels import alphabet, ngrams, ngrams_sha256
from cribble.kernels.reference import ngrams as twin

CHARACTERS = st.one_of(
    st.characters(exclude_categories=("Cs",)),
    st.sampled_from(
        "abcXYZ019_ .,-!\n\t\u00a0\u3000İΣςßÀééяहिन्दी中文カなไทย한글\U0001f600\U00020000\U00030000"
    ),
)
TEXTS = st.lists(st.text(CHARACTERS, max_size=30), max_size=6)


def dense(block, orders, buckets, unspaced=True):
    starts, found, counts = ngrams.row_ngrams(block, orders, buckets, unspaced=unspaced)
    out = np.zeros((len(block), buckets), dtype=np.int64)
    for row in range(len(block)):
        part = slice(starts[row], starts[row + 1])
        assert len(set(found[part])) == len(found[part])
        out[row, found[part]] = counts[part]
    return out


@given(TEXTS, st.booleans())
def test_tokens_match_the_twin(texts, unspaced):
    block = TextBlock.from_strings(texts)
    expected = [len(twin.tokens(text, unspaced)) for text in texts]
    assert ngrams.count_tokens(block, unspaced=unspaced).tolist() == expected


@given(TEXTS)
def test_token_hashes_match_the_twin(texts):
    expected = [twin.token_hash(token) for text in texts for token in twin.tokens(text)]
    assert ngrams.token_hashes(TextBlock.from_strings(texts)).tolist() == expected


@given(TEXTS, st.integers(1, 4), st.sampled_from([1, 7, 64]), st.booleans())
def test_row_counts_match_the_twin(texts, orders, buckets, unspaced):
    found = dense(TextBlock.from_strings(texts), orders, buckets, unspaced)
    for row, text in enumerate(texts):
        expected = twin.buckets_of(text, orders, buckets, unspaced)
        assert found[row].tolist() == np.bincount(expected, minlength=buckets).tolist()


def histogram(module, texts, orders, buckets):
    counts = np.zeros(buckets, dtype=np.int64)
    block = module.hash_ngrams(TextBlock.from_strings(texts), orders, buckets)
    ngrams.count_buckets(block, counts)
    return counts


@given(TEXTS, st.integers(1, 3), st.sampled_from([32, 1 << 17]))
def test_histogram_and_weights_are_sums_over_rows(texts, orders, buckets):
    block = TextBlock.from_strings(texts)
    found = ngrams.hash_ngrams(block, orders, buckets)
    assert found.buckets.dtype == (np.uint16 if buckets == 32 else np.uint32)
    assert found.tokens.tolist() == ngrams.count_tokens(block).tolist()
    rows = dense(block, orders, buckets)
    counts = np.ones(buckets, dtype=np.int64)
    ngrams.count_buckets(found, counts)
    assert (counts - 1 == rows.sum(axis=0)).all()
    # Whole weights make the sum exact in any order.
    weights = np.arange(2.0 * buckets).reshape(buckets, 2) - 20
    assert ngrams.weigh_buckets(found, weights).tolist() == (rows @ weights).tolist()


@pytest.mark.parametrize("rows", [[], [1], [0, 2]])
def test_some_rows_are_counted_alone(rows):
    texts = ["a b", "c é", "b a"]
    found = np.zeros(64, dtype=np.int64)
    block = ngrams.hash_ngrams(TextBlock.from_strings(texts), 2, 64)
    ngrams.count_buckets(block, found, np.array(rows, dtype=np.int64))
    assert found.tolist() == histogram(ngrams, [texts[row] for row in rows], 2, 64).tolist()


@given(st.text(st.characters(exclude_categories=("Cs", "M"), exclude_characters="İΣ")))
def test_tokens_are_those_of_wordpunct(text):
    assert twin.tokens(text, unspaced=False) == re.findall(r"\w+|[^\w\s]+", text.lower())


def test_no_letter_or_space_lies_beyond_the_table():
    beyond = "".join(map(chr, range(alphabet.SIZE, sys.maxunicode + 1)))
    assert not re.search(r"[\w\s]", beyond)
    assert beyond.lower() == beyond


def test_points_beyond_the_table_keep_apart():
    block = TextBlock.from_strings([chr(0x40001), chr(0x40002)])
    first, second = ngrams.token_hashes(block).tolist()
    assert first != second


@given(st.lists(st.binary(max_size=12), max_size=5))
def test_broken_bytes_stay_within_their_row(parts):
    offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
    block = TextBlock(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets)
    alone = [
        TextBlock(np.frombuffer(part, dtype=np.uint8), np.array([0, len(part)], dtype=np.int64))
        for part in parts
    ]
    expected = [one for row in alone for one in ngrams.token_hashes(row).tolist()]
    assert ngrams.token_hashes(block).tolist() == expected


def test_marks_stay_in_their_word():
    block = TextBlock.from_strings(["hacer ma\u0301s", "हिन्दी भाषा"])
    assert ngrams.count_tokens(block).tolist() == [2, 2]


def test_unspaced_scripts_by_character():
    block = TextBlock.from_strings(["我爱 Python3！", "カタ kana"])
    assert ngrams.count_tokens(block, unspaced=False).tolist() == [3, 2]
    assert ngrams.count_tokens(block).tolist() == [4, 3]


def test_case_and_spacing_do_not_matter_but_order_does():
    block = TextBlock.from_strings(["Alpha  beta", "alpha\nBETA", "beta alpha"])
    rows = dense(block, 2, 1 << 16)
    assert (rows[0] == rows[1]).all()
    assert (rows[0] != rows[2]).sum() == 2


def test_hash_is_pinned():
    counts = histogram(ngrams, ["The quick, quick fox"], 2, 1000)
    assert np.nonzero(counts)[0].tolist() == PINNED
    assert counts.sum() == 9


PINNED = [34, 298, 322, 381, 535, 623, 711, 849]


def test_buckets_are_used_evenly():
    words = [f"w{i}" for i in range(20_000)]
    counts = histogram(ngrams, words, 1, 100)
    # Chi-square with 99 degrees of freedom: 99.9 % of fair hashes stay below 149.
    assert ((counts - 200.0) ** 2 / 200).sum() < 149


@given(TEXTS, st.sampled_from(["abc", "zz", "中", "."]))
def test_has_token_among(texts, token):
    known = np.array([twin.token_hash(token)], dtype=np.uint64)
    expected = any(token in twin.tokens(text) for text in texts)
    assert ngrams.has_token_among(TextBlock.from_strings(texts), known) == expected


@pytest.mark.parametrize("module", [ngrams, ngrams_sha256])
def test_three_tokens_make_five_grams(module):
    block = module.hash_ngrams(TextBlock.from_strings(["a b c"]), 2, 10_000)
    assert block.starts.tolist() == [0, 5]
    assert len(block.buckets) == 5
    assert block.tokens.tolist() == [3]


def test_sha256_buckets_are_the_authors():
    """Values printed by ``data_selection.hashed_ngram_dsir.hash_buckets`` of 1.0.3."""
    expected = {"hello": 7620, "hello world": 1529, "!": 6338, "é": 588}
    assert {gram: ngrams_sha256._bucket(gram, 10_000) for gram in expected} == expected


def test_sha256_joins_words_by_a_space():
    counts = histogram(ngrams_sha256, ["Hello world", "é"], 2, 10_000)
    assert {place: count for place, count in enumerate(counts) if count} == {
        7620: 1,
        1529: 1,
        ngrams_sha256._bucket("world", 10_000): 1,
        588: 1,
    }
