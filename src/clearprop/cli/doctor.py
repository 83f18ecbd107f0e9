"""`clearprop doctor`: what is installed, what this machine has, what is compiled here."""

import sys
from typing import Annotated

from clearprop.cli.options import option
from clearprop.cli.screen import console


def doctor(
    warm: Annotated[
        bool, option("Compile now what trainings would wait for later.", "Options", "--warm")
    ] = False,
) -> None:
    """Show what is installed and what trains here: the machine, the engines, what is compiled."""
    from clearprop.engine.compilation import is_kept
    from clearprop.render.doctor_text import shapes_table
    from clearprop.render.pages import fact_table
    from clearprop.training.health import facts
    from clearprop.training.warming import VARIANTS, is_warm, warm_all

    page = console()
    if warm and not is_kept():
        print("Nothing is compiled beforehand, for the cache cannot be written", file=sys.stderr)
    elif warm:
        print("Compiling the generic training loops, once on this machine …", file=sys.stderr)
        for arithmetic, dtype, seconds in warm_all():
            print(f"  {arithmetic} {dtype}: {seconds:.0f} s", file=sys.stderr)
    compiled = {variant: is_warm(*variant) for variant in VARIANTS}
    page.print(fact_table(facts().items()))
    page.print()
    page.print(shapes_table(compiled))
    if is_kept() and not all(compiled.values()):
        page.print("\nclearprop doctor --warm compiles now what trainings would wait for later.")
