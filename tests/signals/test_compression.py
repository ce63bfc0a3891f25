"""Compressed lengths and alignments, against the formulas over Python's own compressors."""

import zlib

import numpy as np
import pytest
import zstandard

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError, SignalError
from cribble.signals.compression import (
    Compressor,
    dictionary_alignment,
    pair_alignment,
    text_bytes,
)

TEXTS = [
    "the cat sat on the mat",
    "",
    "数学 proof by induction",
    "the cat sat on the mat " * 40,
    "x",
]
TARGETS = [b"the cat sat on the hat", b"", b"an integral of a function" * 9]


def length(text, level=6):
    return len(zlib.compress(text, level)) - 8


def distance(row, target):
    own, other = length(row), length(target)
    return (length(row + target) - min(own, other)) / max(own, other)


def test_pairs_are_one_less_the_mean_compression_distance():
    expected = [
        np.mean([1 - distance(text.encode(), t) if text or t else 0 for t in TARGETS])
        for text in TEXTS
    ]
    found = pair_alignment(Pool(len(TEXTS), texts=TEXTS), TARGETS, Compressor(name="zlib", level=6))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(("name", "level"), [("zlib", 6), ("zstd", 3), ("lz4", 1)])
def test_a_text_is_near_itself_and_far_from_another(name, level):
    rng = np.random.default_rng(0)
    one, other = (rng.bytes(2_000).hex().encode() for _ in range(2))
    pool = Pool(2, texts=[one.decode(), other.decode()])
    same, different = pair_alignment(pool, [one], Compressor(name=name, level=level))
    assert same > 0.9
    assert different < 0.1


def test_a_dictionary_saves_what_its_compressor_says():
    words = b"the cat sat on the mat and the dog lay by the door of the house"
    pool = Pool(len(TEXTS), texts=TEXTS)
    found = dictionary_alignment(pool, words, Compressor(name="zlib", level=9))

    def primed(text):
        packer = zlib.compressobj(9, zdict=words)
        return len(packer.compress(text) + packer.flush())

    expected = [
        1 - (primed(t.encode()) - primed(b"")) / length(t.encode(), 9) if t else 0 for t in TEXTS
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found[0] > 0.5
    assert found[2] < 0.2


def test_zstd_reads_back_what_it_primed():
    words = b"the cat sat on the mat and the dog lay by the door of the house" * 3
    seen = zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    packer = zstandard.ZstdCompressor(level=3, dict_data=seen, write_content_size=False)
    text = TEXTS[3].encode()
    expected = len(packer.compress(text)) - len(packer.compress(b""))
    assert Compressor(name="zstd", level=3).primed(words)(text) == expected


def test_blocks_change_nothing():
    texts = [f"{word} number {i}" * (i % 7) for i, word in enumerate(["sum", "sea", "sky"] * 200)]

    def blocks(rows):
        return lambda: (
            TextBlock.from_strings(texts[at : at + rows]) for at in range(0, len(texts), rows)
        )

    packer = Compressor(name="zstd", level=3)
    found = [
        pair_alignment(Pool(len(texts), texts=blocks(rows)), TARGETS, packer) for rows in (1, 600)
    ]
    assert found[0].tolist() == found[1].tolist()


def test_text_comes_as_bytes():
    assert text_bytes(Pool(len(TEXTS), texts=TEXTS)) == [text.encode() for text in TEXTS]


@pytest.mark.parametrize(
    ("name", "level"), [("zlib", 0), ("zlib", 10), ("zstd", 0), ("lz4", 2), ("brotli", 1)]
)
def test_a_level_that_only_stores_is_refused(name, level):
    with pytest.raises(ParameterError):
        Compressor(name=name, level=level)


def test_lz4_takes_no_dictionary():
    with pytest.raises(ParameterError, match="dictionary"):
        dictionary_alignment(Pool(1, texts=["a"]), b"words", Compressor(name="lz4", level=1))


def test_one_text_a_row_is_asked():
    pool = Pool(3, texts=lambda: [TextBlock.from_strings(["a", "b"])])
    with pytest.raises(SignalError, match="2 texts for 3 rows"):
        pair_alignment(pool, TARGETS, Compressor())
