"""`progress=True` in a program: a bar in a terminal, nothing in a file or a pipe."""

import os
import pty
import subprocess
import sys

import pytest

import clearprop as cp

PROGRAM = (
    "import clearprop as cp\n"
    "from clearprop.render import progress_line\n"
    "progress_line.PATIENCE = 0\n"
    "cp.train('digits', epochs=80, engine='reference', progress={})\n"
    "print('done')\n"
)


def in_terminal(progress):
    """Return what a program writes to its terminal."""
    end, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(progress)],
        stdin=terminal, stdout=terminal, stderr=terminal,
        env={**os.environ, "COLUMNS": "90", "TERM": "xterm"},
    )  # fmt: skip
    os.close(terminal)
    written = b""
    while True:
        try:
            written += os.read(end, 65536)
        except OSError:  # the program is over
            break
    os.close(end)
    assert child.wait() == 0
    return written.decode()


def test_a_terminal_shows_a_bar_that_is_taken_away():
    written = in_terminal("True")
    assert "of 80 · loss " in written
    assert written.count("\n") <= 3
    last = written.rpartition("of 80")[2]
    assert "\x1b[2K" in last  # the line is cleared
    assert last.rstrip().endswith("done")


@pytest.mark.parametrize("progress", ["None", "False"])
def test_a_program_that_does_not_ask_shows_none(progress):
    assert in_terminal(progress) == "done\r\n"


def test_a_pipe_has_no_bar():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format("True")], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_what_is_neither_is_refused():
    with pytest.raises(cp.ClearpropError) as told:
        cp.train("xor", hidden=[2], progress=3)
    assert str(told.value) == (
        "progress takes True, False or a function that is told how far it is, not 3"
    )
