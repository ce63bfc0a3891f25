"""The rules that look at one text alone."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Pool
from cribble.core.errors import ParameterError, UnknownNameError
from cribble.filters.base import Filter
from cribble.filters.blocklist import Blocklist
from cribble.filters.language import Language
from cribble.filters.length import Length
from cribble.filters.repetition import Repetition
from cribble.filters.symbols import Symbols


def codes(rule: Filter, *texts: str) -> list[int]:
    return rule.keep(Pool(len(texts), texts=list(texts))).codes.tolist()


def test_length_counts_words_and_characters_not_bytes():
    assert codes(Length(min_words=2, max_words=3), "one", "one two", "a b c", "a b c d") == [
        *(0, -1, -1, 1)
    ]
    assert codes(Length(min_words=4), "漢字漢字", "漢字漢") == [-1, 0]
    limits = Length(min_words=0, min_characters=2, max_characters=3)
    assert codes(limits, "é", "éé", "ééé", "éééé", "") == [2, -1, -1, 3, 2]


def test_repetition_is_the_share_of_windows_seen_before():
    once = " ".join(f"w{i}" for i in range(20))
    # 38 windows of 3 words, of which 18 come twice: 18 / 38 = 0.474.
    twice = f"{once} {once}"
    assert codes(Repetition(most=0.47), once, twice, "ha ha ha ha") == [-1, 0, -1]
    assert codes(Repetition(most=0.48), twice) == [-1]
    assert codes(Repetition(min_words=3), "ha ha ha ha ha") == [0]


def test_symbols_leave_out_spaces_and_other_scripts():
    assert codes(Symbols(most=0.5), "ab ;;", "a ;; ", "漢字。。", "") == [-1, 0, -1, -1]


def test_blocklist_takes_whole_words_and_phrases():
    rule = Blocklist(words=["cat", "hot dog"])
    assert codes(rule, "a CAT!", "concatenate", "hot-dog stand", "hot big dog") == [0, -1, 0, -1]
    with pytest.raises(ParameterError):
        Blocklist(words=["fine", "!!"])


@pytest.mark.language
def test_language_keeps_what_is_asked_for():
    english = "This is a plain English sentence about the weather in the mountains."
    german = "Das ist ein deutscher Satz über das Wetter in den hohen Bergen."
    assert codes(Language(only=["en"]), english, german) == [-1, 0]
    assert codes(Language(only=["en", "de"]), english, german) == [-1, -1]
    with pytest.raises(UnknownNameError):
        Language(only=["english"])


@pytest.mark.parametrize(
    "rule", [Length(min_words=3), Symbols(), Repetition(min_words=3), Blocklist(words=["bad"])]
)
def test_rules_are_idempotent_and_judge_only_what_they_are_given(rule):
    texts = ["bad", "fine words stand here", ";;; ;;;", "ho ho ho ho ho ho ho"]
    pool = Pool(4, texts=texts)
    once = rule.keep(pool)
    rest = np.flatnonzero(once.kept)
    assert rule.keep(pool, rest).kept.all()
    assert 0 < len(once.dropped) < 4
    assert (once.matched == -1).all()


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (Length, {"min_words": -1}),
        (Length, {"min_words": 5, "max_words": 4}),
        (Repetition, {"most": 0}),
        (Symbols, {"most": 2}),
        (Blocklist, {"words": []}),
        (Language, {"only": []}),
        (Language, {"only": ["en"], "least": 2}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(rule, wrong):
    with pytest.raises(ParameterError):
        rule(**wrong)
