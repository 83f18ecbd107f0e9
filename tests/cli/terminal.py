"""Commands as a user types them, run in this process."""

import sys
from collections.abc import Sequence

import pytest

from clearprop.cli import main


class Terminal:
    """Runs commands and keeps what they printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        self.errors = ""

    def __call__(self, *words: str, code: int = 0) -> str:
        """Return what the command printed; with an exit code, what it said on the error stream."""
        output, errors = self.printed(words, code)
        return errors if code else output

    def printed(self, words: Sequence[str], code: int) -> tuple[str, str]:
        """Return both streams of a command that ended with an exit code."""
        self.monkeypatch.setattr(sys, "argv", ["clearprop", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        output, self.errors = self.capsys.readouterr()
        assert (ended.value.code or 0) == code, self.errors
        return output, self.errors
