"""Writes torch.safetensors and torch-conv.safetensors, two networks' weights as PyTorch saves them,
and torch.json, their outputs.

    pip install torch safetensors && python checkpoint.py

tests/checkpoint.rs loads the weights, compares outputs, and demands that the file which chainrule
saves from the first is the same, byte for byte: so PyTorch loads ours as well. To see that with your
own eyes, name a file that chainrule saved, of either: python checkpoint.py FILE
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, Tanh

HERE = Path(__file__).parent
X = torch.tensor([[0.5, -1.25, 2.0], [3.5, 0.75, -0.125]])
IMAGES = torch.sin(torch.arange(72.0)).reshape(2, 1, 6, 6)

torch.manual_seed(7)
plain = Sequential(Linear(3, 4), Tanh(), Linear(4, 2))
conv = Sequential(Conv2d(1, 2, 3), BatchNorm2d(2), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 3))
conv(IMAGES)  # moves the running statistics
conv.eval()

if len(sys.argv) > 1:
    weights = load_file(sys.argv[1])
    net, x = (conv, IMAGES) if "5.weight" in weights else (plain, X)
    net.load_state_dict(weights)  # strict: every name must be there, and no other
    print(net(x).tolist())
else:
    save_file(plain.state_dict(), HERE / "torch.safetensors")
    save_file(conv.state_dict(), HERE / "torch-conv.safetensors")
    outputs = dict(plain=plain(X).flatten().tolist(), conv=conv(IMAGES).flatten().tolist())
    (HERE / "torch.json").write_text(json.dumps(outputs) + "\n")
