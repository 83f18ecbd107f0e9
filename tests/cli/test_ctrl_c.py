"""What ctrl-C does where a command has no work to keep."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
from signal import SIGINT, raise_signal
from clearprop.cli.screen import end_at_ctrl_c

end_at_ctrl_c(with_polars={with_polars})
import polars

polars.Series([1, 2]).sum()
raise_signal(SIGINT)
print("still here")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_ends_the_program_though_polars_takes_the_signal_over():
    ended = {
        with_polars: subprocess.run(
            [sys.executable, "-c", PROGRAM.format(with_polars=with_polars)],
            capture_output=True, text=True, check=False,
        )
        for with_polars in (True, False)
    }  # fmt: skip
    assert (ended[True].returncode, ended[True].stdout) == (-signal.SIGINT, "")
    assert ended[False].stdout == "still here\n"  # where polars no longer does, the rest can go
