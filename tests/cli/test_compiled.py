from __future__ import annotations

import os
from pathlib import Path

import pytest

from cribble.cli import compiled


@pytest.fixture
def places(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)

    def writable(*folders: Path) -> None:
        allowed = {str(folder) for folder in folders}
        monkeypatch.setattr(compiled, "_writable", lambda place: str(place) in allowed)

    monkeypatch.setattr(compiled, "_places", lambda: (tmp_path / "package", tmp_path / "home"))
    yield writable
    os.environ.pop("NUMBA_CACHE_DIR", None)


def test_numba_finds_its_own_place_where_there_is_one(places, tmp_path):
    places(tmp_path / "home")
    compiled.keep_compiled()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_folder_of_this_process_serves_where_there_is_none(places):
    places()
    compiled.keep_compiled()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0


def test_the_user_s_choice_stands(places, monkeypatch, tmp_path):
    places()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    compiled.keep_compiled()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path)


def test_a_place_that_is_not_there_yet_is_judged_by_its_parent(tmp_path):
    assert compiled._writable(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    assert not compiled._writable(tmp_path / "file" / "b")
