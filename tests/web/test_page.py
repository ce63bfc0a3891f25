"""The page in a real browser."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from web.browser import Browser, find_browser

CONTROL = 2


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if find_browser() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium: the explorer is tested in it")
        pytest.skip("no chromium on PATH")
    opened = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield opened
    opened.close()


@pytest.fixture
def page(browser, client):
    browser.troubles.clear()
    browser.requested.clear()
    browser.resize(1440, 900)
    browser.open(client.address)
    yield browser
    assert browser.troubles == []


def listed(page, side):
    return page.run(f"document.querySelector('.column.{side} .count').textContent")


def test_a_row_is_moved_by_keys_alone_and_taken_back(page, session):
    first = int(session.selection.indices[1])
    page.run("document.querySelector('#list-in').focus()")
    page.press("ArrowDown", "Enter")
    page.until("document.querySelector('#why h2')")
    assert page.run("document.querySelector('#why h2').textContent") == f"r{first}"
    assert "is pick 2 of 12" in page.run("document.querySelector('.reason').textContent")
    page.press(" ")
    page.until(f"document.querySelector('#said').textContent.startsWith('r{first} taken out')")
    assert session.changes.removed == (first,)
    page.until("document.querySelector('.column.out .count').textContent === '79 rows'")
    page.until("document.querySelector('.reason').textContent.endsWith('Taken out by hand.')")
    page.press("ArrowRight")
    assert page.run("document.activeElement.id") == "list-out"
    page.press("z", modifiers=CONTROL)
    page.until("document.querySelector('#said').textContent === 'Undone. 12 rows in.'")
    assert session.changes.removed == ()
    assert listed(page, "in") == "12 rows"


def test_a_row_is_dragged_in_and_another_out(page, session):
    row = page.run("document.querySelector('#list-out .row').dataset.row")
    page.drag("#list-out .row", "#list-in")
    page.until("document.querySelector('.column.in .count').textContent === '13 rows'")
    assert session.changes.added == (int(row),)
    assert page.run("document.querySelector('#list-in .hand').textContent") == "by hand"
    assert "13 reached not held" in page.run("document.querySelector('#limits').textContent")
    page.drag("#list-in .row:nth-child(3)", "#list-out")
    page.until("document.querySelector('.column.in .count').textContent === '12 rows'")
    assert len(session.changes.removed) == 1


def test_the_curve_moves_with_the_slider(page, session):
    mark = "Number(document.querySelector('#curve .edge').getAttribute('x1'))"
    at_all = page.run(mark)
    page.run("document.querySelector('#k').focus()")
    page.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    page.until("document.querySelector('.column.in .count').textContent === '9 rows'")
    assert session.changes.first == 9
    assert page.run(mark) < at_all
    value = session.selection.gains[:9].sum() / session.selection.gains.sum()
    assert f"{100 * value:.1f} %" in page.run("document.querySelector('#reached').textContent")
    # While it is dragged the page moves along, and the session learns of the end alone.
    page.run(
        "(() => { const k = document.querySelector('#k'); k.value = 4;"
        " k.dispatchEvent(new Event('input')); })()"
    )
    assert page.run("document.querySelector('#summary').textContent").startswith("4 rows of 90")
    assert session.changes.first == 9


def test_rows_are_searched_and_filtered(page):
    page.click("#words")
    for key in "r4":
        page.press(key)
    page.until("document.querySelector('#said').textContent === '11 rows found'")
    page.run(
        "(() => { const by = document.querySelector('#column'); by.value = 'source';"
        " by.dispatchEvent(new Event('change')); })()"
    )
    page.until("document.querySelectorAll('#group option').length === 3")
    page.run(
        "(() => { const by = document.querySelector('#group'); by.value = 'code';"
        " by.dispatchEvent(new Event('change')); })()"
    )
    page.until("document.querySelector('#said').textContent === '3 rows found'")


def test_what_rows_hold_is_text_and_never_markup(page):
    page.run(
        "(() => { const words = document.querySelector('#words'); words.value = '#4';"
        " words.dispatchEvent(new Event('input')); })()"
    )
    page.until("document.querySelector('#said').textContent === '1 row found'")
    page.click("#list-out .row, #list-in .row")
    page.until("document.querySelector('#why .words')")
    assert "<img src=x onerror=alert(1)>" in page.run(
        "document.querySelector('#why .words').textContent"
    )
    assert page.run("document.querySelectorAll('img').length") == 0


def test_the_subset_is_exported_from_the_page(page, folder):
    page.click("#list-in .move")
    page.until("document.querySelector('.column.in .count').textContent === '11 rows'")
    page.click("#export")
    assert page.run("document.querySelector('#export-name').value") == "out-by-hand.jsonl"
    page.press("Enter")
    page.until("document.querySelector('#export-told code')")
    assert len((folder / "out-by-hand.jsonl").read_bytes().splitlines()) == 11
    page.press("Enter")
    page.until("document.querySelector('#export-told').className === 'bad'")
    told = page.run("document.querySelector('#export-told').textContent")
    assert "it exists already; choose another name" in told
    # A refused request shows in the log of the browser, and is meant to.
    assert all("400" in one for one in page.troubles)
    page.troubles.clear()


def test_tab_reaches_every_control_in_reading_order_and_shows_where_it_is(page):
    seen = []
    page.run("document.activeElement.blur()")
    for _ in range(60):
        page.press("Tab")
        one = page.run(
            "(() => { const one = document.activeElement; const style = getComputedStyle(one);"
            " return [one.id, style.outlineStyle !== 'none'"
            " && parseFloat(style.outlineWidth) >= 1]; })()"
        )
        if not one[0]:
            break
        seen.append(one)
    assert [name for name, visible in seen if not visible] == []
    wanted = ["export", "map", "zoom-in", "zoom-all", "k", "words", "order", "list-in", "list-out"]
    assert [name for name, _ in seen if name in wanted] == wanted


def test_escape_closes_the_export_and_gives_the_focus_back(page):
    page.run("document.querySelector('#export').focus()")
    page.press("Enter")
    page.until("document.querySelector('#export-dialog').open")
    page.press("Escape")
    page.until("!document.querySelector('#export-dialog').open")
    assert page.run("document.activeElement.id") == "export"


def test_every_control_has_a_name_and_the_map_has_points(page):
    nameless = page.run(
        "[...document.querySelectorAll('button, input, select, canvas, [role=listbox]')].filter("
        "one => !(one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim())"
        ").map(one => one.outerHTML)"
    )
    assert nameless == []
    inked = (
        "(() => { const map = document.querySelector('#map'); const data = map.getContext('2d')"
        ".getImageData(0, 0, map.width, map.height).data; let count = 0;"
        " for (let at = 3; at < data.length; at += 4) count += data[at] > 0; return count; })()"
    )
    page.until(f"{inked} > 90")


@pytest.mark.parametrize("width", [360, 768, 1100, 1440])
def test_nothing_hangs_over_the_edge(page, width):
    page.resize(width, 800)
    page.until("innerWidth === " + str(width))
    assert page.run("document.documentElement.scrollWidth") <= width


def test_a_list_of_a_million_rows_holds_those_in_sight(page):
    page.run("""(async () => {
      const { RowList } = await import("./list.js");
      const place = document.createElement("div");
      Object.assign(place.style, { position: "fixed", inset: "0", height: "600px" });
      place.className = "list";
      document.body.append(place);
      const row = (at) => ({ row: at, id: `r${at}`, text: "", rank: null });
      window.pages = 0;
      const load = async (start, stop) => {
        window.pages += 1;
        const rows = [];
        for (let at = start; at < Math.min(stop, 1e6); at++) rows.push(row(at));
        return { total: 1e6, rows };
      };
      window.list = new RowList(place, { side: "far", load, onChoose() {} });
      window.seen = () => {
        const box = place.getBoundingClientRect();
        return [...place.querySelectorAll(".row[id]")]
          .filter((one) => one.getBoundingClientRect().bottom > box.top + 1
            && one.getBoundingClientRect().top < box.bottom - 1)
          .map((one) => Number(one.dataset.row)).sort((one, other) => one - other);
      };
      await window.list.refresh();
    })()""")
    seen = page.run("seen()")
    assert seen == list(range(len(seen)))
    for at in (999_999, 500_000, 123_456):
        page.run(f"list.choose({at}, false)")
        page.until(f"seen().includes({at}) && seen().length > 5")
        seen = page.run("seen()")
        assert seen == list(range(seen[0], seen[-1] + 1))
    assert page.run("document.querySelectorAll('.row').length") < 150
    assert page.run("pages") < 12
