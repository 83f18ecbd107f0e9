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
# # Learning handwritten digits
#
# 1,797 images of 8 × 8 pixels, ten classes. A quarter of them is held out, and the network never
# learns from those.

# %%
import clearprop as cp

run = cp.train("digits", hidden=[32], seed=0)
run

# %% [markdown]
# What it takes for what, among the images that were held out:

# %%
run.evaluate()

# %% [markdown]
# The run predicts rows of data like those it learnt from: a frame, a file, an array.

# %%
images = run.data().frame
run.predictions(images[:3])[["prediction", "probability_0", "probability_1", "probability_2"]]

# %% [markdown]
# Every step of the training can be brought back, bit for bit. This is the network after 100 of its
# steps, on its way:

# %%
run.at(100)

# %% [markdown]
# And any number of it can be worked out in full. Row 5 of the data, and the delta of its class:

# %%
step = cp.trace(run.lesson(example=5))
print(cp.document(step, explain="δ2[5]"))

# %% [markdown]
# Is the network well? Norms, dead and saturated units of each layer:

# %%
run.health()
