"""The health of a run as text for the terminal: `clearprop show RUN --health`.

Comes in: a `Health`. Goes out: something that rich prints.
"""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.render.run_text import number
from clearprop.runs.health import Health
from clearprop.training.vital_signs import LayerSigns

COLUMNS = ("layer", "units", "‖W‖", "‖∂L/∂W‖", "‖ΔW‖/‖W‖", "dead", "saturated")


def health_page(health: Health) -> RenderableType:
    """Return one row per layer, and what is wrong, in sentences."""
    line = Text.assemble((health.run.name, "bold"), f" · after {counted(health.step, 'step')}")
    notes = [Text(sentence, "yellow") for sentence in health.sentences]
    step = f"step {health.step + 1:,}"
    if health.step == health.run.outcome.steps:
        step = "the batch after the last step"
    about = f"gradient and update of {step}; activations on {health.rows}"
    return Group(
        line, "", layer_table(health.layers), "", Text(about, "dim"), *notes,
        *([] if notes else [Text("Nothing is wrong that these figures could show.", "green")]),
    )  # fmt: skip


def layer_table(layers: tuple[LayerSigns, ...]) -> Table:
    """Return the signs of the layers, from the inputs to the outputs."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for place, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for layer in layers:
        dead = "–" if layer.dead is None else f"{len(layer.dead)}"
        share = "–" if layer.saturated is None else f"{100 * layer.saturated:.1f} %"
        table.add_row(
            f"{layer.layer} {layer.activation}", f"{layer.units:,}", number(layer.weights),
            number(layer.gradient), number(layer.update_ratio), dead, share,
        )  # fmt: skip
    return table
