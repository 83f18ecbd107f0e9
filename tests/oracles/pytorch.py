"""The same step by PyTorch's own functions and its autograd, in float64.

Knows clearprop's losses by their definitions: huber and binary_cross_entropy are summed over the
outputs, mean_* averaged; `reduction` joins the examples.
"""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
F = torch.nn.functional

torch.set_num_threads(1)

ACTIVATIONS = {
    "identity": lambda z, constants: z,
    "sigmoid": lambda z, constants: torch.sigmoid(z),
    "tanh": lambda z, constants: torch.tanh(z),
    "relu": lambda z, constants: torch.relu(z),
    "leaky_relu": lambda z, constants: F.leaky_relu(z, constants.get("leaky_relu_slope", 0.01)),
    "elu": lambda z, constants: F.elu(z, constants.get("elu_alpha", 1.0)),
    "gelu": lambda z, constants: F.gelu(z),
    "silu": lambda z, constants: F.silu(z),
    # from its threshold on, 20 unless told, PyTorch takes z for softplus(z): 2e-9 off
    "softplus": lambda z, constants: F.softplus(z, threshold=40),
    "softmax": lambda z, constants: torch.softmax(z, dim=1),
}


def losses(name, z, a, y, constants):
    """Return the loss of each example, shape (m,)."""
    match name:
        case "squared_error":
            return F.mse_loss(a, y, reduction="none").sum(1)
        case "half_squared_error":
            return 0.5 * F.mse_loss(a, y, reduction="none").sum(1)
        case "mean_squared_error":
            return F.mse_loss(a, y, reduction="none").mean(1)
        case "mean_absolute_error":
            return F.l1_loss(a, y, reduction="none").mean(1)
        case "huber":
            delta = constants.get("huber_delta", 1.0)
            return F.huber_loss(a, y, reduction="none", delta=delta).sum(1)
        case "binary_cross_entropy":
            return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1)
        case "cross_entropy":
            return F.cross_entropy(z, y, reduction="none")
    raise KeyError(name)


class Model:
    """A network's parameters as tensors, its loss, and slopes by autograd."""

    def __init__(self, lesson):
        self.network, self.learning = lesson.network, lesson.learning
        parameters = lesson.parameters
        self.weights = [tensor(w).requires_grad_() for w in parameters.weights]
        self.biases = [None if b is None else tensor(b).requires_grad_() for b in parameters.biases]
        self.x, self.y = tensor(lesson.x), tensor(lesson.y)

    def forward(self, weights=None, masks=None):
        """Return z and a of all layers and the loss; sample weights and dropout's masks by hand."""
        z, a = [], [self.x]
        for layer in self.network.layer_numbers:
            sent = a[-1] * tensor((masks or {}).get(layer - 1, 1.0))
            z.append(F.linear(sent, self.weights[layer - 1], self.biases[layer - 1]))
            z[-1].requires_grad_().retain_grad()
            a.append(ACTIVATIONS[self.network.activation(layer)](z[-1], self.network.constants))
        each = losses(self.learning.loss, z[-1], a[-1], self.y, self.learning.constants)
        if weights is None:
            return z, a, getattr(each, self.learning.reduction)()
        total = (tensor(weights) * each).sum()
        return z, a, total / weights.sum() if self.learning.reduction == "mean" else total

    def vector(self, of=lambda tensor: tensor):
        """Return something of all parameters as a flat array, in clearprop's order."""
        pieces = []
        for weights, biases in zip(self.weights, self.biases, strict=True):
            pieces.append(of(weights).reshape(-1))
            pieces += [] if biases is None else [of(biases)]
        return torch.cat(pieces).detach().numpy()

    def groups(self, decay):
        """Return the parameters as an optimizer takes them: weights decay, biases do not."""
        biases = [b for b in self.biases if b is not None]
        return [
            {"params": self.weights, "weight_decay": decay},
            {"params": biases, "weight_decay": 0.0},
        ][: 2 if biases else 1]


def tensor(array):
    return torch.tensor(array, dtype=torch.float64)
