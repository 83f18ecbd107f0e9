"""The page of `clearprop doctor`."""

from collections.abc import Mapping

from rich.table import Table

SHAPES = (
    ("reference", "NumPy, batch after batch", "jobs of up to about 2 s in NumPy"),
    ("straight-line in plain Python", "the equations of a trace", "tiny networks, few steps"),
    ("straight-line", "the same, compiled", "tiny networks: at most 50 parameters"),
    ("generic", "compiled loops for any network", "all else"),
    ("lanes", "one tiny network per vector lane", "sweeps over tiny networks"),
)


def shapes_table(compiled: Mapping[tuple[str, str], bool]) -> Table:
    """Return the engines, when each is taken, and which programs are compiled here."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("engine", "what it is", "taken for", "compiled here"):
        table.add_column(name)
    for name, what, taken in SHAPES:
        table.add_row(name, what, taken, compiled_text(compiled) if name == "generic" else "")
    return table


def compiled_text(compiled: Mapping[tuple[str, str], bool]) -> str:
    """Return which variants of the generic loop are compiled, with all rules that are usual.

    >>> compiled_text({("fast", "float64"): True, ("strict", "float64"): False})
    'fast float64; not yet in full: strict float64'
    """
    done = ", ".join(" ".join(variant) for variant, is_done in compiled.items() if is_done)
    open_ = ", ".join(" ".join(variant) for variant, is_done in compiled.items() if not is_done)
    return "; ".join(filter(None, (done, f"not yet in full: {open_}" if open_ else "")))
