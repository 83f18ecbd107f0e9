"""A module of one's own with dropout, groups of parameters, and a functional loss."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(13)
data = torch.randn(120, 6)
wanted = (data.sum(1) > 0).float()


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Linear(6, 12)
        self.middle = nn.Sequential(
            nn.Linear(12, 12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 12)
        )
        self.scale = nn.Parameter(torch.ones(12))
        self.leave = nn.Linear(12, 1)

    def forward(self, x):
        h = torch.tanh(self.enter(x))
        h = h + self.scale * self.middle(h)
        return self.leave(h).squeeze(1)


model = Residual()
optimizer = torch.optim.RMSprop(
    [
        {"params": model.enter.parameters(), "lr": 0.002},
        {"params": [*model.middle.parameters(), model.scale, *model.leave.parameters()]},
    ],
    lr=0.005,
    momentum=0.5,
)

for _ in range(3):
    model.train()
    for start in range(0, 120, 24):
        output = model(data[start : start + 24])
        loss = F.binary_cross_entropy_with_logits(output, wanted[start : start + 24])
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
