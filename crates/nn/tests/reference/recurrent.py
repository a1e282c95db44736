"""Writes recurrent.tsv: recurrent layers and attention, outputs, last states and gradients, by PyTorch.

    pip install torch && python recurrent.py

Element k of array i is ((37 k + 11 i) mod 64 - 31.5) / 64, exact in binary. Parameter number i of a
layer is array i, input, first state and memory (or keys and values) are arrays 20, 21, 22, and the
adjoints of output, last state and last memory are arrays 30, 31, 32. One line per array, fields
separated by tabs: case, `y`, `h`, `c` or `d` and what the gradient is by, shape, elements.
"""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def sample(shape, i):
    count = 1
    for length in shape:
        count *= length
    return ((37 * torch.arange(count) + 11 * i) % 64 - 31.5).div(64).reshape(shape)


def leaf(shape, i):
    return sample(shape, i).requires_grad_()


def write(out, case, name, array):
    elements = ",".join(repr(x) for x in array.detach().reshape(-1).tolist())
    shape = ",".join(str(n) for n in array.shape)
    out.write(f"{case}\t{name}\t{shape}\t{elements}\n")


def fill(layer):
    with torch.no_grad():
        for i, parameter in enumerate(layer.parameters()):
            parameter.copy_(sample(parameter.shape, i))


def finish(out, case, layer, results, leaves):
    loss = 0
    for i, (name, result) in enumerate(results.items()):
        write(out, case, name, result)
        loss = loss + (result * sample(result.shape, 30 + i)).sum()
    loss.backward()
    for name, x in leaves.items():
        write(out, case, "d " + name, x.grad)
    for name, parameter in layer.named_parameters():
        write(out, case, "d " + name, parameter.grad)


def recurrent(out, case, layer, start=True):
    """Two sequences of four steps, three inputs."""
    fill(layer)
    shape = (2, 4, 3) if layer.batch_first else (4, 2, 3)
    x = leaf(shape, 20)
    states = (layer.num_layers, 2, layer.hidden_size)
    h, c = leaf(states, 21), leaf(states, 22)
    lstm = isinstance(layer, nn.LSTM)
    given = (h, c) if lstm else h
    y, last = layer(x, given) if start else layer(x)
    results = {"y": y, "h": last[0], "c": last[1]} if lstm else {"y": y, "h": last}
    leaves = {"x": x}
    if start:
        leaves["h"] = h
        if lstm:
            leaves["c"] = c
    finish(out, case, layer, results, leaves)


def attention(out, case, places, keys=None, **options):
    """Two examples, six features, two heads."""
    layer = nn.MultiheadAttention(6, 2, batch_first=True)
    fill(layer)
    q = leaf((2, places, 6), 20)
    leaves = {"x": q}
    if keys is None:
        k = v = q
    else:
        k, v = leaf((2, keys, 6), 21), leaf((2, keys, 6), 22)
        leaves |= {"k": k, "v": v}
    y, _ = layer(q, k, v, need_weights=False, **options)
    finish(out, case, layer, {"y": y}, leaves)


with open("recurrent.tsv", "w") as out:
    recurrent(out, "rnn", nn.RNN(3, 4))
    recurrent(out, "rnn relu", nn.RNN(3, 4, nonlinearity="relu"), start=False)
    recurrent(out, "rnn two layers", nn.RNN(3, 2, 2))
    recurrent(out, "lstm", nn.LSTM(3, 4))
    recurrent(out, "lstm two layers", nn.LSTM(3, 2, 2, batch_first=True))
    recurrent(out, "lstm from zeros", nn.LSTM(3, 2), start=False)
    recurrent(out, "gru", nn.GRU(3, 4))
    recurrent(out, "gru two layers", nn.GRU(3, 2, 2, batch_first=True))
    recurrent(out, "gru without bias", nn.GRU(3, 2, bias=False), start=False)

    causal = torch.ones(4, 4).triu(1).bool()
    padding = torch.tensor([[False, False, False, True, True], [False] * 5])
    hidden = torch.tensor([[False, True, False], [False, False, True]])
    attention(out, "attention", 4)
    attention(out, "attention causal", 4, attn_mask=causal)
    attention(out, "attention padded", 2, keys=5, key_padding_mask=padding)
    attention(out, "attention boolean", 2, keys=3, attn_mask=hidden)
    attention(out, "attention additive", 2, keys=3, attn_mask=sample((2, 3), 23))
    attention(out, "attention causal padded", 4, attn_mask=causal,
              key_padding_mask=torch.tensor([[False, False, False, True], [False] * 4]))
