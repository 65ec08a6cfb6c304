#!/usr/bin/env python3
"""Writes a GGUF file as the Hugging Face folder that other tools convert from.

Needs torch, transformers and gguf.

Usage: bench/make_checkpoint.py MODEL.gguf FOLDER
"""

import pathlib
import sys

import torch
import transformers


def save_plain(model, folder):
    """Saves what newer releases call a quantized model, although all of its
    weights are floats."""
    if not all(p.is_floating_point() for p in model.parameters()):
        sys.exit("transformers kept the quantized weights; uninstall kernels")
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    gguf, folder = map(pathlib.Path, sys.argv[1:])
    source = dict(pretrained_model_name_or_path=gguf.resolve().parent,
                  gguf_file=gguf.name)
    transformers.AutoTokenizer.from_pretrained(**source).save_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32)
    save_plain(model, folder)


if __name__ == "__main__":
    main()
