"""Makes the pictures of the documents from the real program: `python docs/pictures.py`."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent


def main() -> None:
    """Write docs/trace.svg and docs/xor-sweep.svg."""
    draw_trace()
    draw_sweep()


def draw_sweep() -> None:
    """Write docs/xor-sweep.svg: when 10,000 networks learn XOR."""
    command = [
        sys.executable,
        "-m",
        "clearprop",
        "sweep",
        "xor",
        "--hidden",
        "2",
        "--epochs",
        "500",
    ]
    output = ["--output", str(HERE / "xor-sweep.svg"), "--force"]
    subprocess.run([*command, *output], check=True, stdout=subprocess.DEVNULL)


def draw_trace() -> None:
    """Write docs/trace.svg: the first six steps of the seed's worked example."""
    command = [sys.executable, "-m", "clearprop", "trace"]
    page = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    shown = page.stdout.partition("Step 7.")[0].rstrip()
    console = Console(record=True, width=92, file=StringIO(), force_terminal=True)
    text = Text(f"$ clearprop trace\n{shown}\n", style="#d8dee9")  # room below the last line
    text.highlight_regex(r"(?m)^(Step \d.*|Given|\$ .*)$", style="bold #7cc5ff")
    text.highlight_regex(r"(?m)[=≈] -?[\d.]+$", style="#a3e0a0")
    console.print(text)
    frame = (HERE / "frame.svg").read_text(encoding="utf-8")
    svg = console.export_svg(title="", code_format=frame, unique_id="trace")
    (HERE / "trace.svg").write_text(svg, encoding="utf-8")


main()
