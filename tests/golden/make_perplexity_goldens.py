#!/usr/bin/env python3
"""Writes smollm2/perplexity.json: how well transformers foretells a text.

The oracle is `transformers` in float32 on the weights of the GGUF file, which
it dequantizes itself. The text is the beginning of docs/architecture.md as it
was; the file holds its ids. Windows are those of llama-perplexity: beside each
other, each read from an empty context, its first token replaced where sequences
begin with one, a token scored when half of the window is before it.

Usage: make_perplexity_goldens.py MODEL.gguf
Needs: torch, transformers, tokenizers, gguf (versions in scripts/versions.env).
"""

import json
import math
import pathlib
import sys

import torch
import transformers

from make_smollm2_goldens import load_tokenizer

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
OUT = HERE / "smollm2" / "perplexity.json"
TOKENS = 1100
# Tokens of a window, and the token that begins it.
WINDOWS = ((512, None), (255, None), (255, 1), (64, None))


def losses_of(model, ids, window, bos):
    """Negative log-probabilities of the scored tokens, in the text's order."""
    first = window // 2
    losses = []
    for begin in range(0, len(ids) - window + 1, window):
        chunk = torch.tensor([ids[begin : begin + window]])
        if bos is not None:
            chunk[0, 0] = bos
        with torch.no_grad():
            logits = model(chunk).logits[0].double()
        logs = torch.log_softmax(logits[first : window - 1], dim=-1)
        targets = chunk[0, first + 1 :]
        losses += (-logs.gather(1, targets[:, None])[:, 0]).tolist()
    return losses


def perplexity_of(losses):
    count = len(losses)
    mean = sum(losses) / count
    variance = sum(loss * loss for loss in losses) / count - mean * mean
    value = math.exp(mean)
    return {
        "tokens": count,
        "perplexity": round(value, 6),
        "uncertainty": round(value * math.sqrt(variance / (count - 1)), 6),
    }


def main():
    path = pathlib.Path(sys.argv[1])
    text = (ROOT / "docs" / "architecture.md").read_text()
    ids = load_tokenizer(path).encode(text).ids[:TOKENS]
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()
    golden = {
        "model": path.name,
        "transformers": transformers.__version__,
        "torch": torch.__version__.split("+")[0],
        "ids": ids,
        "windows": [
            {"window": window, "bos": bos,
             **perplexity_of(losses_of(model, ids, window, bos))}
            for window, bos in WINDOWS
        ],
    }
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
