from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.filters.decontaminate import Decontaminate

WORDS = [f"w{i}" for i in range(40)]


def pool_of(*texts: str) -> Pool:
    return Pool(len(texts), texts=list(texts))


def run_of(start: int, stop: int) -> str:
    return " ".join(WORDS[start:stop])


def test_a_run_of_thirteen_words_is_enough_and_twelve_are_not():
    tests = pool_of("nothing in common with any row of the pool", run_of(0, 30))
    pool = pool_of(
        f"before {run_of(5, 18)} after", f"before {run_of(5, 17)} after", run_of(0, 30).upper()
    )
    result = Decontaminate(against=(tests,)).keep(pool)
    assert result.matched.tolist() == [1, -1, 1]
    assert result.stats == {"evaluation_rows": 2, "evaluation_rows_found": 1}


def test_short_evaluation_texts_are_looked_for_whole():
    tests = pool_of(run_of(0, 8), run_of(20, 23))
    pool = pool_of(f"x {run_of(0, 8)} y", run_of(0, 7), f"x {run_of(20, 23)}", f"{run_of(20, 23)}!")
    result = Decontaminate(against=(tests,)).keep(pool)
    assert result.matched.tolist() == [0, -1, -1, 1]
    assert list(result.counts().values()) == [1, 1]


def test_short_rows_are_looked_for_whole_in_evaluation_texts():
    tests = pool_of("none", f"x {run_of(0, 9)} y", run_of(0, 12))
    pool = pool_of(run_of(0, 9), run_of(0, 7), f"{run_of(0, 9)} z", run_of(0, 8))
    result = Decontaminate(against=(tests,)).keep(pool)
    assert result.matched.tolist() == [1, -1, -1, 1]
    assert result.counts() == {"all of its words stand in a row in an evaluation row": 2}


def test_matches_count_through_all_files_and_take_the_lowest_row():
    first, second = pool_of("a b", run_of(0, 13)), pool_of(run_of(0, 20), run_of(20, 40))
    result = Decontaminate(against=(first, second)).keep(pool_of(run_of(0, 13), run_of(22, 39)))
    assert result.matched.tolist() == [1, 3]


def test_rows_that_are_not_judged_are_not_dropped():
    tests = pool_of(run_of(0, 20))
    pool = pool_of(run_of(0, 20), run_of(0, 20))
    assert Decontaminate(against=(tests,)).keep(pool, np.array([1])).dropped.tolist() == [1]


def test_close_vectors_drop_a_row_where_words_do_not():
    rows = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    texts = ["one", "two", "three"]
    pool = Pool(3, texts=texts, signals={"embedding": rows})
    tests = Pool(1, texts=["three"], signals={"embedding": np.array([[2.0, 0.0]])})
    result = Decontaminate(against=(tests,), similarity=0.6).keep(pool)
    assert result.matched.tolist() == [0, 0, 0]
    assert result.codes.tolist() == [3, 3, 1]
    assert Decontaminate(against=(tests,)).keep(pool).dropped.tolist() == [2]


@pytest.mark.parametrize("wrong", [{"width": 0}, {"shortest": 0}, {"similarity": 0.0}])
def test_parameters_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ParameterError):
        Decontaminate(against=(pool_of("a"),), **wrong)


def test_evaluation_without_rows_is_refused():
    with pytest.raises(ParameterError):
        Decontaminate(against=())
