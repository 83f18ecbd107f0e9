"""The cache folder: what takes a second to make and can be made again at any time."""

import os
from pathlib import Path

FOLDER = "CLEARPROP_CACHE"  # an environment variable that moves the cache


def cache_folder() -> Path:
    """Return where compiled programs and the classic data sets are kept."""
    import platformdirs

    given = os.environ.get(FOLDER)
    return Path(given) if given else platformdirs.user_cache_path("clearprop", appauthor=False)
