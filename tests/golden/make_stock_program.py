#!/usr/bin/env python3
"""Writes stock/tiny_decoder.pte: a small program exported by ExecuTorch itself.

It is no language model that says anything, but has what exported ones have:
an XNNPACK delegate, portable operators, a mutable buffer, a dynamic length and
metadata methods. Needs torch and the executorch package.

Usage: make_stock_program.py
"""

import pathlib

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower

VOCABULARY, HIDDEN, CONTEXT = 32, 16, 8


class TinyDecoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, HIDDEN)
        self.output = torch.nn.Linear(HIDDEN, VOCABULARY, bias=False)
        self.register_buffer("total", torch.zeros(1, HIDDEN))

    def forward(self, tokens, start_pos):
        hidden = self.embedding(tokens)
        self.total.add_(hidden.sum(1) * start_pos)
        return self.output(hidden[:, -1] + self.total)


def main():
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    length = torch.export.Dim("length", min=1, max=CONTEXT)
    exported = torch.export.export(
        TinyDecoder().eval(),
        (torch.tensor([[1, 2, 3]]), torch.tensor([0])),
        dynamic_shapes=({1: length}, None),
    )
    metadata = {
        "get_vocab_size": VOCABULARY,
        "get_max_seq_len": CONTEXT,
        "get_max_context_len": CONTEXT,
        "get_eos_ids": [2],
        "use_kv_cache": True,
        "enable_dynamic_shape": True,
    }
    program = to_edge_transform_and_lower(
        exported, partitioner=[XnnpackPartitioner()], constant_methods=metadata
    ).to_executorch()
    path = pathlib.Path(__file__).parent / "stock" / "tiny_decoder.pte"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(program.buffer)


if __name__ == "__main__":
    main()
