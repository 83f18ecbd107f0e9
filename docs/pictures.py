"""Makes the pictures of the README from the real program: `python docs/pictures.py`."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" \
viewBox="0 0 {terminal_width} {terminal_height}" role="img" aria-label="What clearprop trace prints">
<style>
  text {{ font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", \
monospace; font-size: {char_height}px; }}
  {styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" \
height="{terminal_height}"/></clipPath>{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#1b1f24"/>
<g transform="translate(8, 8)" class="{unique_id}-matrix">{backgrounds}{matrix}</g>
</svg>
"""


def main() -> None:
    """Write docs/trace.svg: the first six steps of the seed's worked example."""
    command = [sys.executable, "-m", "clearprop", "trace"]
    page = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    shown = page.stdout.partition("Step 7.")[0].rstrip()
    console = Console(record=True, width=92, file=StringIO(), force_terminal=True)
    text = Text(f"$ clearprop trace\n{shown}", style="#d8dee9")
    text.highlight_regex(r"(?m)^(Step \d.*|Given|\$ .*)$", style="bold #7cc5ff")
    text.highlight_regex(r"(?m)[=≈] -?[\d.]+$", style="#a3e0a0")
    console.print(text)
    svg = console.export_svg(title="", code_format=FRAME, unique_id="trace")
    (HERE / "trace.svg").write_text(svg, encoding="utf-8")


main()
