"""Writes down what a PyTorch module computes, for comparison with a port to chainrule.

    from chainrule_dump import Recorder

    with Recorder(model) as record:
        loss = loss_function(model(x), y)
        loss.backward()
    record.save("torch.json", input=x, loss=loss)

then `chainrule compare torch.json port.json`, or `nn::dump::read` in a test in Rust. The file has,
in the order of the forward pass, for each name the shape, the value and the gradient of

  - every module's output, `layer1.out`; of the model itself, `out`; of a tuple, `lstm.out[0]`; of the
    second call of one module, `layer1.out_2`;
  - every parameter and buffer, by its name in the state_dict, before the module that owns it;
  - every tensor given to `watch` or `save` by name.

It needs torch and nothing else. Values are copied when they are made, so that operations in place
do not change them afterwards.
"""

import json

import torch


class Recorder:
    """Records a module's forward and backward pass while it is entered."""

    def __init__(self, model):
        self.model = model
        self.nodes = []
        self.counts = {}
        self.handles = []
        self.own = set()

    def __enter__(self):
        for path, module in self.model.named_modules():
            self.handles.append(module.register_forward_pre_hook(self._enter(path)))
            self.handles.append(module.register_forward_hook(self._leave(path)))
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()

    def watch(self, name, tensor):
        """Records a tensor where it is made: `h = record.watch("h", x @ w)`."""
        count = self.counts[name] = self.counts.get(name, 0) + 1
        if count > 1:
            name = f"{name}_{count}"
        value = tensor.detach()
        node = {"name": name, "value": value.clone(), "own": None, "gradient": None}
        node["learns"] = tensor.requires_grad
        if tensor.requires_grad and not tensor.is_leaf:
            def keep(gradient):
                node["gradient"] = gradient.detach().clone()

            tensor.register_hook(keep)
        elif tensor.requires_grad:
            node["own"] = tensor  # its gradient is kept in it
        self.nodes.append(node)
        return tensor

    def _enter(self, path):
        def hook(module, _):
            own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
            for name, tensor in own:
                name = f"{path}.{name}" if path else name
                if name not in self.own:
                    self.own.add(name)
                    self.watch(name, tensor)

        return hook

    def _leave(self, path):
        def hook(_module, _inputs, output):
            self._walk(f"{path}.out" if path else "out", output)

        return hook

    def _walk(self, name, output):
        if isinstance(output, torch.Tensor):
            if output.is_floating_point():
                self.watch(name, output)
        elif isinstance(output, (tuple, list)):
            for place, part in enumerate(output):
                self._walk(f"{name}[{place}]", part)
        elif isinstance(output, dict):
            for key, part in output.items():
                self._walk(f"{name}.{key}", part)

    def save(self, path, loss=None, **named):
        """Writes the file, with the loss and other tensors by name (inputs come first)."""
        nodes, self.nodes = self.nodes, []
        for name, tensor in named.items():
            self.watch(name, tensor)
        nodes = self.nodes + nodes
        if loss is not None:
            self.nodes = []
            self.watch("loss", loss)
            self.nodes[0].update(gradient=torch.ones_like(loss), own=None)
            nodes += self.nodes
        self.nodes = nodes
        document = {"producer": f"torch {torch.__version__}", "nodes": [_node(node) for node in nodes]}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file, allow_nan=False)
            file.write("\n")


def _node(node):
    value = node["value"]
    gradient = node["own"].grad if node["own"] is not None else node["gradient"]
    written = {
        "name": node["name"],
        "shape": list(value.shape),
        "element": "f64" if value.dtype == torch.float64 else "f32",
        "value": _numbers(value),
    }
    if node["learns"]:
        written["adjoint"] = None if gradient is None else _numbers(gradient)
    return written


def _numbers(tensor):
    """Nested lists of numbers that read back as the same ones; JSON has no word for three of them."""
    def plain(part):
        if isinstance(part, list):
            return [plain(inner) for inner in part]
        if part != part:
            return "nan"
        return part if abs(part) != float("inf") else ("inf" if part > 0 else "-inf")

    return plain(tensor.detach().cpu().to(torch.float64).tolist())
