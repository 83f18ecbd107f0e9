"""Loops for the tests: a model, its optimizer and its loss, trained with or without a watch."""

from contextlib import nullcontext

import torch
from torch import nn

import clearprop as cp

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd with decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.02),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
    "dampened": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.3),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, weight_decay=0.01),
    "rmsprop, centered, momentum": lambda p: torch.optim.RMSprop(
        p, lr=0.01, momentum=0.7, centered=True
    ),
    "rmsprop, centered": lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adam with decay": lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.05),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.02, amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1),
}
torch.set_num_threads(1)


def setting(optimizer="sgd", dtype=torch.float64, model=None):
    """Return a model, its optimizer, a loss and data, always the same."""
    torch.manual_seed(1)
    model = model or nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    model = model.to(dtype)
    x, y = torch.randn(40, 4, dtype=dtype), torch.randint(0, 3, (40,))
    make = OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer
    return model, make(model.parameters()), nn.CrossEntropyLoss(), x, y


def plain_epoch(model, optimizer, loss, x, y):
    """Take some steps with batches of 8."""
    for start in range(0, len(x), 8):
        optimizer.zero_grad()
        loss(model(x[start : start + 8]), y[start : start + 8]).backward()
        optimizer.step()


def trained(optimizer="sgd", watched=True, epochs=3, epoch=plain_epoch, out=None, **options):
    """Train; return the model and, where it was watched, the run."""
    model, optimizer, loss, x, y = setting(optimizer, **options)
    watch = cp.torch.watch(model, optimizer, loss, out=out) if watched else nullcontext()
    with watch as run:
        for _ in range(epochs):
            epoch(model, optimizer, loss, x, y)
    return model, run


def bits(model):
    """Return the parameters and their gradients as bytes."""
    found = []
    for parameter in model.parameters():
        found.append(parameter.detach().numpy().tobytes())
        found.append(None if parameter.grad is None else parameter.grad.numpy().tobytes())
    return found
