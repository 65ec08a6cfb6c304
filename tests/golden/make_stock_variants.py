#!/usr/bin/env python3
"""Writes small programs to stock/, each with something that exports may have.

The check of programs must accept them: lists and sizes that are computed,
branches, loops, state with initial values, constants in a file of their own,
several methods, a delegate whose data are inside of the flatbuffer. Needs torch
and the executorch package.

Usage: make_stock_variants.py
"""

import pathlib

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import (
    ExecutorchBackendConfig,
    to_edge,
    to_edge_transform_and_lower,
)
from executorch.exir.passes.init_mutable_pass import (
    InitializedMutableBufferPass,
)
from functorch.experimental.control_flow import map as control_map


class Lists(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(4, 8))

    def forward(self, x, i):
        a, b = torch.split(x, [3, 5], dim=-1)
        y = torch.cat([b, a], -1)[:, i]
        v, k = torch.topk(y, 2)
        y = torch.nn.functional.layer_norm(y, [y.shape[-1]])
        z = (x @ self.w.t()).view(x.shape[0] * 2, -1).permute(1, 0)
        return y.sum() + v.sum(), k, z, torch.stack([x, x])


class Condition(torch.nn.Module):
    def forward(self, p, x):
        return torch.cond(p, lambda x: x + 1, lambda x: x * 2, (x,))


class Loop(torch.nn.Module):
    def forward(self, x, y):
        return control_map(lambda a, b: a + b, x, y)


class State(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("c", torch.arange(8.0).reshape(2, 4))
        self.l = torch.nn.Linear(4, 4)

    def forward(self, x, pos):
        i = pos[0].item()
        torch._check(i >= 0)
        torch._check(i < 2)
        self.c.narrow(0, i, 1).copy_(x)
        return self.l(self.c)


class Once(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.l = torch.nn.Linear(8, 8)

    def forward(self, x):
        return self.l(x).relu()


class Twice(torch.nn.Module):
    def __init__(self, once):
        super().__init__()
        self.l = once.l

    def forward(self, x):
        return self.l(self.l(x))


def save(name, program):
    path = pathlib.Path(__file__).parent / "stock" / f"{name}.pte"
    path.write_bytes(program.buffer)


def main():
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    export = torch.export.export
    rows = torch.export.Dim("n", min=2, max=16)
    row = (torch.randn(1, 8),)
    state = export(State(), (torch.randn(1, 4), torch.tensor([1])))
    once = Once()
    save("lists", to_edge(export(
        Lists(), (torch.randn(4, 8), torch.tensor([1, 3])),
        dynamic_shapes=({0: rows}, None))).to_executorch())
    save("condition", to_edge(export(
        Condition(), (torch.tensor(True), torch.randn(2, 3)))).to_executorch())
    save("loop", to_edge(export(
        Loop(), (torch.randn(3, 2), torch.randn(2)))).to_executorch())
    save("initial_state", to_edge(state).to_executorch(
        ExecutorchBackendConfig(
            passes=[InitializedMutableBufferPass(["c"])],
            emit_mutable_buffer_names=True)))
    save("external_constants", to_edge(state).to_executorch(
        ExecutorchBackendConfig(external_constants=True)))
    save("two_methods", to_edge(
        {"forward": export(once, row), "twice": export(Twice(once), row)},
        constant_methods={
            "name": "abc", "dtype": torch.float16, "list": [1, 2, 3],
            "pair": (1, 2.5), "t": torch.ones(2)}).to_executorch())
    save("inline_delegate", to_edge_transform_and_lower(
        export(once, row), partitioner=[XnnpackPartitioner()]).to_executorch(
            ExecutorchBackendConfig(extract_delegate_segments=False)))


if __name__ == "__main__":
    main()
