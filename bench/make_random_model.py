#!/usr/bin/env python3
"""Writes a GGUF file in the shape of Llama 3.2 1B with random weights, Q4_0 in
every matrix, for measuring speed on a size that people run: 700 MB.

Needs gguf and numpy.

Usage: bench/make_random_model.py OUT.gguf
"""

import sys

import gguf
import numpy

HIDDEN, INTERMEDIATE, LAYERS = 2048, 8192, 16
HEADS, KV_HEADS, HEAD_SIZE = 32, 8, 64
VOCABULARY = 128256
GROUP = 32

random = numpy.random.default_rng(1)


def add_q4_0(writer, name, rows, columns):
    """Groups of an f16 scale and 32 nibbles; weights of about 1/sqrt(columns)."""
    groups = rows * columns // GROUP
    blocks = numpy.empty((groups, 18), numpy.uint8)
    scale = numpy.float16(columns ** -0.5 / 4)
    blocks[:, :2] = numpy.frombuffer(scale.tobytes(), numpy.uint8)
    blocks[:, 2:] = random.integers(0, 256, (groups, 16), numpy.uint8)
    writer.add_tensor(name, blocks.reshape(rows, -1),
                      raw_dtype=gguf.GGMLQuantizationType.Q4_0)


def add_norm(writer, name):
    writer.add_tensor(name, numpy.ones(HIDDEN, numpy.float32))


def byte_characters():
    """The printable characters that stand for bytes in byte-level BPE."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in kept]
    return [chr(b) for b in kept] + [chr(256 + i) for i in range(len(others))]


def add_tokenizer(writer):
    tokens = byte_characters()
    tokens += [f"t{i}" for i in range(VOCABULARY - len(tokens))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(tokens))
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    writer = gguf.GGUFWriter(sys.argv[1], "llama")
    writer.add_name("Random 1.2B")
    writer.add_context_length(8192)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HEAD_SIZE)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    add_tokenizer(writer)
    add_q4_0(writer, "token_embd.weight", VOCABULARY, HIDDEN)
    add_norm(writer, "output_norm.weight")
    for i in range(LAYERS):
        block = f"blk.{i}."
        add_norm(writer, block + "attn_norm.weight")
        add_norm(writer, block + "ffn_norm.weight")
        for name, rows, columns in (
                ("attn_q", HEADS * HEAD_SIZE, HIDDEN),
                ("attn_k", KV_HEADS * HEAD_SIZE, HIDDEN),
                ("attn_v", KV_HEADS * HEAD_SIZE, HIDDEN),
                ("attn_output", HIDDEN, HEADS * HEAD_SIZE),
                ("ffn_gate", INTERMEDIATE, HIDDEN),
                ("ffn_up", INTERMEDIATE, HIDDEN),
                ("ffn_down", HIDDEN, INTERMEDIATE)):
            add_q4_0(writer, f"{block}{name}.weight", rows, columns)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
