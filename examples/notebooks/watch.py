# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Watch my PyTorch loop
#
# A training loop that knows nothing of clearprop: a module, an optimizer, a loss, batches in an
# order of its own. One line around it, and every update of every weight can be asked for.

# %%
import torch
from sklearn.datasets import load_iris
from torch import nn

import clearprop as cp

flowers = load_iris()
x = torch.tensor(flowers.data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = torch.tensor(flowers.target)

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
loss_of = nn.CrossEntropyLoss()
model

# %% [markdown]
# The one line is the `with`. The loop comes to the same bits as without it.

# %%
with cp.torch.watch(model, optimizer, loss_of) as run:
    for _ in range(40):
        for rows in torch.randperm(len(x)).split(30):
            optimizer.zero_grad()
            loss_of(model(x[rows]), y[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.2)
            optimizer.step()
        schedule.step()

run

# %% [markdown]
# One update, with every number: which flowers asked for how much, how the gradient was clipped,
# what Adam carried, and the rate that the schedule had come to.

# %%
run.explain("W1[3,2]", at=110)

# %% [markdown]
# The names of PyTorch are understood as well, and the new value is the one that PyTorch came to, to
# the bit:

# %%
explained = run.explain("0.weight[3,2]", at=199)
explained.new_value, model[0].weight[3, 2].item()

# %% [markdown]
# What did each flower add to this weight over the whole training?

# %%
run.ledger("W1[3,2]")

# %% [markdown]
# And when was the loss below a tenth for the first time?

# %%
run.find("loss < 0.1")
