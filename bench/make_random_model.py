#!/usr/bin/env python3
"""Writes models with random weights in shapes that people run, for measuring.

Without --folder: a GGUF file in the shape of Llama 3.2 1B, Q4_0 in every
matrix (700 MB). With it: a folder as Hugging Face's hub has them, in bf16.

Needs numpy, and gguf for the first.

Usage: bench/make_random_model.py OUT.gguf
       bench/make_random_model.py --folder OUT [--shape NAME] [--layers N]
"""

import argparse
import json
import pathlib

import numpy

try:
    import gguf
except ImportError:  # Folders do without.
    gguf = None

HIDDEN, INTERMEDIATE, LAYERS = 2048, 8192, 16
HEADS, KV_HEADS, HEAD_SIZE = 32, 8, 64
VOCABULARY = 128256
GROUP = 32

random = numpy.random.default_rng(1)


# What a config.json says, and the rows and columns of a layer's matrices.
FOLDERS = {
    "llama-3.2-1b": {
        "config": {
            "model_type": "llama", "architectures": ["LlamaForCausalLM"],
            "hidden_size": 2048, "intermediate_size": 8192,
            "num_hidden_layers": 16, "num_attention_heads": 32,
            "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128256,
            "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
            "rope_theta": 500000.0, "hidden_act": "silu",
            "rope_scaling": {
                "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 8192},
            "tie_word_embeddings": True, "eos_token_id": 1},
        "matrices": {
            "self_attn.q_proj": (2048, 2048), "self_attn.k_proj": (512, 2048),
            "self_attn.v_proj": (512, 2048), "self_attn.o_proj": (2048, 2048),
            "mlp.gate_proj": (8192, 2048), "mlp.up_proj": (8192, 2048),
            "mlp.down_proj": (2048, 8192)}},
    "phi-3-mini": {
        "config": {
            "model_type": "phi3", "architectures": ["Phi3ForCausalLM"],
            "hidden_size": 3072, "intermediate_size": 8192,
            "num_hidden_layers": 32, "num_attention_heads": 32,
            "num_key_value_heads": 32, "vocab_size": 32064,
            "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
            "original_max_position_embeddings": 4096,
            "rope_theta": 10000.0, "rope_scaling": None, "hidden_act": "silu",
            "sliding_window": 2047, "tie_word_embeddings": False,
            "eos_token_id": 1},
        "matrices": {
            "self_attn.qkv_proj": (9216, 3072),
            "self_attn.o_proj": (3072, 3072),
            "mlp.gate_up_proj": (16384, 3072),
            "mlp.down_proj": (3072, 8192)}},
}
SHARD_BYTES = 2_000_000_000


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
    # Of an array of one, transformers makes its value.
    writer.add_token_merges(["t 0", "t 1"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)


def write_gguf(path):
    writer = gguf.GGUFWriter(path, "llama")
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


def folder_tensors(shape, layers):
    """Names and shapes, in the order of the files."""
    config = shape["config"]
    hidden = config["hidden_size"]
    yield "model.embed_tokens.weight", (config["vocab_size"], hidden)
    for layer in range(layers):
        block = f"model.layers.{layer}."
        for name, size in shape["matrices"].items():
            yield f"{block}{name}.weight", size
        yield f"{block}input_layernorm.weight", (hidden,)
        yield f"{block}post_attention_layernorm.weight", (hidden,)
    yield "model.norm.weight", (hidden,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (config["vocab_size"], hidden)


class Bf16Values:
    """Normally distributed values: one large table, read from a place that
    differs between tensors."""

    def __init__(self):
        self.normal = random.standard_normal(1 << 22, numpy.float32)
        self.tables = {}

    def write(self, file, shape):
        count = int(numpy.prod(shape))
        if len(shape) == 1:
            file.write(numpy.full(count, 0x3f80, numpy.uint16).tobytes())
            return
        columns = shape[1]
        if columns not in self.tables:
            scaled = self.normal * numpy.float32(columns ** -0.5)
            self.tables[columns] = (scaled.view(numpy.uint32) >> 16).astype(
                numpy.uint16)
        table = self.tables[columns]
        start = int(random.integers(0, len(table)))
        while count:
            part = table[start:start + count]
            file.write(part.tobytes())
            count -= len(part)
            start = 0


def write_shard(path, tensors, values):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        size = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, shape in tensors:
            values.write(file, shape)


def write_weights(folder, tensors):
    shards, size = [[]], 0
    for name, shape in tensors:
        size += 2 * int(numpy.prod(shape))
        if shards[-1] and size > SHARD_BYTES:
            shards.append([])
            size = 2 * int(numpy.prod(shape))
        shards[-1].append((name, shape))
    values, weight_map = Bf16Values(), {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_shard(folder / name, shard, values)
        weight_map |= {tensor: name for tensor, _ in shard}
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": weight_map}))


def write_folder_tokenizer(folder, vocabulary):
    tokens = byte_characters()
    tokens += [f"t{i}" for i in range(vocabulary - len(tokens))]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False,
                  "trim_offsets": True, "use_regex": True}
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "added_tokens": [], "normalizer": None,
        "pre_tokenizer": byte_level, "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "merges": [["t", "0"]],
                  "vocab": {token: i for i, token in enumerate(tokens)}}}))


def write_folder(path, shape, layers):
    folder = pathlib.Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(shape["config"])
    config["num_hidden_layers"] = layers or config["num_hidden_layers"]
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "generation_config.json").write_text(
        json.dumps({"eos_token_id": [1], "do_sample": True,
                    "temperature": 0.6, "top_p": 0.9}))
    write_folder_tokenizer(folder, config["vocab_size"])
    write_weights(folder, folder_tensors(shape, config["num_hidden_layers"]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--folder", action="store_true")
    parser.add_argument("--shape", choices=FOLDERS, default="llama-3.2-1b")
    parser.add_argument("--layers", type=int)
    arguments = parser.parse_args()
    if arguments.folder:
        write_folder(arguments.output, FOLDERS[arguments.shape],
                     arguments.layers)
    else:
        write_gguf(arguments.output)


if __name__ == "__main__":
    main()
