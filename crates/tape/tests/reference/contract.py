"""Writes contract.tsv: contractions, convolutions and pooling, values and gradients, by PyTorch.

    pip install torch && python contract.py

Element k of operand i is ((37 k + 11 i) mod 64 - 31.5) / 16, exact in binary and without ties up
to 64 elements; the adjoint of the result is made the same way with i = 9. One line per array,
fields separated by tabs: case, `y` or the number of the operand whose gradient it is, shape,
elements.
"""

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def sample(shape, i):
    count = 1
    for length in shape:
        count *= length
    return ((37 * torch.arange(count) + 11 * i) % 64 - 31.5).div(16).reshape(shape)


def einsum(pattern, *shapes):
    return ("einsum " + pattern, shapes, lambda *x: torch.einsum(pattern, *x))


CASES = [
    ("conv1d", [[2, 4, 9], [6, 2, 3], [6]],
     lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=1, dilation=2, groups=2)),
    ("conv2d", [[2, 3, 7, 6], [4, 3, 3, 2], [4]],
     lambda x, w, b: F.conv2d(x, w, b, stride=(2, 1), padding=(1, 0), dilation=(1, 2))),
    ("conv2d in blocks", [[2, 4, 9, 8], [8, 4, 3, 3]],
     lambda x, w: F.conv2d(x, w, stride=2, padding=1)),
    ("conv2d depthwise, same", [[1, 3, 5, 5], [3, 1, 3, 4]],
     lambda x, w: F.conv2d(x, w, padding="same", groups=3)),
    ("conv_transpose1d", [[2, 4, 5], [4, 3, 3], [3]],
     lambda x, w, b: F.conv_transpose1d(x, w, b, stride=2, padding=1, output_padding=1)),
    ("conv_transpose2d", [[2, 4, 3, 4], [4, 3, 3, 2], [6]],
     lambda x, w, b: F.conv_transpose2d(x, w, b, stride=(2, 3), padding=(1, 0),
                                        output_padding=(1, 2), dilation=(2, 1), groups=2)),
    ("conv_transpose2d in blocks", [[2, 8, 4, 4], [8, 4, 3, 3]],
     lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1)),
    ("max_pool1d", [[3, 20]], lambda x: F.max_pool1d(x, 3, stride=2, padding=1)),
    ("max_pool2d", [[2, 7, 4]],
     lambda x: F.max_pool2d(x, (3, 2), stride=(2, 1), padding=1, ceil_mode=True)),
    ("max_pool2d dilated", [[7, 8]],
     lambda x: F.max_pool2d(x[None], 2, stride=1, padding=1, dilation=2)[0]),
    ("avg_pool1d", [[3, 20]], lambda x: F.avg_pool1d(x, 3, stride=2, padding=1)),
    ("avg_pool2d", [[1, 2, 7, 6]],
     lambda x: F.avg_pool2d(x, (3, 2), stride=2, padding=1, ceil_mode=True)),
    ("avg_pool2d without padding", [[1, 2, 7, 6]],
     lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)),
    ("adaptive_avg_pool2d", [[1, 2, 7, 6]], lambda x: F.adaptive_avg_pool2d(x, (3, 4))),
    ("adaptive_max_pool2d", [[1, 7, 6]], lambda x: F.adaptive_max_pool2d(x, (3, 4))),
    ("adaptive_avg_pool1d", [[2, 7]], lambda x: F.adaptive_avg_pool1d(x, 3)),
    ("adaptive_max_pool1d", [[2, 3]], lambda x: F.adaptive_max_pool1d(x, 5)),
    ("unfold", [[2, 2, 5, 4]],
     lambda x: F.unfold(x, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))),
    ("fold", [[2, 12, 6]],
     lambda x: F.fold(x, (5, 4), (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))),
    ("bilinear", [[2, 2, 3], [4, 3, 2], [2, 2, 2]], lambda x, w, y: F.bilinear(x, y, w)),
    einsum("bij,bjk->bik", [2, 2, 3], [2, 3, 2]),
    einsum("...ij,...kj->...ik", [2, 1, 2, 3], [3, 2, 3]),
    einsum("iij->j", [3, 3, 2]),
    einsum("ii", [4, 4]),
    einsum("ba", [2, 3]),
    einsum("aB,Bc", [2, 3], [3, 2]),
    einsum("ab,bc,cd->da", [2, 3], [3, 4], [4, 2]),
    einsum("i,j,k->kij", [2], [3], [2]),
    einsum("bhid,bhjd->bhij", [2, 2, 3, 2], [2, 2, 2, 2]),
    einsum("ijk,jil,kl->ij", [2, 3, 2], [3, 2, 4], [2, 4]),
    einsum("ij,ij->i", [2, 3], [2, 3]),
    einsum("ij,ij->", [2, 3], [2, 3]),
    einsum("ij,kl->ik", [2, 3], [2, 3]),
    einsum("i...,...->i", [2, 3], [3]),
    einsum("bn,anm,bm->ba", [2, 3], [4, 3, 2], [2, 2]),
]


def line(case, what, array):
    shape = ",".join(map(str, array.shape))
    elements = ",".join(repr(x) for x in array.flatten().tolist())
    return f"{case}\t{what}\t{shape}\t{elements}\n"


with open("contract.tsv", "w") as file:
    for case, shapes, function in CASES:
        x = [sample(shape, i).requires_grad_() for i, shape in enumerate(shapes)]
        y = function(*x)
        file.write(line(case, "y", y))
        for i, g in enumerate(torch.autograd.grad(y, x, sample(y.shape, 9))):
            file.write(line(case, i, g))
