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
# # One training step, every number of it
#
# A network with two inputs, one hidden unit and one output takes one step of gradient descent. It
# is small enough to be worked with a pencil, and that is how it is shown: forward pass, loss,
# backward pass, update.

# %%
import clearprop as cp

step = cp.trace()
step

# %% [markdown]
# Any number of the step can be asked for by its name. It is the number that the engine computes,
# with all its digits.

# %%
step["dL/dw3"].value

# %% [markdown]
# Why is it that? The derivation is closed down to what was given, inputs, target and weights:

# %%
print(cp.document(step, explain="dL/dw1"))

# %% [markdown]
# A central difference beside each gradient checks the chain rule without using it: move the weight
# a little both ways, and see what the loss does.

# %%
checked = cp.trace(verify=True)
gradient = checked["dL/dw1"]
gradient.value, gradient.difference

# %% [markdown]
# The same cycle again and again, and the network learns. Here are a thousand steps, and the loss
# before and after them:

# %%
trained = cp.trace(steps=1000)
step.loss, trained.new_loss

# %% [markdown]
# The same with numbers of your own. Whatever stands on the last line of a cell is drawn: here a
# network, and what it starts from.

# %%
network = cp.Network([2, 2, 1], activations=["tanh", "sigmoid"], biases=False)
mine = cp.Lesson(
    cp.Parameters.of(network, weights=[[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6]]]),
    x=[[1, 2]],
    y=[[1]],
    learning=cp.Learning("binary_cross_entropy", constants={"rate": 0.5}),
)
mine

# %%
cp.trace(mine)
