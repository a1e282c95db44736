"""Writes losses.jsonl: PyTorch's losses and their gradients by the prediction, in double precision.

    pip install torch && python losses.py

One case per line: its name, the prediction, the value and the gradient. Everything else about a case
(targets, weights, options) stands in tests/losses.rs under the same name.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

A = [[0.5, -1.25, 2.0], [3.5, 0.75, -0.125], [0.0, 1.0, -4.0], [0.3, 0.3, 0.2]]
T = [[1.0, -1.0, 2.0], [0.5, 0.25, -1.125], [0.0, -1.0, -1.0], [2.3, 0.1, 0.6]]
P = [[0.7, 0.2, 0.1], [0.25, 0.5, 0.25], [0.05, 0.05, 0.9], [0.99, 0.003, 0.007]]
Y = [[1.0, 0.0, 0.0], [0.0, 0.3, 0.9], [0.25, 0.5, 1.0], [0.0, 1.0, 1.0]]
D = [[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8], [0.0, 0.4, 0.6]]
FAR = [[1000.0, -1000.0, 0.0], [-1000.0, 40.0, 0.0], [0.0, 1000.0, 999.0], [-40.0, -41.0, 30.0]]
CLASSES = [0, 2, 1, 2]
WEIGHTS = [0.5, 2.0, 1.25]

t, y, d = torch.tensor(T), torch.tensor(Y), torch.tensor(D)
c, w = torch.tensor(CLASSES), torch.tensor(WEIGHTS)
ignoring = dict(ignore_index=2)

CASES = [
    ("mse", A, lambda a: F.mse_loss(a, t)),
    ("mse, sum", A, lambda a: F.mse_loss(a, t, reduction="sum")),
    ("mae", A, lambda a: F.l1_loss(a, t)),
    ("huber, 1", A, lambda a: F.huber_loss(a, t)),
    ("huber, 0.6", A, lambda a: F.huber_loss(a, t, delta=0.6)),
    ("smooth_l1, 1", A, lambda a: F.smooth_l1_loss(a, t)),
    ("smooth_l1, 2.5", A, lambda a: F.smooth_l1_loss(a, t, beta=2.5)),
    ("smooth_l1, 0", A, lambda a: F.smooth_l1_loss(a, t, beta=0.0)),
    ("bce", P, lambda p: F.binary_cross_entropy(p, y)),
    ("bce, sum", P, lambda p: F.binary_cross_entropy(p, y, reduction="sum")),
    ("bce_with_logits", A, lambda a: F.binary_cross_entropy_with_logits(a, y)),
    ("bce_with_logits, far", FAR, lambda a: F.binary_cross_entropy_with_logits(a, y)),
    ("bce_with_logits, a weight", A, lambda a: F.binary_cross_entropy_with_logits(a, y, pos_weight=torch.tensor(9.0))),
    ("bce_with_logits, weights, sum", A, lambda a: F.binary_cross_entropy_with_logits(a, y, pos_weight=w, reduction="sum")),
    ("cross_entropy", A, lambda a: F.cross_entropy(a, c)),
    ("cross_entropy, far", FAR, lambda a: F.cross_entropy(a, c)),
    ("cross_entropy, sum", A, lambda a: F.cross_entropy(a, c, reduction="sum")),
    ("cross_entropy, weights", A, lambda a: F.cross_entropy(a, c, weight=w)),
    ("cross_entropy, smoothing", A, lambda a: F.cross_entropy(a, c, label_smoothing=0.1)),
    ("cross_entropy, weights, smoothing", A, lambda a: F.cross_entropy(a, c, weight=w, label_smoothing=0.3)),
    ("cross_entropy, ignoring", A, lambda a: F.cross_entropy(a, c, **ignoring)),
    ("cross_entropy, all", A, lambda a: F.cross_entropy(a, c, weight=w, label_smoothing=0.3, **ignoring)),
    ("cross_entropy_with", A, lambda a: F.cross_entropy(a, d)),
    ("cross_entropy_with, far", FAR, lambda a: F.cross_entropy(a, d)),
    ("cross_entropy_with, weights, smoothing", A, lambda a: F.cross_entropy(a, d, weight=w, label_smoothing=0.3)),
    ("nll", P, lambda p: F.nll_loss(p.log(), c)),
    ("nll, weights, ignoring", P, lambda p: F.nll_loss(p.log(), c, weight=w, **ignoring)),
    ("nll, weights, sum", P, lambda p: F.nll_loss(p.log(), c, weight=w, reduction="sum")),
    ("kl_divergence", P, lambda p: F.kl_div(p.log(), d, reduction="batchmean")),
    ("multi_hinge", A, lambda a: F.multi_margin_loss(a, c)),
    ("multi_hinge, margin, sum", A, lambda a: F.multi_margin_loss(a, c, margin=0.5, reduction="sum")),
]

with open(Path(__file__).with_name("losses.jsonl"), "w") as file:
    for name, prediction, loss in CASES:
        x = torch.tensor(prediction, requires_grad=True)
        value = loss(x)
        value.backward()
        case = dict(name=name, x=prediction, value=value.item(), gradient=x.grad.flatten().tolist())
        file.write(json.dumps(case) + "\n")
