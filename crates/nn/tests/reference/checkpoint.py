"""Writes torch.safetensors, a network's weights as PyTorch saves them, and torch.json, its outputs.

    pip install torch safetensors && python checkpoint.py

tests/checkpoint.rs loads the weights, compares outputs, and demands that the file which chainrule
saves from them is the same, byte for byte: so PyTorch loads ours as well. To see that with your own
eyes, name a file that chainrule saved: python checkpoint.py FILE
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
X = [[0.5, -1.25, 2.0], [3.5, 0.75, -0.125]]

torch.manual_seed(7)
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))

if len(sys.argv) > 1:
    net.load_state_dict(load_file(sys.argv[1]))
    print(net(torch.tensor(X)).tolist())
else:
    save_file(net.state_dict(), HERE / "torch.safetensors")
    y = net(torch.tensor(X)).tolist()
    (HERE / "torch.json").write_text(json.dumps(dict(x=X, y=y)) + "\n")
