"""Makes dump.json: what a small network of PyTorch computes, as tools/chainrule_dump.py writes it.

    python dump.py      # beside it; torch 2.15
"""

import pathlib
import sys

import torch
from torch import nn

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parents[3] / "tools"))
from chainrule_dump import Recorder  # noqa: E402


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(3, 4)
        self.norm = nn.LayerNorm(4)
        # In place: what layer norm gave must have been written down before.
        self.act = nn.ReLU(inplace=True)
        self.layer2 = nn.Linear(4, 2)

    def forward(self, x):
        return self.layer2(self.act(self.norm(self.layer1(x))))


torch.manual_seed(7)
model = Net()
x = torch.randn(5, 3)
y = torch.tensor([0, 1, 1, 0, 1])
with Recorder(model) as record:
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
record.save(here / "dump.json", input=x, loss=loss)
