"""Pages of the site that are made when it is built: the notebooks, run, and the changelog."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from notebooks import NOTEBOOKS, page  # beside this file, where mkdocs looks when it loads it

ROOT = Path(__file__).parents[2]


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie nowhere as files."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "changelog.md", content=changes))
    for path in NOTEBOOKS:
        content = page(path)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=content))
    return files
