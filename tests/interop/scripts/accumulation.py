"""Gradients added up over four batches, clipped, with a schedule for the rate."""

import torch
from torch import nn

torch.manual_seed(7)
inputs = torch.randn(192, 10)
targets = (inputs @ torch.randn(10, 1)).tanh()
model = nn.Sequential(nn.Linear(10, 20), nn.GELU(), nn.Linear(20, 1))
criterion = nn.SmoothL1Loss()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.05)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=24)
steps_to_add_up = 4

for _ in range(4):
    optimizer.zero_grad()
    for number, start in enumerate(range(0, 192, 8)):
        output = model(inputs[start : start + 8])
        loss = criterion(output, targets[start : start + 8]) / steps_to_add_up
        loss.backward()
        if (number + 1) % steps_to_add_up == 0:
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.05)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
