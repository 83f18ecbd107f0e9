"""How fast clearprop trains, beside its peers and the limit: `python -m benchmarks`.

In the order the data passes: `workloads` (what is done), `peers/` (who does it), `worker` (one
process for each), `oracle` (whether they computed the right thing), `measure` (rounds in turn),
`growth`, `startup` and `recording` (the other questions), `targets` (what was promised), `report`
and `picture` (what is written to docs/).
"""
