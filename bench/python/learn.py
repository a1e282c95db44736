"""The recipes of `learn` (src/learn.rs) in PyTorch, for the marks to compare its accuracies with.

    python learn.py FOLDER                 # MNIST's t10k-* files, plain or gzip
    python learn.py FOLDER dropout --seeds 40
"""

import argparse
import gzip
import pathlib
import statistics
import time

import torch
from torch import nn

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("folder", type=pathlib.Path)
options.add_argument("recipes", nargs="*", default=["mlp", "dropout", "conv"])
options.add_argument("--seeds", type=int, default=1)
options.add_argument("--threads", type=int, default=1)
options = options.parse_args()
torch.set_num_threads(options.threads)


def idx(name):
    """An IDX file of bytes."""
    path = next(options.folder.glob(name))
    data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    rank = data[3]
    lengths = [int.from_bytes(data[4 * i : 4 * i + 4], "big") for i in range(1, rank + 1)]
    return torch.frombuffer(bytearray(data[4 + 4 * rank :]), dtype=torch.uint8).reshape(lengths)


images = idx("t10k-images*").float().div(255).unsqueeze(1)
classes = idx("t10k-labels*").long()


def network(recipe):
    """The network, how many epochs it learns, and the peak of its rate."""
    if recipe == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), 20, 3e-3
    if recipe == "dropout":
        return nn.Sequential(
            nn.Flatten(),
            *(nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.3)),
            *(nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.3)),
            nn.Linear(256, 10),
        ), 20, 3e-3
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(256, 10)),
    ), 15, 6e-3


def learned(recipe, seed):
    """How many of the last 2000 digits, in per cent, are right after learning from the first 8000."""
    torch.manual_seed(seed)
    net, epochs, peak = network(recipe)
    optimizer = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=125 * epochs)
    for _ in range(epochs):
        for batch in torch.randperm(8000).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), classes[batch]).backward()
            optimizer.step()
            cycle.step()
    net.eval()
    with torch.no_grad():
        right = net(images[8000:]).argmax(1) == classes[8000:]
    return 100 * right.float().mean().item()


for recipe in options.recipes:
    found = []
    for seed in range(options.seeds):
        start = time.perf_counter()
        found.append(learned(recipe, seed))
        seconds = time.perf_counter() - start
        print(f"{recipe}, seed {seed}: {found[-1]:.2f} % right, {seconds:.2f} s", flush=True)
    if options.seeds > 1:
        mean, spread = statistics.mean(found), statistics.pstdev(found)
        print(f"{recipe}: {mean:.2f} +- {spread:.2f} %, {min(found):.2f} to {max(found):.2f}")
