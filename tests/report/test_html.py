import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cribble.core import Budget, Pool, Selection
from cribble.core.errors import OutputError
from cribble.report import against_random, compare_methods, write_report
from cribble.selectors.baselines.random import Random
from cribble.selectors.coverage.k_center import KCenter

EVIL = "</script><script>alert('x')</script><img src=x onerror=alert(1)> & \"quotes\" 你好"


class Page(HTMLParser):
    """The tags, the texts by tag, and the addresses of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.links, self.stack = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.links += [value for name, value in attrs if name in {"src", "href", "data"}]
        self.stack.append(tag)

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_data(self, data):
        if data.strip() and self.stack:
            self.texts.append((self.stack[-1], data.strip()))

    def inside(self, tag):
        return [text for one, text in self.texts if one == tag]


def make(path, *, rows=300, picks=30, text=EVIL, repeats=20, **rest):
    draw = np.random.default_rng(0)
    pool = Pool.from_array(
        draw.standard_normal((rows, 16)).astype(np.float32),
        texts=[f"{text} {row}" for row in range(rows)],
        groups={"source": ["<b>bold</b>", "plain", "other"] * (rows // 3)},
    )
    budget = Budget(rows=picks, at_least={"source": {"plain": 5}}, drop=[0, 1])
    gains = np.linspace(9, 1, picks)
    chosen = Selection(
        indices=Random().select(pool, budget, 3).indices,
        method="random",
        gains=gains,
        value=float(gains.sum()),
        upper_bound=200.0,
        stats={"radius": 3.5},
        pool=pool,
    )
    comparison = against_random(chosen, pool, budget, repeats=repeats)
    write_report(path, chosen, pool, budget, comparison=comparison, **rest)
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    run = {
        "command": ["cribble", "select", "in put.jsonl", "-k", "30"],
        "inputs": {"paths": ["somewhere/in put.jsonl"]},
        "seconds": 83.2,
        "timings": {"read": 1.25},
        "peak_rss_bytes": 2**29,
        "parameters": {"neighbors": 64},
        "why": EVIL,
    }
    return make(tmp_path_factory.mktemp("report") / "report.html", run=run)


def test_the_verdict_is_the_first_thing_said(report):
    page = Page(report)
    body = [one for one in page.texts if one[0] not in {"title", "style"}]
    assert body[0] == ("h1", "No better than random.")
    assert body[1][1].startswith("The mean distance from an unpicked row to its nearest pick is ")


def test_nothing_comes_from_the_network(report):
    page = Page(report)
    assert set(page.links) == {"data:,"}
    names_of_languages = re.compile(r"http://www\.w3\.org/[\w/]+")
    assert not re.findall(r"(?:https?:)?//[a-z0-9]", names_of_languages.sub("", report))
    assert "url(" not in report
    assert "@import" not in report
    policies = [attrs for tag, attrs in page.tags if attrs.get("http-equiv")]
    assert policies[0]["content"].startswith("default-src 'none'")


def test_what_users_wrote_is_text_and_never_markup(report):
    page = Page(report)
    assert "img" not in {tag for tag, _ in page.tags}
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "map-data"}, {}]
    assert any(EVIL in text for text in page.inside("p"))
    assert EVIL in page.inside("dd")
    assert "<b>bold</b>" in page.inside("th")
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', report, re.S)[1])
    name, text, why = data["words"][str(data["picks"][0])]
    assert text.startswith(EVIL)
    assert (name, why) == ("", "added 9")
    assert set(data["groups"][0]["labels"]) == {"<b>bold</b>", "plain", "other"}


def test_limits_are_held_against_what_was_reached(report):
    cells = Page(report).inside("td")
    heads = Page(report).inside("th")
    assert {"Rows", "source: plain", "Dropped rows"} <= set(heads)
    assert "at least 5" in cells
    assert "none of 2" in cells
    assert "broken" not in Page(report).inside("span")


def test_a_broken_limit_is_called_broken(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((50, 4)))
    chosen = Selection(indices=np.arange(4), method="broken")
    write_report(tmp_path / "r.html", chosen, pool, 5, comparison=against_random(chosen, pool, 5))
    assert "broken" in Page((tmp_path / "r.html").read_text("utf-8")).inside("span")


def test_every_promised_part_is_there(report):
    page = Page(report)
    assert page.inside("h2") == [
        "Against random",
        "Limits",
        "Map of the pool",
        "Shares by source",
        "How much each further pick brought",
        "First picks",
        "How this was made",
    ]
    assert "cribble select 'in put.jsonl' -k 30" in page.inside("pre")
    assert {"1 min 23 s", "≥ 75.0%", "64", "1.2 s"} <= set(page.inside("dd"))
    assert "512 MiB of memory at most" in page.inside("small")
    assert "30 rows chosen by random from in put.jsonl (300 rows), seed 0." in page.inside("p")


def test_charts_can_be_read_without_seeing_them(report):
    page = Page(report)
    charts = [attrs for tag, attrs in page.tags if tag == "svg" and "aria-hidden" not in attrs]
    assert len(charts) == 3
    assert all(attrs["aria-label"] for attrs in charts)
    buttons = [attrs for tag, attrs in page.tags if tag == "button"]
    signs = [one["id"] for one in buttons if "aria-label" in one]
    assert signs == ["zoom-in", "zoom-out", "zoom-all"]
    assert len(page.inside("button")) == len(buttons)
    assert ("html", {"lang": "en"}) in page.tags
    assert any(attrs.get("name") == "viewport" for _, attrs in page.tags)


def test_the_page_stays_under_three_megabytes_however_large_the_pool(tmp_path):
    # Beyond 100,000 rows a larger pool adds nothing, and words only while there is room.
    signs = "<你>" * 100
    text = make(tmp_path / "big.html", rows=102_000, picks=5_500, text=signs, repeats=5)
    assert len(text.encode()) < 3_000_000
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', text, re.S)[1])
    assert len(data["picks"]) == 5_000
    assert len(data["words"]) > 1_000


def test_a_bare_array_has_a_report(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((40, 1)))
    chosen = Random().select(pool, Budget(rows=3), 1)
    path = tmp_path / "bare.html"
    write_report(path, chosen, pool, 3, comparison=against_random(chosen, pool, 3))
    assert "Map of the pool" not in path.read_text("utf-8")


def test_nothing_picked_has_a_report(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((40, 3)))
    chosen = Random().select(pool, Budget(rows=0), 1)
    path = tmp_path / "empty.html"
    write_report(path, chosen, pool, 0, comparison=against_random(chosen, pool, 0))
    assert Page(path.read_text("utf-8")).inside("h1") == ["Not held against random."]


def test_gains_that_are_distances_are_drawn_as_they_are(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((40, 3)))
    gains = np.array([np.inf, 3.0, 2.0, 1.0])
    chosen = Selection(indices=np.arange(4), gains=gains, method="k-center")
    path = tmp_path / "gains.html"
    write_report(path, chosen, pool, 4, comparison=against_random(chosen, pool, 4))
    text = path.read_text("utf-8")
    assert "The gain of a pick falls to 1 at the last." in text
    assert "inf" not in re.findall(r'points="([^"]*)"', text)


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    folder = tmp_path / "taken.html"
    folder.mkdir()
    with pytest.raises(OutputError, match=r"taken\.html"):
        make(folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_several_methods_have_a_report(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((90, 3)))
    found = compare_methods(pool, 9, [Random()], repeats=5)
    found.report(tmp_path / "methods.html")
    page = Page((tmp_path / "methods.html").read_text("utf-8"))
    assert page.inside("h1") == ["No method here is better than random."]
    assert "Effectively different picks (Vendi score)" in page.inside("th")


def test_no_difference_stands_at_the_same_place_for_every_method(tmp_path):
    pool = Pool.from_array(np.random.default_rng(0).standard_normal((90, 3)))
    found = compare_methods(pool, 9, [Random(), KCenter()], repeats=5)
    found.report(tmp_path / "methods.html")
    text = (tmp_path / "methods.html").read_text("utf-8")
    places = re.findall(r'<path d="M(\S+) 2v20" class="zero"', text)
    assert len(places) == 2
    assert places[0] == places[1]
    # On a phone the cells carry their own names: a difference is not random's value.
    assert '.gaps td:nth-child(3)::before { content: "difference "; }' in text
    assert 'class="versus gaps"' in text
