"""PyTorch's modules become networks and networks modules, with the same weights and outputs."""

from collections import OrderedDict

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.training.scoring import outputs_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
nn = torch.nn
prune = pytest.importorskip("torch.nn.utils.prune")


def drawn(network, dtype="float64"):
    vector = np.random.default_rng(4).normal(size=network.parameter_count)
    return cp.Parameters(network, vector.astype(dtype))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", ["identity", "softmax"])
def test_a_network_and_its_module_give_the_same_and_are_each_others(activation, output):
    network = cp.Network(
        [3, 5, 4, 2], [activation, activation, output], [True, False, True],
        names={"h1_1": "edge"}, constants={"leaky_relu_slope": 0.3, "elu_alpha": 0.7},
    )  # fmt: skip
    parameters = drawn(network)
    module = network.to_torch(parameters)
    x = np.random.default_rng(5).normal(0, 3, (40, 3))
    with torch.no_grad():
        found = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, outputs_of(parameters, x), rtol=1e-12, atol=1e-12)
    back = cp.from_torch(module)
    assert back.vector.tolist() == parameters.vector.tolist()
    owners = {"leaky_relu": "leaky_relu_slope", "elu": "elu_alpha"}
    used = (
        {owners[activation]: network.constants[owners[activation]]} if activation in owners else {}
    )
    assert back.network == cp.Network(
        network.layers, network.activations, network.biases, network.names, used
    )


def test_a_module_has_weights_of_its_own_in_the_networks_dtype():
    network = cp.Network([2, 1])
    parameters = drawn(network, "float32")
    module = network.to_torch(parameters)
    assert module.layer1.weight.dtype == torch.float32
    with torch.no_grad():
        module.layer1.weight.zero_()
    assert parameters.weights[0].all()
    module.layer1(torch.ones(1, 2)).sum().backward()
    assert module.layer1.weight.grad is not None


def test_parameters_of_another_network_are_refused():
    with pytest.raises(SettingError) as raised:
        cp.Network([2, 2]).to_torch(drawn(cp.Network([2, 1])))
    assert str(raised.value) == "the parameters are those of another network; give this one's"
    with pytest.raises(SettingError) as raised:
        cp.Network([2, 1]).to_torch(None)
    assert str(raised.value) == (
        "to_torch takes the network's parameters, as run.parameters, not a NoneType"
    )


def test_a_module_goes_out_as_a_program():
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    program = {}
    exec(cp.export(cp.from_torch(module), "python"), program)
    expected = module(torch.tensor([[0.5, -2.0]], dtype=torch.float64)).tolist()[0]
    assert program["predict"]([0.5, -2.0]) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(SettingError, match=r"cp\.from_torch gives them\), not Sequential"):
        cp.export(module, "python")


def test_nested_modules_are_read_in_order():
    torch.manual_seed(1)
    body = nn.Sequential(nn.Linear(6, 4), nn.GELU(), nn.Dropout(0.2))
    module = nn.Sequential(
        nn.Flatten(), nn.Sequential(body), nn.Linear(4, 3), nn.Identity(), nn.Linear(3, 2)
    ).eval()
    parameters = cp.from_torch(module)
    assert parameters.network.layers == (6, 4, 3, 2)
    assert parameters.network.activations == ("gelu", "identity", "identity")
    x = torch.randn(10, 2, 3)
    with torch.no_grad():
        expected = module(x).numpy()
    found = outputs_of(parameters, x.reshape(10, 6).double().numpy())
    np.testing.assert_allclose(found, expected, atol=1e-6)


NAMED = {
    "named": lambda: nn.Sequential(
        OrderedDict(fc1=nn.Linear(2, 4), act=nn.LeakyReLU(0.2), out=nn.Linear(4, 1, bias=False))
    ),
    "numbered": lambda: nn.Sequential(
        nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1, bias=False)
    ),
    "nested": lambda: nn.Sequential(OrderedDict(
        enc=nn.Sequential(nn.Flatten(), nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Dropout(0.1)),
        head=nn.Linear(4, 1, bias=False),
    )).eval(),
}  # fmt: skip


@pytest.mark.parametrize("build", NAMED.values(), ids=NAMED)
def test_a_trained_module_goes_back_under_its_own_names(build):
    module = build()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    run = cp.train("moons", init=cp.from_torch(module), epochs=2)
    back = run.network.to_torch(run.parameters, like=module)
    assert list(back.state_dict()) == list(before)
    assert all(torch.equal(module.state_dict()[name], before[name]) for name in before)
    assert cp.from_torch(back).vector.tolist() == run.parameters.vector.astype("f4").tolist()
    module.load_state_dict(back.state_dict())
    assert cp.from_torch(module).vector.tolist() == cp.from_torch(back).vector.tolist()


@pytest.mark.parametrize(
    ("like", "sentence"),
    [
        (nn.Sequential(nn.Linear(2, 1), nn.Tanh()),
         ("`like` is Network([2, 1], activations=['tanh']), and the parameters are those of"
          " Network([2, 1], activations=['sigmoid'])")),
        (3, "from_torch takes a torch.nn.Module, not int"),
    ],
)  # fmt: skip
def test_names_of_another_network_are_refused(like, sentence):
    network = cp.Network([2, 1])
    with pytest.raises(SettingError) as raised:
        network.to_torch(drawn(network), like=like)
    assert str(raised.value) == sentence


def test_a_module_that_stands_at_several_places_counts_at_each():
    act, middle = nn.Tanh(), nn.Linear(3, 3)
    module = nn.Sequential(nn.Linear(2, 3), act, middle, act, middle, act)
    parameters = cp.from_torch(module)
    assert parameters.network.activations == ("tanh", "tanh", "tanh")
    with pytest.raises(SettingError, match="one Linear at several places"):
        parameters.network.to_torch(parameters, like=module)


def test_a_module_with_more_than_its_layers_weights_names_no_others():
    module = nn.Sequential(nn.Linear(2, 1))
    module.register_buffer("seen", torch.zeros(1))
    parameters = cp.from_torch(module)
    with pytest.raises(SettingError) as raised:
        parameters.network.to_torch(parameters, like=module)
    assert str(raised.value) == (
        "`like` holds more than the weights and biases of its Linear layers"
    )


@pytest.mark.parametrize("made", [
    lambda layer: prune.l1_unstructured(layer, "weight", 0.5), nn.utils.spectral_norm,
])  # fmt: skip
def test_a_layer_whose_weight_is_made_of_others_is_refused(made):
    layer = made(nn.Linear(3, 2))
    with pytest.raises(SettingError) as raised:
        cp.from_torch(nn.Sequential(layer))
    assert str(raised.value) == (
        "the module cannot be taken over: Linear '0' has a weight or bias that is made of others;"
        " make it lasting first (prune.remove, remove_weight_norm, remove_spectral_norm)"
    )


def test_a_pruned_layer_is_taken_when_that_is_lasting():
    layer = prune.remove(prune.l1_unstructured(nn.Linear(3, 2), "weight", 0.5), "weight")
    weights = cp.from_torch(nn.Sequential(layer)).weights[0]
    assert (weights == layer.weight.detach().numpy()).all()
    assert (weights == 0).sum() == 3


class Mine(nn.Module):
    def forward(self, x):
        return x * 2


def test_what_cannot_be_taken_is_named_layer_by_layer():
    module = nn.Sequential(
        nn.Linear(4, 4), nn.BatchNorm1d(4), nn.GELU(approximate="tanh"),
        nn.Sequential(nn.Dropout(0.5), Mine()), nn.Softmax(dim=0),
    )  # fmt: skip
    with pytest.raises(SettingError) as raised:
        cp.from_torch(module)
    assert str(raised.value) == (
        "the module cannot be taken over: BatchNorm1d '1' is neither Linear nor one of the"
        " activations; GELU '2' is not the exact one (approximate='none'); Dropout '3.0' is in"
        " training mode; call module.eval(); Mine '3.1' is neither Linear nor one of the"
        " activations; Softmax '4' is not over the units (dim=-1)"
    )


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (nn.Sequential(), "the module cannot be taken over: it has no layer of weights"),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 1)),
         "the module cannot be taken over: Tanh '0': it follows no layer of weights"),
        (nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Tanh()),
         "the module cannot be taken over: Tanh '2': it follows another activation"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 1)),
         "Linear '1' takes 2 inputs, but the layer before it has 3 units"),
        (nn.Sequential(nn.Linear(2, 1, dtype=torch.complex64)),
         "the module cannot be taken over: Linear '0' has complex numbers"),
        ([1, 2], "from_torch takes a torch.nn.Module, not list"),
        (Mine(),
         ("from_torch cannot know what the forward of Mine does; give it the nn.Sequential inside,"
          " or write the module as ONNX and take cp.from_onnx")),
    ],
)  # fmt: skip
def test_a_module_that_is_no_network_is_one_sentence(module, sentence):
    with pytest.raises(cp.ClearpropError) as raised:
        cp.from_torch(module)
    assert str(raised.value) == sentence


def test_a_single_linear_layer_is_a_network():
    assert cp.from_torch(nn.Linear(3, 2)).network == cp.Network([3, 2], "identity")
