"""A page in a headless browser, with a script that looks at it."""

import html
import json
import os
import re
import shutil
import subprocess

import pytest


def browse(page, script, folder):
    """Run ``script`` in a copy of a page; return what it passes to ``done``, as JSON.

    A line on the console fails the test: the page must work without a single error.
    """
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    if browser is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium: the report's script is tested in it")
        pytest.skip("no chromium on PATH")
    done = "const done = (it) => { document.documentElement.dataset.seen = JSON.stringify(it); };"
    copy = folder / "page.html"
    copy.write_text(page.replace("</body>", f"<script>{done}{script}</script></body>"), "utf-8")
    ran = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder / 'profile'}",
            "--enable-logging=stderr",
            "--virtual-time-budget=3000",
            "--dump-dom",
            copy.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert [line for line in ran.stderr.splitlines() if "CONSOLE" in line] == []
    assert 'data-ready="yes"' in ran.stdout
    return json.loads(html.unescape(re.search(r'data-seen="([^"]*)"', ran.stdout)[1]))
