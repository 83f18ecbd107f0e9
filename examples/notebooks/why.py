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
# # Why is this weight what it is?
#
# A trained network makes a mistake. Which weight misled it, and which training images made that
# weight what it is? Nothing here is estimated: a run can be replayed bit for bit, so what each
# image added is known.

# %%
import clearprop as cp

run = cp.train("digits", hidden=[32], seed=0)
blame = run.blame()
blame

# %% [markdown]
# The ledger of a weight is like a bank statement. The weight opens with what it was drawn as; each
# training image adds what its gradients asked for, over all epochs; weight decay takes its share.
# Opening and entries make the closing value.

# %%
ledger = run.ledger(blame.weight)
ledger

# %% [markdown]
# It does add up:

# %%
ledger.opening + ledger.frame["amount"].sum(), ledger.closing

# %% [markdown]
# By class, it shows which digits the weight has learnt to tell apart:

# %%
run.ledger(blame.weight, by="class")

# %% [markdown]
# When did it cross -0.5 for the first time?

# %%
crossing = run.find(f"{blame.weight} < -0.5")
crossing

# %% [markdown]
# One single update, with every number: the gradient as a sum over the images of the batch, then the
# update rule (Adam, here) with what it carried.

# %%
run.explain(blame.weight, at=crossing.step - 1)

# %% [markdown]
# And what if the image that pushed hardest had never been seen? A fork leaves the run at its start,
# goes on without that image, and is compared with the run. First the weight with it and without it:

# %%
hardest = blame.makers["row"][0]
without = run.fork(0, drop_examples=[hardest])
[float(each.parameters.weights[1][1, 14]) for each in (run, without)]

# %% [markdown]
# The two runs part at the first step that takes the image, and not before:

# %%
run.diff(without)
