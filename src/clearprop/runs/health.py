"""The health of a run at a step: norms, dead units, saturation per layer, and what is wrong.

Comes in: a run and a step. Goes out: `Health`. The gradient and the update are those of update
S + 1: of the batch that it takes, or would take after the last.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from clearprop.runs.run import Run
from clearprop.shown import Shown
from clearprop.training.reference import ReferenceEngine
from clearprop.training.step_numbers import StepNumbers
from clearprop.training.symptoms import Remark, remarks
from clearprop.training.threads import threads
from clearprop.training.vital_signs import LayerSigns, sample_of, vital_signs


@dataclass(frozen=True)
class Health(Shown):
    """The signs of every layer after S updates, and what is wrong; `rows` were looked at.

    `broke` is the sentence on the first number that was not finite, where that ended the training.
    """

    run: Run
    step: int
    layers: tuple[LayerSigns, ...]
    remarks: tuple[Remark, ...]
    rows: str
    broke: str | None = None

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in sentences; none for a healthy network."""
        broke = [f"{self.broke}; a smaller rate may help."] if self.broke else []
        return [*(sentence[0].upper() + sentence[1:] for sentence in broke),
                *(remark.sentence for remark in self.remarks)]  # fmt: skip

    def __repr__(self) -> str:
        wrong = f"{len(self.sentences)} remarks" if self.sentences else "nothing wrong"
        return f"<Health of {self.run.name} after step {self.step:,}: {wrong}>"

    def __rich__(self) -> Any:
        # by name: the renderers lie below the runs, and a print of data is theirs
        return import_module("clearprop.render.health_text").health_page(self)


def health_at(run: Run, step: int) -> Health:
    """Return the health of a run after some number of updates; raises what `Run.at` does."""
    state, plan = run.at(step).state, run.replay.plan
    sample = sample_of(plan.job)
    products = ReferenceEngine(plan.job, plan.shape.arithmetic).products
    with threads(run.settings.threads):
        signs = vital_signs(StepNumbers(plan.job, state, products), sample)
    outcome = run.outcome
    broke = outcome.note if outcome.status == "diverged" and step == outcome.steps else None
    return Health(run, step, signs, remarks(signs, step), sample.words, broke)
