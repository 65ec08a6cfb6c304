#!/usr/bin/env python3
"""Writes the goldens of the importer's tests into importer/.

blocks.gguf   random blocks of every supported tensor type, each with the
              values that gguf-py makes of them (as "<type>.values").
<model>.gguf  small Llamas with random weights, one or more tensor types each.
models.json   logits of these models by transformers' LlamaForCausalLM, float32,
              on the weights as gguf-py dequantizes them.

Usage: make_importer_goldens.py
Needs: torch, transformers, gguf, numpy (versions in scripts/versions.env).
"""

import json
import math
import pathlib

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, TokenType, quants

OUT = pathlib.Path(__file__).parent / "importer"
BLOCK_ROWS, BLOCK_COLS = 17, 256
CONTEXT = 64
PROMPT_LENGTHS = (1, 2, 7, 33)

TYPES = [
    Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1,
    Type.Q5_0, Type.Q5_1, Type.Q4_K, Type.Q5_K, Type.Q6_K,
]  # fmt: skip

# Byte offsets of the f16 fields of a block.
HALF_FIELDS = {
    Type.Q8_0: (0,),
    Type.Q4_0: (0,),
    Type.Q4_1: (0, 2),
    Type.Q5_0: (0,),
    Type.Q5_1: (0, 2),
    Type.Q4_K: (0, 2),
    Type.Q5_K: (0, 2),
    Type.Q6_K: (208,),
}


def random_blocks(rng, kind, rows, cols, halves):
    """Raw bytes [rows, bytes per row]: random, with `halves(n)` as scales."""
    values, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (rows * cols // values, size), dtype=np.uint8)
    for offset in HALF_FIELDS[kind]:
        scale = halves(len(blocks)).astype(np.float16)
        blocks[:, offset : offset + 2] = scale.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def any_halves(rng):
    def make(count):
        values = rng.normal(0, 1, count)
        values[::5] *= 1e-6  # subnormal in half precision
        values[3::11] = 0
        return values

    return make


def dense_blocks(rng, kind, rows, cols):
    values = rng.normal(0, 1, (rows, cols)).astype(np.float32)
    values[0, :8] = [0, -0.0, 1e-7, -1e-7, 6e-8, 60000, -60000, 1e-5]
    if kind == Type.BF16:
        return quants.quantize(values, kind)
    return values.astype(np.float16 if kind == Type.F16 else np.float32)


def add_tensor(writer, name, data, kind):
    if kind in (Type.F32, Type.F16):
        writer.add_tensor(name, data)
    else:
        writer.add_tensor(name, data, raw_dtype=kind)


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_blocks():
    rng = np.random.default_rng(1)
    writer = GGUFWriter(OUT / "blocks.gguf", "blocks")
    for kind in TYPES:
        if kind in HALF_FIELDS:
            data = random_blocks(rng, kind, BLOCK_ROWS, BLOCK_COLS, any_halves(rng))
        else:
            data = dense_blocks(rng, kind, BLOCK_ROWS, BLOCK_COLS)
        values = np.ascontiguousarray(quants.dequantize(data, kind), np.float32)
        assert values.shape == (BLOCK_ROWS, BLOCK_COLS) and np.isfinite(values).all()
        add_tensor(writer, kind.name, data, kind)
        writer.add_tensor(kind.name + ".values", values)
    write(writer)


# ---------------------------------------------------------------- models

SMALL = dict(hidden=64, heads=4, kv=2, head=16, middle=96, vocab=67, layers=2)
# Rows of 256 values where the K types ask for them; "rest" has the others.
WIDE = dict(hidden=256, heads=4, kv=2, head=16, middle=32, vocab=37, layers=1)

MODELS = {
    "f32_tied": dict(
        hidden=20, heads=2, kv=2, head=10, middle=33, vocab=41, layers=2,
        kind=Type.F32, tied=True, tokenizer="spm",
    ),
    "f16_wide_heads": dict(
        hidden=36, heads=6, kv=2, head=14, middle=50, vocab=43, layers=2,
        kind=Type.F16,
    ),
    "bf16_one_kv_head": dict(
        hidden=35, heads=5, kv=1, head=6, middle=31, vocab=45, layers=2,
        kind=Type.BF16, tied=True, base=500000.0,
    ),
    "q8_0_llama3_rope": dict(SMALL, kind=Type.Q8_0, rope="llama3", base=500000.0),
    "q4_0_linear_rope": dict(SMALL, kind=Type.Q4_0, rope="linear", tied=True),
    "q4_1": dict(SMALL, kind=Type.Q4_1, embedding=Type.Q8_0, tied=True),
    "q5_0": dict(SMALL, kind=Type.Q5_0, tokenizer="spm"),
    "q5_1": dict(SMALL, kind=Type.Q5_1),
    "q4_k": dict(WIDE, kind=Type.Q4_K, rest=Type.Q5_0, embedding=Type.Q6_K, tied=True),
    "q5_k": dict(WIDE, kind=Type.Q5_K, rest=Type.Q8_0),
    "q6_k": dict(WIDE, kind=Type.Q6_K, rest=Type.F16),
    # Rows of whole groups in a dense type, for the tests of --quant.
    "bf16_to_round": dict(SMALL, kind=Type.BF16),
}  # fmt: skip

LLAMA3 = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)  # fmt: skip


class Weights:
    """Random matrices, as stored and as the oracle sees them."""

    def __init__(self, config, seed):
        self.config = config
        self.rng = np.random.default_rng(seed)
        self.stored = {}
        self.values = {}

    def kind_of(self, name, cols):
        kind = self.config["kind"]
        if name in ("token_embd.weight", "output.weight"):
            kind = self.config.get("embedding", kind)
        block = gguf.GGML_QUANT_SIZES[kind][0]
        return kind if cols % block == 0 else self.config["rest"]

    def matrix(self, name, rows, cols):
        kind = self.kind_of(name, cols)
        spread = 1 / math.sqrt(cols)
        if kind in (Type.Q4_K, Type.Q5_K, Type.Q6_K):
            # gguf-py does not quantize to these. Six-bit scales and quants of
            # up to 31 on both sides of zero bring the spread back.
            scale = spread / (500 if kind == Type.Q4_K else 900)
            data = random_blocks(
                self.rng, kind, rows, cols, lambda n: self.rng.normal(0, scale, n)
            )
        else:
            values = self.rng.normal(0, spread, (rows, cols)).astype(np.float32)
            data = quants.quantize(values, kind)
        self.stored[name] = (data, kind)
        self.values[name] = np.ascontiguousarray(quants.dequantize(data, kind), np.float32)

    def vector(self, name, size):
        values = (1 + self.rng.normal(0, 0.2, size)).astype(np.float32)
        self.stored[name] = (values, Type.F32)
        self.values[name] = values


def make_weights(config, seed):
    weights = Weights(config, seed)
    hidden, middle = config["hidden"], config["middle"]
    query, kv = config["heads"] * config["head"], config["kv"] * config["head"]
    weights.matrix("token_embd.weight", config["vocab"], hidden)
    weights.vector("output_norm.weight", hidden)
    if not config.get("tied"):
        weights.matrix("output.weight", config["vocab"], hidden)
    for i in range(config["layers"]):
        block = f"blk.{i}."
        weights.vector(block + "attn_norm.weight", hidden)
        weights.matrix(block + "attn_q.weight", query, hidden)
        weights.matrix(block + "attn_k.weight", kv, hidden)
        weights.matrix(block + "attn_v.weight", kv, hidden)
        weights.matrix(block + "attn_output.weight", hidden, query)
        weights.vector(block + "ffn_norm.weight", hidden)
        weights.matrix(block + "ffn_gate.weight", middle, hidden)
        weights.matrix(block + "ffn_up.weight", middle, hidden)
        weights.matrix(block + "ffn_down.weight", hidden, middle)
    return weights


def halves_apart(values, heads):
    """Rows of a GGUF query or key matrix, whose rotated pairs are neighbours,
    in transformers' order, where they are half a head apart."""
    rows, cols = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, cols)
    return pairs.swapaxes(1, 2).reshape(rows, cols)


def llama3_factors(config):
    """What Llama 3.1 divides each frequency by."""
    head, base = config["head"], config["base"]
    old = LLAMA3["original_max_position_embeddings"]
    low, high = LLAMA3["low_freq_factor"], LLAMA3["high_freq_factor"]
    factors = []
    for i in range(0, head, 2):
        wavelength = 2 * math.pi * base ** (i / head)
        if wavelength < old / high:
            factors.append(1.0)
        elif wavelength > old / low:
            factors.append(LLAMA3["factor"])
        else:
            smooth = (old / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / LLAMA3["factor"] + smooth))
    return np.array(factors, np.float32)


def tiny_vocabulary(config):
    """Pieces, types and, by kind of tokenizer, merges or scores."""
    letters = [chr(ord("a") + i) for i in range(24)]
    if config.get("tokenizer") == "spm":
        pieces = ["<unk>", "<s>", "</s>", "\u2581"] + letters
        kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL]
        pairs = ["ab", "abc", "\u2581a", "\u2581ab", "de", "\u2581de"]
    else:
        pieces = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "\u0120"] + letters
        kinds = [TokenType.CONTROL] * 3
        pairs = ["ab", "abc", "\u0120a", "\u0120ab", "de"]
    pieces += pairs
    kinds += [TokenType.NORMAL] * (len(pieces) - 3)
    return pieces, kinds


def write_tokenizer(writer, config):
    pieces, kinds = tiny_vocabulary(config)
    writer.add_token_list(pieces)
    writer.add_token_types(kinds)
    if config.get("tokenizer") == "spm":
        writer.add_tokenizer_model("llama")
        writer.add_token_scores([-float(i) for i in range(len(pieces))])
        writer.add_unk_token_id(0)
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("smollm")
        writer.add_token_merges(["a b", "ab c", "\u0120 a", "\u0120 ab", "d e"])
        writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def write_model(name, config, weights):
    writer = GGUFWriter(OUT / f"{name}.gguf", "llama")
    writer.add_name(f"Tiny {name}")
    writer.add_block_count(config["layers"])
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(config["hidden"])
    writer.add_feed_forward_length(config["middle"])
    writer.add_head_count(config["heads"])
    writer.add_head_count_kv(config["kv"])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(config.get("base", 10000.0))
    writer.add_rope_dimension_count(config["head"])
    if config["head"] * config["heads"] != config["hidden"]:
        writer.add_key_length(config["head"])
        writer.add_value_length(config["head"])
    if config.get("rope") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(4.0)
    write_tokenizer(writer, config)
    if config.get("rope") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(config))
    for tensor, (data, kind) in weights.stored.items():
        add_tensor(writer, tensor, data, kind)
    write(writer)


def oracle(config, weights):
    rope = {"rope_type": "default", "rope_theta": config.get("base", 10000.0)}
    if config.get("rope") == "linear":
        rope |= {"rope_type": "linear", "factor": 4.0}
    if config.get("rope") == "llama3":
        rope |= {"rope_type": "llama3"} | LLAMA3
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=config["vocab"],
            hidden_size=config["hidden"],
            intermediate_size=config["middle"],
            num_hidden_layers=config["layers"],
            num_attention_heads=config["heads"],
            num_key_value_heads=config["kv"],
            head_dim=config["head"],
            max_position_embeddings=CONTEXT,
            rms_norm_eps=1e-5,
            rope_parameters=rope,
            tie_word_embeddings=False,
            attention_bias=False,
            attn_implementation="eager",
        )
    )
    names = {
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    }  # fmt: skip
    values = weights.values
    state = {
        "model.embed_tokens.weight": values["token_embd.weight"],
        "model.norm.weight": values["output_norm.weight"],
        "lm_head.weight": values.get("output.weight", values["token_embd.weight"]),
    }
    for i in range(config["layers"]):
        for ours, theirs in names.items():
            value = values[f"blk.{i}.{ours}.weight"]
            if ours == "attn_q":
                value = halves_apart(value, config["heads"])
            elif ours == "attn_k":
                value = halves_apart(value, config["kv"])
            state[f"model.layers.{i}.{theirs}.weight"] = value
    model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()})
    return model.float().eval()


def make_models():
    goldens = {}
    for seed, (name, config) in enumerate(MODELS.items()):
        weights = make_weights(config, seed)
        write_model(name, config, weights)
        model = oracle(config, weights)
        rng = np.random.default_rng(100 + seed)
        cases = []
        for length in PROMPT_LENGTHS:
            prompt = rng.integers(0, config["vocab"], length).tolist()
            with torch.no_grad():
                logits = model(torch.tensor([prompt])).logits[0, -1]
            cases.append({"prompt": prompt, "logits": [float(f"{v:.7g}") for v in logits]})
        spread = float(np.std(cases[-1]["logits"]))
        print(name, "standard deviation of the logits", round(spread, 3))
        goldens[name] = {"tied": bool(config.get("tied")), "cases": cases}
    text = json.dumps(goldens, separators=(",", ":"))
    (OUT / "models.json").write_text(text.replace('{"prompt"', '\n{"prompt"') + "\n")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    make_blocks()
    make_models()
