"""Outputs and gradients of PyTorch's layers, for crates/nn/tests/layers.rs.

python layers.py > layers.txt    (torch 2.15, double precision)

Inputs, parameters and the weights of the loss are not stored: both sides compute them, as
`((37 i + 11 k) mod 101 - 50) / 32`, exactly, with k = 1 for the input, 2 for the weights of the
loss, 3, 4, .. for the parameters in their order. The loss is the sum of the outputs with weights.
"""

import math

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def fill(shape, k):
    count = math.prod(shape)
    numbers = [((37 * i + 11 * k) % 101 - 50) / 32 for i in range(count)]
    return torch.tensor(numbers).reshape(shape)


def line(case, what, tensor):
    numbers = " ".join(repr(float(x)) for x in tensor.detach().reshape(-1))
    shape = ",".join(map(str, tensor.shape))
    print(f"{case} {what} [{shape}] {numbers}".rstrip())


def run(case, module, shape=None, x=None, steps=0):
    for k, parameter in enumerate(module.parameters()):
        parameter.data = fill(parameter.shape, 3 + k)
    names = [name for name in module.state_dict() if not name.endswith("num_batches_tracked")]
    print(f"{case} names {' '.join(names)}".rstrip())
    learns = x is None
    x = fill(shape, 1).requires_grad_() if learns else x
    for _ in range(steps):
        y = module(x)
    if steps == 0:
        y = module.eval()(x)
    line(case, "y", y)
    (y * fill(y.shape, 2)).sum().backward()
    if learns:
        line(case, "dx", x.grad)
    for name, parameter in module.named_parameters():
        line(case, "d" + name, parameter.grad)
    for name, buffer in module.named_buffers():
        if not name.endswith("num_batches_tracked"):
            line(case, name, buffer)


for name, module in [
    ("identity", nn.Identity()),
    ("sigmoid", nn.Sigmoid()),
    ("tanh", nn.Tanh()),
    ("relu", nn.ReLU()),
    ("leaky_relu", nn.LeakyReLU(0.01)),
    ("elu", nn.ELU()),
    ("selu", nn.SELU()),
    ("silu", nn.SiLU()),
    ("mish", nn.Mish()),
    ("gelu", nn.GELU()),
    ("gelu_tanh", nn.GELU(approximate="tanh")),
    ("softplus", nn.Softplus(threshold=1000)),
    ("softsign", nn.Softsign()),
    ("log_sigmoid", nn.LogSigmoid()),
    ("hard_tanh", nn.Hardtanh()),
    ("softmax", nn.Softmax(-1)),
    ("log_softmax", nn.LogSoftmax(-1)),
]:
    run(name, module, (4, 5))

run("linear", nn.Linear(4, 3), (2, 3, 4))
run("linear_without_bias", nn.Linear(4, 3, bias=False), (2, 4))
run("conv1d", nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), (2, 4, 7))
run("conv1d_same", nn.Conv1d(2, 3, 4, padding="same", dilation=2), (2, 7))
run(
    "conv2d",
    nn.Conv2d(4, 2, (2, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
    (2, 4, 5, 4),
)
run("conv2d_same", nn.Conv2d(2, 2, (2, 3), padding="same", bias=False), (1, 2, 4, 3))
run("conv2d_depthwise", nn.Conv2d(3, 6, 2, groups=3), (1, 3, 3, 4))
run("max_pool1d", nn.MaxPool1d(3, stride=2, padding=1), (2, 2, 7))
run("max_pool2d", nn.MaxPool2d(2), (2, 1, 4, 5))
run("max_pool2d_dilated", nn.MaxPool2d((2, 3), stride=2, padding=1, dilation=2, ceil_mode=True), (1, 2, 6, 7))
run("avg_pool1d", nn.AvgPool1d(3, stride=2), (2, 2, 7))
run("avg_pool2d", nn.AvgPool2d(3, stride=2, padding=1), (1, 2, 5, 6))
run("avg_pool2d_ceil", nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True), (1, 2, 4, 6))
run("avg_pool2d_inside", nn.AvgPool2d(2, padding=1, ceil_mode=True, count_include_pad=False), (1, 2, 4, 5))
run("adaptive_avg_pool1d", nn.AdaptiveAvgPool1d(3), (2, 2, 7))
run("adaptive_avg_pool2d", nn.AdaptiveAvgPool2d((2, 3)), (1, 2, 5, 7))
run("adaptive_max_pool1d", nn.AdaptiveMaxPool1d(4), (2, 7))
run("adaptive_max_pool2d", nn.AdaptiveMaxPool2d((3, 2)), (1, 2, 5, 7))
run("flatten", nn.Flatten(), (2, 3, 2))
run("batch_norm1d", nn.BatchNorm1d(3), (4, 3), steps=2)
run("batch_norm1d_lines", nn.BatchNorm1d(3, momentum=0.3, eps=1e-3), (2, 3, 4), steps=1)
run("batch_norm2d", nn.BatchNorm2d(2), (2, 2, 3, 2), steps=3)
run("batch_norm2d_plain", nn.BatchNorm2d(2, affine=False), (2, 2, 3, 2), steps=1)
run("batch_norm2d_in_use", nn.BatchNorm2d(2), (2, 2, 3, 2))
run("layer_norm", nn.LayerNorm(4), (3, 4))
run("layer_norm_two_axes", nn.LayerNorm((3, 2), bias=False), (2, 3, 2))
run("layer_norm_plain", nn.LayerNorm(4, elementwise_affine=False, eps=1e-2), (3, 4))
run("rms_norm", nn.RMSNorm(4), (3, 4))
run("rms_norm_plain", nn.RMSNorm((3, 2), elementwise_affine=False, eps=1e-2), (2, 3, 2))
run("group_norm", nn.GroupNorm(2, 4), (2, 4, 3))
run("embedding", nn.Embedding(5, 3), x=torch.tensor([[1, 4, 1], [0, 1, 3]]))
run("embedding_padded", nn.Embedding(5, 3, padding_idx=1), x=torch.tensor([[1, 4, 1], [0, 1, 3]]))
run("dropout_in_use", nn.Dropout(0.5), (3, 4))
