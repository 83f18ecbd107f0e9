"""The files of a run's folder: run.json and what lies beside it.

    run.json                 all that is not an array: the keys of `manifest` below
    checkpoints/             whole states, by step (`checkpoints.py`)
    history/                 while it is trained: the history so far (`growing.py`)
    parameters.safetensors   W1, b1, W2, … (`tensors.py`)
    split.safetensors        which row fell in which part
    history.parquet          one row per epoch: epoch, step, loss, held_out_loss, score
    loss.svg                 the loss curve, for people

`run.json` names every other file with its SHA-256, but for those in the two folders, which carry
their own: damage is found, not computed with. Numbers are written so that they read back to the
same float64.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any

from clearprop.data.encoding import Encoding
from clearprop.data.kinds import KINDS
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.runs.branch import BRANCH, branch_from, branch_json
from clearprop.runs.checkpoints import checkpoint_bytes, file_name
from clearprop.runs.folder import CHECKPOINTS, GROWING, HISTORY, MANIFEST, PARAMETERS, SPLIT
from clearprop.runs.growing import part_bytes
from clearprop.runs.history import figures_of
from clearprop.runs.run import STATUSES, TRAINING, Outcome, Run
from clearprop.runs.source import source_from
from clearprop.runs.tensors import parameter_bytes, split_bytes
from clearprop.training.examples import PARTS
from clearprop.training.settings import settings_from

FORMAT = "clearprop run"
FORMAT_VERSIONS = (1, 2)  # 1 had neither checkpoints nor `made_with`
FORMAT_VERSION = FORMAT_VERSIONS[-1]
WATCHED, WATCHED_VERSION = "watched", 3  # kind and format of a watched PyTorch loop: `interop`
# what the entries of run.json are; `source.py` and `run.py` say what they mean
OUTCOME: Mapping[str, Any] = {
    **dict.fromkeys(("status", "created", "version", "engine", "engine_reason"), str),
    **dict.fromkeys(("epochs", "step", "steps"), int),
    "seconds": (int, float),
    "note": (str, NoneType),
}
MADE_WITH = dict.fromkeys(("python", "machine", "libraries", "products"), str)
DATA: Mapping[str, Any] = {
    **dict.fromkeys(("name", "target", "kind", "fingerprint"), str),
    **dict.fromkeys(("builtin", "path", "sample_weight"), (str, NoneType)),
    "rows": int,
    "drop": list,
    "impute": bool,
}
DATA_OF_FORKS: Mapping[str, Any] = {"left_out": list, "relabelled": dict}  # where there are any
NETWORK: Mapping[str, Any] = {
    **dict.fromkeys(("layers", "activations", "biases"), list),
    **dict.fromkeys(("names", "constants"), dict),
}
LEARNING: Mapping[str, Any] = {
    **dict.fromkeys(("loss", "reduction", "optimizer"), str),
    "constants": dict,
    "frozen": list,
}
SETTINGS: Mapping[str, Any] = {
    **dict.fromkeys(("epochs", "batch_size", "seed", "patience", "warmup", "threads"), int),
    **dict.fromkeys(("activation", "dtype", "initializer"), str),
    **dict.fromkeys(("schedule", "arithmetic", "engine"), str),
    **dict.fromkeys(("test_size", "validation_size", "dropout"), (int, float)),
    **dict.fromkeys(("decay_factor", "clip_norm"), (int, float, NoneType)),
    "decay_every": (int, NoneType),
    "hidden": list,
    "early_stopping": bool,
}
LATER_SETTINGS: Mapping[str, Any] = {
    "shuffle": bool,
    "stop_on": str,
    **dict.fromkeys(("penalty", "tolerance", "decay_power", "decay_scale"), (int, float)),
}


def run_files(run: Run) -> dict[str, bytes]:
    """Return the contents of all files of a run, by name."""
    files = {SPLIT: split_bytes(run.split, run.source.rows)}
    if run.outcome.status != TRAINING:
        files |= result_files(run)
    text = json.dumps(manifest(run, files), ensure_ascii=False, indent=2, allow_nan=False)
    return {**files, **sealed_files(run), MANIFEST: text.encode() + b"\n"}


def result_files(run: Run) -> dict[str, bytes]:
    """Return the files that a run has when its training is over."""
    history = io.BytesIO()
    run.history.write_parquet(history)
    return {
        PARAMETERS: parameter_bytes(run.parameters),
        HISTORY: history.getvalue(),
        **{name: picture.encode() for name, picture in run.pictures.items()},
    }


def sealed_files(run: Run) -> dict[str, bytes]:
    """Return the files that carry their own hashes: checkpoints, and a history that grows."""
    files = {}
    if run.checkpoints is not None:
        for found in run.checkpoints.whole(0, run.outcome.steps):
            files[f"{CHECKPOINTS}/{file_name(found.state.step)}"] = checkpoint_bytes(found)
    if run.outcome.status == TRAINING and len(run.history):
        files[f"{GROWING}/{file_name(1)}"] = part_bytes(figures_of(run.history))
    return files


def manifest(run: Run, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what `run.json` holds."""
    return {
        "format": FORMAT,
        "format_version": 1 if run.made_with is None else FORMAT_VERSION,
        "outcome": run.outcome.__dict__,
        "network": network_json(run.network),
        "learning": learning_json(run.learning),
        "settings": run.settings.json(),
        "init": run.init,
        **({} if run.branch is None else {"fork": branch_json(run.branch)}),
        **({} if run.made_with is None else {"made_with": dict(run.made_with)}),
        "data": run.source.json(),
        "scores": finite({part: dict(figures) for part, figures in run.scores.items()}),
        "encoding": run.encoding.to_json(),
        "files": {name: {"bytes": len(b), "sha256": sha256(b)} for name, b in files.items()},
    }


def parts_of_run(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a `Run` is made of, from the values of `run.json`; each part checks itself.

    Nothing has a default here: an entry that is missing is damage, not a wish.
    """
    for where, kinds in (
        ("network", NETWORK),
        ("learning", LEARNING),
        ("settings", {**SETTINGS, **of_later(values["settings"])}),
        ("outcome", OUTCOME),
        ("data", {**DATA, **of_forks(values["data"])}),
    ):
        check_values(where, values[where], kinds)
    if values["format_version"] != 1:
        check_values("made_with", values["made_with"], MADE_WITH)
    if values["outcome"]["status"] != TRAINING or values["scores"] != {}:
        check_scores(values["scores"])
    if "rate" not in values["learning"]["constants"]:
        raise ValueError("constants of learning have no rate")
    check_values("init", {"run": values["init"]}, {"run": (str, NoneType)})
    if "fork" in values:
        check_values("fork", values["fork"], BRANCH)
    check_outcome(values["outcome"])
    check_data(values["data"])
    settings = settings_from(values["settings"], learning_from(values["learning"]))
    if settings.json() != values["settings"]:  # a constant of the schedule, left out
        raise ValueError("settings lack a constant of the schedule")
    return {
        "settings": settings,
        "encoding": Encoding.from_json(values["encoding"]),
        "source": source_from(values["data"]),
        "outcome": Outcome(**values["outcome"]),
        "scores": values["scores"],
        "init": values["init"],
        "branch": branch_from(values["fork"]) if "fork" in values else None,
        "made_with": values.get("made_with"),
    }


def check_values(where: str, values: Any, kinds: Mapping[str, Any]) -> None:
    """Raise ValueError unless the values are those of the kinds, one of each."""
    if not isinstance(values, dict) or values.keys() != kinds.keys():
        raise ValueError(f"{where} must have the keys {', '.join(kinds)}")
    for name, kind in kinds.items():
        value = values[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{name} of {where} is {value!r}")


def of_forks(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kinds of the entries that only the data of forks have."""
    return {name: kind for name, kind in DATA_OF_FORKS.items() if name in data}


def of_later(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kinds of the settings that a run has only where they are not as they were."""
    return {name: kind for name, kind in LATER_SETTINGS.items() if name in settings}


def check_outcome(outcome: Mapping[str, Any]) -> None:
    """Raise ValueError unless the outcome is one that a training can have."""
    if outcome["status"] not in STATUSES:
        raise ValueError(f"status of outcome is {outcome['status']!r}")
    for name in ("epochs", "step", "steps", "seconds"):
        if outcome[name] < 0:
            raise ValueError(f"{name} of outcome is {outcome[name]}")
    if datetime.fromisoformat(outcome["created"]).tzinfo is None:
        raise ValueError(f"created of outcome is {outcome['created']!r}, without a time zone")


def check_data(data: Mapping[str, Any]) -> None:
    """Raise ValueError unless the data are of a known kind, and columns left out are names."""
    if data["kind"] not in KINDS:
        raise ValueError(f"kind of data is {data['kind']!r}")
    if not all(isinstance(name, str) for name in data["drop"]):
        raise ValueError(f"drop of data is {data['drop']!r}")


def check_scores(scores: Any) -> None:
    """Raise ValueError unless the scores are figures of parts, the training part among them."""
    if not isinstance(scores, dict) or "train" not in scores or not scores.keys() <= set(PARTS):
        raise ValueError(f"scores must be of the parts {', '.join(PARTS)}")
    for part, figures in scores.items():
        kinds = dict.fromkeys(figures, (int, float, NoneType))
        check_values(f"scores of {part}", figures, {**kinds, "rows": int})


def network_json(network: Network) -> dict[str, Any]:
    """Return an architecture as plain values."""
    return {
        "layers": list(network.layers),
        "activations": list(network.activations),
        "biases": list(network.biases),
        "names": dict(network.names),
        "constants": dict(network.constants),
    }


def network_from(values: Mapping[str, Any]) -> Network:
    """Return the architecture that `network_json` gave."""
    return Network(**values)


def learning_json(learning: Learning) -> dict[str, Any]:
    """Return loss and update rule as plain values."""
    return {
        "loss": learning.loss,
        "reduction": learning.reduction,
        "optimizer": learning.optimizer,
        "constants": dict(learning.constants),
        "frozen": list(learning.frozen),
    }


def learning_from(values: Mapping[str, Any]) -> Learning:
    """Return the loss and update rule that `learning_json` gave."""
    return Learning(**{**values, "frozen": tuple(values["frozen"])})


def finite(value: Any) -> Any:
    """Return a value with null for each number that is not finite: JSON has none."""
    if isinstance(value, dict):
        return {name: finite(entry) for name, entry in value.items()}
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return None
    return value


def sha256(content: bytes) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
