"""The check by central differences: ∂L/∂w ≈ (L(w + ε) - L(w - ε)) / 2ε."""

from clearprop.backprop.backpropagation import forward_pass, losses, total_loss
from clearprop.backprop.products import STRICT_PRODUCTS
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Parameters, place_of
from clearprop.network.quantities import Parameter

RELATIVE_STEP = 1e-5  # of |w|, at least of 1: where rounding and curvature err about equally


def loss_at(lesson: Lesson, parameters: Parameters) -> float:
    """Return the loss of a lesson's examples with other parameters."""
    forward = forward_pass(parameters, lesson.x, STRICT_PRODUCTS)
    each = losses(lesson.network, lesson.learning, forward, lesson.y, STRICT_PRODUCTS)
    return total_loss(lesson.learning, each)


def central_difference(lesson: Lesson, parameter: Parameter) -> float:
    """Return the slope of the loss along one parameter, from two forward passes.

    >>> from clearprop.network.lesson import seed_lesson
    >>> from clearprop.network.quantities import Weight
    >>> round(central_difference(seed_lesson(), Weight(2, 0, 0)), 9)
    -0.121620835
    """
    vector = lesson.parameters.vector
    place = place_of(lesson.parameters.network, parameter)
    width = RELATIVE_STEP * max(1.0, abs(float(vector[place])))
    above, below = vector.copy(), vector.copy()
    above[place] += width
    below[place] -= width
    rise = loss_at(lesson, lesson.parameters.with_vector(above)) - loss_at(
        lesson, lesson.parameters.with_vector(below)
    )
    return rise / float(above[place] - below[place])
