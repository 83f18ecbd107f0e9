"""Compiled programs of the tests lie in the checkout's own cache, not in the home folder."""

import os
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".pytest_cache" / "programs"
os.environ.setdefault("CLEARPROP_CACHE", str(CACHE))
