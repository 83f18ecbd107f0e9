"""What is wrong with a network in training, in sentences: dead, saturated, vanishing, exploding.

Comes in: the signs of the layers (`vital_signs.py`). Goes out: `Remark`s, none for a healthy
network. The bounds are wide on purpose: what is said of a training that goes well is noise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isinf

from clearprop.backprop.products import FAST_PRODUCTS, Products
from clearprop.errors import counted
from clearprop.training.engine import TrainingState
from clearprop.training.job import Job
from clearprop.training.loop import Progress
from clearprop.training.step_numbers import StepNumbers
from clearprop.training.vital_signs import LayerSigns, sample_of, vital_signs

MOST_DEAD = 0.25  # share of a layer's units
MOST_SATURATED = 0.5  # share of a hidden layer's activations
VANISHED, EXPLODED = 1e-3, 1e3  # a layer's gradient per weight, against that of the last layer
MOST_UPDATED = 1.0  # ‖ΔW‖ / ‖W‖
OF_ALL_LAYERS = ("exploding", "vanishing")


@dataclass(frozen=True)
class Remark:
    """Something wrong: which symptom, in which layer, what is the case, what to try.

    step    after how many updates it is the case; since: when it was seen first, if earlier
    """

    symptom: str
    layer: int
    what: str
    advice: str
    step: int = 0
    since: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What it is remembered by: the layer of the least gradient may change with every look."""
        return self.symptom, 0 if self.symptom in OF_ALL_LAYERS else self.layer

    @property
    def sentence(self) -> str:
        """Return all of it in one sentence."""
        since = ""
        if self.since is not None and self.since < self.step:
            since = (
                f" (seen first after step {self.since:,})" if self.since else " (as at the start)"
            )
        return f"After step {self.step:,}: {self.what}{since}; {self.advice}."


def remarks(signs: Sequence[LayerSigns], step: int) -> tuple[Remark, ...]:
    """Return what is wrong after some step, the worst kinds first."""
    found = (remark for symptom in SYMPTOMS for remark in symptom(signs))
    return tuple(replace(remark, step=step) for remark in found)


# --- the symptoms --------------------------------------------------------------------------------


def dying(signs: Sequence[LayerSigns]) -> Iterator[Remark]:
    """Yield the layers of which many relu units are dead."""
    for layer in signs:
        if layer.dead and len(layer.dead) >= MOST_DEAD * layer.units:
            is_dead = "is" if layer.units == 1 else "are"
            yield Remark(
                "dead",
                layer.layer,
                f"{len(layer.dead)} of the {counted(layer.units, 'unit')} of layer {layer.layer}"
                f" {is_dead} dead (0 for every training row, so that no row changes them)",
                "a smaller rate or the activation leaky_relu may help",
            )


def exploding(signs: Sequence[LayerSigns]) -> Iterator[Remark]:
    """Yield the layer whose gradient is many times that of the last, or whose weights are gone."""
    advice = "a smaller rate or a --clip-norm may help"
    for layer in signs:
        if layer.update_ratio > MOST_UPDATED:
            times = f"{layer.update_ratio:.3g} times as long as"
            what = f"an update is {times} the weights of layer {layer.layer}"
            if isinf(layer.update_ratio):
                what = f"the update of layer {layer.layer} is infinite"
            yield Remark("exploding", layer.layer, what, advice)
            return
    last = signs[-1].gradient_per_weight
    worst = max(signs, key=lambda layer: layer.gradient_per_weight)
    if last > 0 and worst.gradient_per_weight > EXPLODED * last:
        times = f"{worst.gradient_per_weight / last:,.0f} times that of the last"
        what = f"the gradient explodes: per weight that of layer {worst.layer} is {times}"
        yield Remark("exploding", worst.layer, what, advice)


def saturating(signs: Sequence[LayerSigns]) -> Iterator[Remark]:
    """Yield the hidden layers most of whose activations are at their bounds."""
    for layer in signs[:-1]:
        if layer.saturated is not None and layer.saturated > MOST_SATURATED:
            yield Remark(
                "saturated",
                layer.layer,
                f"{100 * layer.saturated:.0f} % of the activations of layer {layer.layer} are"
                f" saturated (within 0.02 of the bounds of {layer.activation})",
                "a smaller rate, smaller starting weights or a --weight-decay may help",
            )


def vanishing(signs: Sequence[LayerSigns]) -> Iterator[Remark]:
    """Yield the layer whose gradient is a small part of the last one's.

    Not where it is told already why: of dead layers, and beside saturated ones.
    """
    last = signs[-1].gradient_per_weight
    if not any(layer.gradient_per_weight for layer in signs):
        what = "no weight has a gradient any more (all are exactly 0), so that no row changes one"
        yield Remark("vanishing", len(signs), what, "a smaller rate from the start on may help")
        return
    alive = [layer for layer in signs if len(layer.dead or ()) < layer.units]
    if not alive or any(saturating(signs)):
        return
    least = min(alive, key=lambda layer: layer.gradient_per_weight)
    if least.gradient_per_weight < VANISHED * last:
        yield Remark(
            "vanishing",
            least.layer,
            f"the gradient vanishes: per weight that of layer {least.layer} is"
            f" {least.gradient_per_weight / last:.1e} of the last layer's",
            "fewer layers, or relu with its initializer he_uniform, may help",
        )


SYMPTOMS: tuple[Callable[[Sequence[LayerSigns]], Iterator[Remark]], ...] = (
    dying,
    exploding,
    saturating,
    vanishing,
)


# --- while training ------------------------------------------------------------------------------


class HealthWatch:
    """Looks at a training now and then: whenever twice as many steps are done as at the last look.

    So few looks cost next to nothing, however long the training is.
    """

    def __init__(
        self,
        job: Job,
        products: Products = FAST_PRODUCTS,
        say: Callable[[Remark], object] | None = None,
    ) -> None:
        """Watch a job; `say` is told of each symptom when it is seen first."""
        self.job, self.products, self.say = job, products, say
        self.sample = sample_of(job)
        self.next = 0
        self.since: dict[tuple[str, int], int] = {}
        self.latest: tuple[Remark, ...] = ()
        self.looked = -1

    def watch(self, progress: Progress) -> None:
        """Take note of progress, and look if it is time to."""
        if progress.step >= self.next:
            self.look(progress.state)
            self.next = max(1, 2 * progress.step)

    def look(self, state: TrainingState) -> tuple[Remark, ...]:
        """Look at a state now, and return what is wrong, with since when it was seen."""
        if state.step != self.looked:
            signs = vital_signs(StepNumbers(self.job, state, self.products), self.sample)
            found = remarks(signs, state.step)
            keys = {remark.key for remark in found}
            self.since = {key: step for key, step in self.since.items() if key in keys}
            self.latest = tuple(map(self.noted, found))
            self.looked = state.step
        return self.latest

    def noted(self, remark: Remark) -> Remark:
        """Return a remark with the step since which it was seen; say it, if it is new."""
        if remark.key not in self.since:
            self.since[remark.key] = remark.step
            if self.say is not None:
                self.say(remark)
        return replace(remark, since=self.since[remark.key])
