"""Network, Parameters -> a piece of HTML for notebooks: the drawing, and what the numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from clearprop.errors import counted
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.network.quantities import Quantity
from clearprop.render.abridged_svg import abridged_svg
from clearprop.render.network_svg import Drawing
from clearprop.render.page_html import page_html
from clearprop.tracing.diagram import diagram
from clearprop.tracing.lines import Line
from clearprop.tracing.scenes import Scene
from clearprop.tracing.values import all_parameters

DIGITS = 4


def network_piece(network: Network) -> str:
    """Return a network as a piece of HTML: its drawing, its layers in words."""
    return f"{drawing(network, Scene())}\n<p>{escape(words(network))}</p>"


def words(network: Network) -> str:
    """Return "2-3-1 network (tanh, sigmoid), 13 parameters"."""
    sizes, activations = "-".join(map(str, network.layers)), ", ".join(network.activations)
    return f"{sizes} network ({activations}), {counted(network.parameter_count, 'parameter')}"


def drawing(network: Network, scene: Scene) -> str:
    """Return the drawing of a network, whole or, of a large one, some units of each layer."""
    plan = diagram(Names(network))
    if not network.readable:
        return abridged_svg(plan)
    return Drawing(plan, scene, DIGITS, linked=False).svg(f"The {words(network)}")


def parameters_piece(parameters: Parameters) -> str:
    """Return weights and biases as a piece of HTML: in the drawing, or in sum by layer."""
    network = parameters.network
    if parameters.vector.ndim > 1:
        count = counted(len(parameters.vector), "vector")
        return (
            f"{drawing(network, Scene())}\n<p>{count} of parameters: {escape(words(network))}</p>"
        )
    return "\n".join([numbered(parameters), *summary(parameters)])


def numbered(parameters: Parameters) -> str:
    """Return the drawing of a network with its weights and biases."""
    network = parameters.network
    values = dict(lines(parameters)) if network.readable else {}
    return drawing(network, Scene(values=values))


def summary(parameters: Parameters) -> Iterator[str]:
    """Yield norm, least and largest entry of each layer's weights and biases."""
    from clearprop.render.moment_text import parameter_table

    yield from page_html(parameter_table(parameters))


def lines(parameters: Parameters) -> Iterator[tuple[Quantity, Line]]:
    """Yield each weight and bias with its line."""
    names = Names(parameters.network)
    numbers = parameters.vector.astype(float).tolist()
    for quantity, value in zip(all_parameters(parameters), numbers, strict=True):
        yield quantity, Line(names.id(quantity), names.symbol(quantity), value)
