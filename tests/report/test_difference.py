import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.report import against_random
from cribble.report.difference import Difference
from cribble.report.difference_page import write_difference
from report.browser import browse

ROWS = 120


@pytest.fixture(scope="module")
def pool():
    draw = np.random.default_rng(0)
    return Pool.from_array(
        draw.standard_normal((ROWS, 4)).astype(np.float32),
        texts=[f"<b>text</b> of {row}" for row in range(ROWS)],
        groups={"source": ["a", "b", "c"] * (ROWS // 3)},
    )


def differ(pool, first, second, **more):
    chosen = [
        Selection(indices=np.array(one, dtype=np.int64), method="toy") for one in (first, second)
    ]
    compared = [against_random(one, pool, len(one), repeats=5) for one in chosen]
    return Difference(
        names=("one", "<two>"),
        pools=(pool, pool),
        selections=(chosen[0], chosen[1]),
        comparisons=(compared[0], compared[1]),
        **more,
    )


def test_rows_fall_into_three_parts_in_the_order_of_picks(pool):
    found = differ(pool, [7, 3, 9, 4], [4, 8, 7])
    assert found.both.tolist() == [7, 4]
    assert [one.tolist() for one in found.only] == [[3, 9], [8]]
    assert found.jaccard == 2 / 5
    assert found.verdict.startswith("The runs share 40.0%: 2 rows were picked by both, 2 by the ")


def test_the_overlap_by_chance_is_that_of_random_choices(pool):
    found = differ(pool, range(40), range(20, 80))
    draw = np.random.default_rng(1)
    shares = []
    for _ in range(400):
        a, b = (set(draw.permutation(ROWS)[:size].tolist()) for size in (40, 60))
        shares.append(len(a & b) / len(a | b))
    assert found.by_chance == pytest.approx(np.mean(shares), rel=0.03)


def test_equal_rows_in_another_order_are_told_apart_from_equal_picks(pool):
    assert differ(pool, [1, 2], [1, 2]).verdict == "Both runs picked the same rows."
    assert differ(pool, [1, 2], [2, 1]).verdict.endswith("the order of the picks differs.")
    assert differ(pool, [1, 2], [3]).verdict.startswith("Both runs share no row: 0 rows")
    assert differ(pool, [], []).jaccard == 1


def test_shares_are_those_of_each_choice(pool):
    found = differ(pool, [0, 3, 6, 1], [1, 2])
    rows = {name: parts for name, *parts in found.shares()["source"]}
    assert rows["a"] == pytest.approx([1 / 3, 3 / 4, 0])
    assert rows["b"] == pytest.approx([1 / 3, 1 / 4, 1 / 2])
    assert rows["c"] == pytest.approx([1 / 3, 0, 1 / 2])


def test_the_page_works_in_a_browser_and_names_each_kind_of_pick(pool, tmp_path):
    settings = (("seed", 1, None),)
    found = differ(pool, [7, 3, 9, 4], [4, 8, 7], settings=settings, notes=("Mind <this>.",))
    path = tmp_path / "diff.html"
    write_difference(path, found)
    script = """
      const map = document.getElementById("map");
      const badge = () => document.querySelector("#map-card b").textContent;
      const seen = [badge()];
      for (let turn = 0; turn < 4; turn += 1) {
        map.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
        seen.push(badge());
      }
      done([seen, document.querySelector(".remarks").textContent]);
    """
    seen, note = browse(path.read_text("utf-8"), script, tmp_path)
    assert seen == ["in both", "in both", "only in one", "only in one", "only in <two>"]
    assert note == "Mind <this>."


def test_a_pool_without_vectors_has_a_page(tmp_path):
    pool = Pool(ROWS, texts=["word"] * ROWS)
    path = tmp_path / "diff.html"
    write_difference(path, differ(pool, [1, 2], [2, 3]))
    assert "Map of the pool" not in path.read_text("utf-8")
