import os
import re
import subprocess
import sys

import pytest


def help_of(*command, columns):
    told = subprocess.run(
        [sys.executable, "-m", "cribble", *command, "--help"],
        env={**os.environ, "COLUMNS": str(columns), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


@pytest.mark.parametrize("columns", [40, 60])
def test_no_option_is_cut_in_a_narrow_terminal(columns):
    lines = help_of("select", columns=columns)
    assert max(map(len, lines)) <= columns
    assert not any("…" in line for line in lines)
    names = {line.split()[0].rstrip(",") for line in lines if re.match(r"  -", line)}
    assert {"--method", "--decontaminate-cosine", "--memory"} <= names


def test_what_commands_do_is_told_whole():
    told = " ".join(" ".join(help_of(columns=40)).split())
    assert "Hold several methods against random, judged on rows that none of them saw." in told
