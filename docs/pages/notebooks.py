"""The example notebooks, run, as pages of the site.

Comes in: a notebook as a script in percent format. Goes out: Markdown with what its cells show.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebooks").glob("*.py"))
OUTPUT = '<div class="output" tabindex="0" role="group" aria-label="output">'
LONGEST = 120  # seconds that a cell may take


def executed(path: Path) -> Any:
    """Return a notebook with what its cells show; a cell that fails is an error."""
    notebook = jupytext.read(path, fmt="py:percent")
    NotebookClient(notebook, timeout=LONGEST, kernel_name="python3").execute()
    return notebook


def page(path: Path) -> str:
    """Return a notebook as a page."""
    cells = executed(path).cells
    for cell in cells:
        check_shown(cell)
    return "\n\n".join(part for cell in cells for part in parts(cell))


def check_shown(cell: Any) -> None:
    """Raise ValueError unless a cell of code shows something, without a script or a complaint."""
    if cell.cell_type != "code":
        return
    if not any(output.output_type in ("execute_result", "stream") for output in cell.outputs):
        raise ValueError(f"this cell shows nothing:\n{cell.source}")
    for output in cell.outputs:
        if output.get("name") == "stderr" or "<script" in output.get("data", {}).get(
            "text/html", ""
        ):
            raise ValueError(f"this cell complains, or needs a script:\n{cell.source}")


def parts(cell: Any) -> Iterator[str]:
    """Yield what a cell says, or does and shows."""
    if cell.cell_type == "markdown":
        yield cell.source
        return
    yield f"```python\n{cell.source}\n```"
    for output in cell.outputs:
        yield from shown(output)


def shown(output: Any) -> Iterator[str]:
    """Yield what is shown: as HTML where a notebook would, else as text."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    if html := data.get("text/html"):
        yield f"{OUTPUT}{without_empty_lines(html)}</div>"
    elif text := data["text/plain"]:
        yield f'<pre class="output">{without_empty_lines(escape(text))}</pre>'


def without_empty_lines(html: str) -> str:
    """Return HTML that Markdown takes as one block."""
    # In text a line stays, with a space that has no width; between tags it says nothing.
    return re.sub(r"\n\s*\n", "\n" if "<" in html else "\n&#8203;\n", html)
