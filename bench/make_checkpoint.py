#!/usr/bin/env python3
"""Writes a GGUF file as the Hugging Face folder that other tools convert from.

Needs torch, transformers and gguf.

Usage: bench/make_checkpoint.py MODEL.gguf FOLDER
"""

import pathlib
import sys

import torch
import transformers


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    gguf, folder = map(pathlib.Path, sys.argv[1:])
    source = dict(pretrained_model_name_or_path=gguf.resolve().parent,
                  gguf_file=gguf.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


if __name__ == "__main__":
    main()
