"""Writes optimizers.tsv, schedules.tsv and clipping.tsv: what PyTorch does, in double precision.

    pip install torch && python optimizers.py

optimizers.tsv: a line per case: its name, then a field per step, the elements of both parameters.
`weight` has shape [2, 3], `bias` [3]; start and gradient are formulas that the test repeats.
schedules.tsv: name, then the rate of step 0, 1, ..; one_cycle has lines for momentum too.
clipping.tsv: name, the norm, the clipped elements.
"""

import math
import warnings
from pathlib import Path

import torch

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent
STEPS = 10


def start():
    weight = torch.tensor([[0.3 * (3 * i + j) - 0.7 for j in range(3)] for i in range(2)])
    bias = torch.tensor([0.5, -1.25, 2.0])
    return [p.requires_grad_() for p in (weight, bias)]


def gradient(p, t):
    """Of a fourth-degree polynomial whose minimum moves with the step."""
    with torch.no_grad():
        places = torch.arange(p.numel()).reshape(p.shape)
        return p * p * p - 1.5 * p + 0.25 * places - 0.1 * t


O = torch.optim
CASES = {
    "sgd": lambda ps: O.SGD(ps, 0.1),
    "sgd, decay": lambda ps: O.SGD(ps, 0.1, weight_decay=0.2),
    "sgd, momentum": lambda ps: O.SGD(ps, 0.05, momentum=0.9),
    "sgd, momentum, dampening, decay": lambda ps: O.SGD(ps, 0.1, momentum=0.8, dampening=0.3, weight_decay=0.1),
    "sgd, nesterov, decay": lambda ps: O.SGD(ps, 0.05, momentum=0.9, nesterov=True, weight_decay=0.1),
    "rmsprop": lambda ps: O.RMSprop(ps, 0.05),
    "rmsprop, alpha, epsilon, decay": lambda ps: O.RMSprop(ps, 0.05, alpha=0.8, eps=1e-3, weight_decay=0.1),
    "rmsprop, momentum": lambda ps: O.RMSprop(ps, 0.02, momentum=0.7),
    "rmsprop, centered": lambda ps: O.RMSprop(ps, 0.02, centered=True, eps=1e-4),
    "rmsprop, centered, momentum, decay": lambda ps: O.RMSprop(ps, 0.02, centered=True, momentum=0.7, weight_decay=0.1, eps=1e-4),
    "adagrad": lambda ps: O.Adagrad(ps, 0.3),
    "adagrad, rate decay, start, decay": lambda ps: O.Adagrad(ps, 0.3, lr_decay=0.1, initial_accumulator_value=0.5, weight_decay=0.1, eps=1e-3),
    "adam": lambda ps: O.Adam(ps, 0.1),
    "adam, betas, epsilon, decay": lambda ps: O.Adam(ps, 0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2),
    "adam, amsgrad": lambda ps: O.Adam(ps, 0.2, betas=(0.5, 0.6), amsgrad=True),
    "adamw": lambda ps: O.AdamW(ps, 0.1),
    "adamw, amsgrad, decay": lambda ps: O.AdamW(ps, 0.2, betas=(0.5, 0.6), amsgrad=True, weight_decay=0.3),
    "adamw, groups": lambda ps: O.AdamW([{"params": ps[:1]}, {"params": ps[1:], "lr": 0.05, "weight_decay": 0.0}], 0.1, weight_decay=0.3),
    "adam, a late bias": lambda ps: O.Adam(ps, 0.1),
    "sgd, dampening, a late bias": lambda ps: O.SGD(ps, 0.1, momentum=0.8, dampening=0.3),
    "adam, a schedule": lambda ps: O.Adam(ps, 0.1),
}

lines = []
for name, make in CASES.items():
    parameters = start()
    optimizer = make(parameters)
    fields = [name]
    for t in range(STEPS):
        for p in parameters:
            p.grad = gradient(p, t)
        if "late bias" in name and t < 4:
            parameters[1].grad = None
        if "schedule" in name:
            optimizer.param_groups[0]["lr"] = 0.1 * 0.8**t
        optimizer.step()
        fields.append(",".join(repr(w) for p in parameters for w in p.detach().flatten().tolist()))
    lines.append("\t".join(fields))
(HERE / "optimizers.tsv").write_text("\n".join(lines) + "\n")

S = torch.optim.lr_scheduler
one_cycle = lambda o, **k: S.OneCycleLR(o, 0.3, total_steps=40, **k)
SCHEDULES = {
    "constant": lambda o: S.ConstantLR(o, factor=1.0),
    "step": lambda o: S.StepLR(o, 7, gamma=0.3),
    "multi step": lambda o: S.MultiStepLR(o, [3, 11, 12, 30], gamma=0.5),
    "exponential": lambda o: S.ExponentialLR(o, 0.93),
    "linear": lambda o: S.LinearLR(o, start_factor=0.25, end_factor=1.0, total_iters=13),
    "linear, down": lambda o: S.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=29),
    "polynomial": lambda o: S.PolynomialLR(o, total_iters=25, power=2.0),
    "polynomial, linear": lambda o: S.PolynomialLR(o, total_iters=25, power=1.0),
    "cosine": lambda o: S.CosineAnnealingLR(o, 20, eta_min=0.01),
    "warm-up, cosine": lambda o: S.SequentialLR(o, [S.LinearLR(o, start_factor=0.1, total_iters=10), S.CosineAnnealingLR(o, 30)], [10]),
    "one cycle": lambda o: one_cycle(o),
    "one cycle, linear": lambda o: one_cycle(o, anneal_strategy="linear"),
    "one cycle, three phases": lambda o: one_cycle(o, three_phase=True),
    "one cycle, settings": lambda o: one_cycle(o, three_phase=True, pct_start=0.42, div_factor=10, final_div_factor=100, base_momentum=0.6, max_momentum=0.9, anneal_strategy="linear"),
}
lines = []
for name, make in SCHEDULES.items():
    optimizer = O.SGD(start(), 0.2, momentum=0.9)
    schedule = make(optimizer)
    rates, momenta = [], []
    for t in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if t < 39:
            schedule.step()
    lines.append("\t".join([name, *map(repr, rates)]))
    if "one cycle" in name:
        lines.append("\t".join([name + ", momentum", *map(repr, momenta)]))

losses = [3.0 / (1 + t) + (0.8 if t > 20 else 0.0) + 0.05 * math.sin(3.0 * t) for t in range(60)]
losses[5] = math.nan
PLATEAUS = {
    "plateau": dict(),
    "plateau, patience, factor": dict(patience=2, factor=0.5),
    "plateau, absolute, cooldown": dict(patience=1, factor=0.5, threshold=0.1, threshold_mode="abs", cooldown=3),
    "plateau, relative, least": dict(patience=0, factor=0.3, threshold=0.05, min_lr=1e-3),
    "plateau, rising": dict(mode="max", patience=3, factor=0.7),
    "plateau, rising, absolute": dict(mode="max", patience=3, factor=0.7, threshold=0.3, threshold_mode="abs"),
}
lines.append("\t".join(["losses", *map(repr, losses)]))
for name, settings in PLATEAUS.items():
    optimizer = O.SGD(start(), 0.2)
    schedule = S.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    lines.append("\t".join([name, *map(repr, rates)]))
(HERE / "schedules.tsv").write_text("\n".join(lines) + "\n")

lines = []
for most in (0.5, 2.0, 100.0, 0.0):
    parameters = start()
    for p in parameters:
        p.grad = gradient(p, 3)
    norm = torch.nn.utils.clip_grad_norm_(parameters, most).item()
    lines.append(f"norm\t{most!r}\t{norm!r}\t" + ",".join(repr(g) for p in parameters for g in p.grad.flatten().tolist()))
for most in (0.3, 1.0, 100.0):
    parameters = start()
    for p in parameters:
        p.grad = gradient(p, 3)
    torch.nn.utils.clip_grad_value_(parameters, most)
    lines.append(f"value\t{most!r}\t0.0\t" + ",".join(repr(g) for p in parameters for g in p.grad.flatten().tolist()))
(HERE / "clipping.tsv").write_text("\n".join(lines) + "\n")
