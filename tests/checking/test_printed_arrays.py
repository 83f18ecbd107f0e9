"""Arrays as programs and answers have them: each session below is of one and the same step."""

import pytest

from clearprop.checking.marking import check

JULIA = """julia> x = [0.3, 0.8]; t = [0.2, 0.9]; η = 0.5
julia> W¹ = [0.25 -0.4; 0.7 0.1]; b¹ = [0.2, -0.1]
julia> W² = [0.5 0.6; -0.3 0.9]; b² = [0.1, 0.3]
julia> z¹ = W¹ * x + b¹
[-0.0450, 0.1900]
julia> a¹ = σ.(z¹)
[0.4888, 0.5474]
julia> z² = W² * a¹ + b²
[0.6728, 0.6460]
julia> a² = σ.(z²)
[0.6621, 0.6561]
julia> E = sum((t .- a²).^2) / 2
0.1365
julia> δ² = (a² .- t) .* a² .* (1 .- a²)
[0.1034, -0.0550]
julia> δ¹ = (W²' * δ²) .* a¹ .* (1 .- a¹)
[0.0170, 0.0031]
julia> W² = W² - η * δ² * a¹'
[0.4747 0.5717; -0.2866 0.9151]
"""
R = """> x <- c(0.3, 0.8)
> t <- c(0.2, 0.9)
> W1 <- matrix(c(0.25, 0.7, -0.4, 0.1), 2, 2)
> b1 <- c(0.2, -0.1)
> W2 <- rbind(c(0.5, 0.6), c(-0.3, 0.9))
> b2 <- c(0.1, 0.3)
> eta <- 0.5
> sigmoid <- function(z) 1 / (1 + exp(-z))
> z1 <- W1 %*% x + b1
> a1 <- sigmoid(z1); a1
       [,1]
[1,] 0.4888
[2,] 0.5474
> a2 <- sigmoid(W2 %*% a1 + b2)
> a2
[1] 0.6621 0.6561
> E <- 0.5 * sum((t - a2)^2); E
[1] 0.1365
> delta2 <- (a2 - t) * a2 * (1 - a2); delta2
[1] 0.1034 -0.0550
> delta1 <- (t(W2) %*% delta2) * a1 * (1 - a1); delta1
[1] 0.0170 0.0031
> W2 <- W2 - eta * delta2 %*% t(a1); W2
        [,1]   [,2]
[1,]  0.4747 0.5717
[2,] -0.2866 0.9151
"""
TENSORS = """x = tensor([0.3, 0.8])
t = tensor([0.2, 0.9])
W1 = tensor([[0.25, -0.4], [0.7, 0.1]])
b1 = tensor([0.2, -0.1])
W2 = tensor([[0.5, 0.6],
        [-0.3, 0.9]])
b2 = tensor([0.1, 0.3])
h = sigmoid(W1 @ x + b1) = tensor([0.4888, 0.5474])
y = sigmoid(W2 @ h + b2) = tensor([0.6621, 0.6561])
loss = 0.5 * ((y - t) ** 2).sum() = tensor(0.1365)
b2.grad = tensor([ 0.1034, -0.0550])
W2.grad = tensor([[ 0.0505,  0.0566],
        [-0.0269, -0.0301]])
"""
JSON = """{"inputs": [0.3, 0.8], "targets": [0.2, 0.9], "learning_rate": 0.5,
 "W1": [[0.25, -0.4], [0.7, 0.1]], "b1": [0.2, -0.1],
 "W2": [[0.5, 0.6], [-0.3, 0.9]], "b2": [0.1, 0.3],
 "forward": {"z1": [-0.0450, 0.1900], "a1": [0.4888, 0.5474],
  "z2": [0.6728, 0.6460], "a2": [0.6621, 0.6561]},
 "loss": 0.1365,
 "backward": {"delta2": [0.1034, -0.0550], "delta1": [0.0170, 0.0031]},
 "gradients": {"W2": [[0.0505, 0.0566], [-0.0269, -0.0301]]},
 "updated": {"W2": [[0.4747, 0.5717], [-0.2866, 0.9151]], "b2": [0.0483, 0.3275]}}
"""
SESSIONS = {"julia": JULIA, "R": R, "tensors": TENSORS, "JSON": JSON}


@pytest.mark.parametrize("name", SESSIONS)
def test_every_printed_array_is_marked(name: str) -> None:
    marks = {judgement.mark for judgement in check(SESSIONS[name]).judgements}
    assert marks <= {"right", "rounding"}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_delta_without_the_slope_is_named(name: str) -> None:
    text = SESSIONS[name].replace("0.1034", "0.4621").replace("-0.0550", "-0.2439")
    first = next(j for j in check(text).judgements if j.mark == "wrong")
    assert "0.4621" in text.splitlines()[first.line - 1] or "-0.2439" in first.text
    assert first.mistakes[0] == "derivative_forgotten"


BARE = """Two inputs, two sigmoid units, two sigmoid outputs. E = 1/2 sum (t - a2)^2, lr = 0.5

x = [0.3 0.8]
t = [0.2 0.9]
W1 = [[0.25 -0.4]
      [0.7   0.1]]
b1 = [0.2 -0.1]
W2 = [[ 0.5 0.6]
      [-0.3 0.9]]
b2 = [0.1 0.3]
a1 = [0.4888 0.5474]
a2 = [0.6621 0.6561]
E = 0.1365
delta2 = [ 0.1034 -0.0550]
delta1 = [0.0170 0.0031]
W2 (new) = [[ 0.4747  0.5717]
            [-0.2866  0.9151]]
"""


def test_printed_arrays_without_formulas_are_marked() -> None:
    report = check(BARE)
    assert report.lesson is not None
    assert {j.mark for j in report.judgements if j.line > 1} == {"right"}
    transposed = BARE.replace("0.0170 0.0031", "0.0047 -0.0199")
    first = next(j for j in check(transposed).judgements if j.mark == "wrong")
    assert (first.line, first.mistakes[0]) == (15, "weights_transposed")
