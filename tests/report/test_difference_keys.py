"""The page of two runs, by keys alone and on a phone."""

import os

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.report import against_random
from cribble.report.difference import Difference
from cribble.report.difference_page import write_difference
from web.browser import Browser, find_browser

NAMES = ("a-long-name-of-a-run.jsonl", "another-long-name.jsonl")
FOCUS = """(() => { const one = document.activeElement; const style = getComputedStyle(one);
  return [one.id || one.getAttribute("aria-label") || one.textContent.trim().slice(0, 40),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1]; })()"""


@pytest.fixture
def page(tmp_path):
    if find_browser() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium: the report's script is tested in it")
        pytest.skip("no chromium on PATH")
    draw = np.random.default_rng(0)
    pool = Pool.from_array(
        draw.standard_normal((300, 4)).astype(np.float32), groups={"source": ["a", "b", "c"] * 100}
    )
    chosen = [
        Selection(indices=draw.permutation(300)[:30].astype(np.int64), method=name)
        for name in ("gist", "k-center")
    ]
    compared = [against_random(one, pool, 30, repeats=5) for one in chosen]
    found = Difference(
        names=NAMES,
        pools=(pool, pool),
        selections=(chosen[0], chosen[1]),
        comparisons=(compared[0], compared[1]),
        settings=(("method", "gist", "k-center"),),
    )
    write_difference(tmp_path / "diff.html", found)
    opened = Browser(tmp_path / "profile")
    opened.open((tmp_path / "diff.html").as_uri())
    yield opened
    assert opened.troubles == []
    opened.close()


def test_every_control_is_reached_by_tab_in_order_and_seen(page):
    seen = []
    while not seen or (page.run("document.activeElement !== document.body") and len(seen) < 40):
        page.press("Tab")
        if page.run("document.activeElement !== document.body"):
            seen.append(page.run(FOCUS))
    assert all(visible for _, visible in seen), seen
    ids = [name for name, _ in seen]
    controls = ["map", "zoom-in", "zoom-out", "zoom-all", "color", "lasso", "in-view"]
    assert [name for name in ids if name in controls] == controls


def test_keys_list_rows_and_escape_takes_each_step_back(page):
    page.run("document.getElementById('map').focus()")
    page.press("ArrowRight", "v")
    page.until("!document.getElementById('inside').hidden")
    page.press("l")
    pressed = "document.getElementById('lasso').getAttribute('aria-pressed')"
    assert page.run(pressed) == "true"
    page.press("Escape")
    assert page.run(pressed) == "false"
    page.press("Escape")
    assert page.run("document.getElementById('inside').hidden") is True
    page.press("+")
    page.until("document.getElementById('map').classList.contains('zoomed')")
    page.press("Escape")
    page.until("!document.getElementById('map').classList.contains('zoomed')")


def test_both_runs_stand_beside_each_other_on_a_phone(page):
    page.resize(390, 844, mobile=True)
    page.until("innerWidth === 390")
    cut = page.run(
        "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth"
        " > one.clientWidth + 1).map((one) => one.getAttribute('aria-label'))"
    )
    assert cut == []
    told = (
        "getComputedStyle(document.querySelectorAll('.pairs td[data-of]')[{}], '::before').content"
    )
    assert [page.run(told.format(at)) for at in (0, 1)] == [f'"{name}"' for name in NAMES]
