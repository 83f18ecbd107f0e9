"""safetensors, PyTorch's files and JSON hold all of a run, and the first two come back."""

import json
from collections import OrderedDict

import numpy as np
import pytest
from safetensors import safe_open

import clearprop as cp
from clearprop.data.encoding import Encoding
from clearprop.errors import RunError, SettingError
from clearprop.interop.exchange.models import model_of
from clearprop.interop.exchange.reading import network_from
from clearprop.interop.exchange.scaling import unscaled
from clearprop.runs.manifest import network_from as network_of_json
from interop.trained import Case, cases, rows, trained

MIXED = Case("leaky_relu", "three", "mixed", False, 7)
CASES = [MIXED, *cases()[::11]]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("format", ["safetensors", "torch"])
def test_a_file_comes_back_as_the_network_with_its_scaling(case, format, tmp_path, request):
    if format == "torch":
        request.getfixturevalue("torch")
    run = trained(case)
    path = tmp_path / {"safetensors": "m.safetensors", "torch": "m.pt"}[format]
    assert run.export(format, path) == path.read_bytes()
    found = network_from(path)
    expected = unscaled(run.parameters, run.encoding, "the run")
    assert found.network == expected.network
    assert found.vector.tolist() == expected.vector.tolist()


def test_safetensors_has_the_runs_own_tensors_and_words(tmp_path):
    run = trained(MIXED)
    cp.export(run, "safetensors", tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        assert set(file.keys()) == {"W1", "W2", "W3", "b1", "b2", "b3"}
        assert (file.get_tensor("W1") == run.parameters.weights[0]).all()
        words = json.loads(file.metadata()["clearprop"])
    assert Encoding.from_json(json.loads(words["encoding"])) == run.encoding
    assert network_of_json(json.loads(words["network"])) == run.network


def test_torch_loads_the_file_without_running_anything_and_builds_the_module(tmp_path, torch):
    run = trained(MIXED)
    cp.export(run, "torch", tmp_path / "m.pt")
    content = torch.load(tmp_path / "m.pt", weights_only=True)
    module = eval(content["build"], {"nn": torch.nn, "OrderedDict": OrderedDict}).double()
    module.load_state_dict(content["state_dict"])
    x = run.encoding.inputs(run.frame(rows(MIXED)))
    with torch.no_grad():
        found = module(torch.from_numpy(np.array(x))).numpy()
    np.testing.assert_allclose(found, run.predict_probabilities(rows(MIXED)), atol=1e-12)


def test_json_has_plain_values_that_read_back_to_the_bit():
    run = trained(MIXED)
    values = json.loads(cp.export(run, "json"))
    assert values["name"] == run.name
    network = network_of_json(values["network"])
    assert network == run.network
    parameters = cp.Parameters.of(network, **values["parameters"])
    assert parameters.vector.tolist() == run.parameters.vector.tolist()
    assert Encoding.from_json(values["encoding"]) == run.encoding


def test_the_numbers_keep_the_type_of_the_training(tmp_path):
    run = cp.train("xor", hidden=[3], epochs=2, dtype="float32")
    run.export("safetensors", tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        assert file.get_tensor("W1").dtype == np.float32


# --- what is refused -----------------------------------------------------------------------------


def sentence(path, error=SettingError):
    with pytest.raises(error) as raised:
        network_from(path)
    return str(raised.value).replace(str(path), "FILE")


def test_weights_without_a_network_are_refused_with_a_way_out(tmp_path, torch):
    from safetensors.numpy import save_file

    save_file({"fc.weight": np.ones((2, 2))}, tmp_path / "m.safetensors")
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "m.pt")
    for path in (tmp_path / "m.safetensors", tmp_path / "m.pt"):
        assert sentence(path) == (
            "FILE holds weights, but not which activations stand between them; in Python, build the"
            " module and give it to cp.from_torch, or write the network as ONNX"
        )


def test_a_whole_module_is_not_unpickled(tmp_path, torch):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "m.pt")
    assert sentence(tmp_path / "m.pt") == (
        "FILE holds a whole module as a program; load it in Python and give it to cp.from_torch"
    )


def test_damaged_files_are_refused(tmp_path, torch):
    (tmp_path / "m.pt").write_bytes(b"no")
    assert sentence(tmp_path / "m.pt") == "FILE is no file of PyTorch, or is damaged"
    (tmp_path / "m.safetensors").write_bytes(b"no")
    assert sentence(tmp_path / "m.safetensors", RunError) == "FILE is truncated or damaged"
    assert sentence(tmp_path / "none.pt") == "FILE cannot be read: No such file or directory"


def test_the_encoding_of_a_damaged_file_is_said(tmp_path, torch):
    run = trained(MIXED)
    content = model_of(run)
    run.export("torch", tmp_path / "m.pt")
    values = torch.load(tmp_path / "m.pt", weights_only=True)
    values["network"] = values["network"].replace("softmax", "softmix")
    torch.save(values, tmp_path / "m.pt")
    assert sentence(tmp_path / "m.pt", RunError).startswith(
        "FILE is damaged: unknown activation 'softmix'"
    )
    assert content.network.activations[-1] == "softmax"
