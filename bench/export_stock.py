#!/usr/bin/env python3
"""Exports the default model with ExecuTorch's own tools, to run it beside ours:
8da4w for XNNPACK, with llama::custom_sdpa.

Needs torch, transformers, gguf and executorch 1.5.1 (scripts/versions.env); takes
about ten minutes and 3 GB. Writes tokenizer.json beside the program.

Usage: bench/export_stock.py MODEL.gguf OUT.pte
"""

import json
import pathlib
import sys
import tempfile

import torch
import transformers

CONTEXT = 2048
# The names of transformers and of ExecuTorch's Llama.
LAYER_NAMES = {
    "self_attn.q_proj": "attention.wq",
    "self_attn.k_proj": "attention.wk",
    "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "feed_forward.w1",
    "mlp.down_proj": "feed_forward.w2",
    "mlp.up_proj": "feed_forward.w3",
}


def checkpoint_of(model):
    weights = {
        "tok_embeddings.weight": model.model.embed_tokens.weight,
        "norm.weight": model.model.norm.weight,
        "output.weight": model.lm_head.weight,
    }
    for i, layer in enumerate(model.model.layers):
        modules = dict(layer.named_modules())
        for theirs, name in LAYER_NAMES.items():
            weights[f"layers.{i}.{name}.weight"] = modules[theirs].weight
    return {name: weight.detach().clone() for name, weight in weights.items()}


def parameters_of(config):
    return dict(
        dim=config.hidden_size, n_layers=config.num_hidden_layers,
        n_heads=config.num_attention_heads,
        n_kv_heads=config.num_key_value_heads,
        hidden_dim=config.intermediate_size, vocab_size=config.vocab_size,
        norm_eps=config.rms_norm_eps,
        rope_theta=config.rope_parameters["rope_theta"], use_hf_rope=True)


def export(model, path, directory):
    from executorch.examples.models.llama.export_llama_lib import export_llama
    from executorch.extension.llm.export.config import llm_config

    torch.save(checkpoint_of(model), directory / "checkpoint.pth")
    (directory / "params.json").write_text(
        json.dumps(parameters_of(model.config)))
    config = llm_config.LlmConfig()
    config.base.model_class = llm_config.ModelType("llama3_2")
    config.base.checkpoint = str(directory / "checkpoint.pth")
    config.base.params = str(directory / "params.json")
    config.base.metadata = json.dumps(
        {"get_bos_id": model.config.bos_token_id,
         "get_eos_ids": [model.config.eos_token_id]})
    config.model.dtype_override = llm_config.DtypeOverride("fp32")
    config.model.use_kv_cache = True
    config.model.use_sdpa_with_kv_cache = True
    config.backend.xnnpack.enabled = True
    config.backend.xnnpack.extended_ops = True
    config.quantization.qmode = "8da4w"
    config.quantization.group_size = 32
    config.quantization.embedding_quantize = "8,0"
    config.export.max_seq_length = CONTEXT
    config.export.max_context_length = CONTEXT
    config.export.output_dir = str(path.parent)
    config.export.output_name = str(path)
    export_llama(config)


def write_tokenizer(source, path):
    tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    # ExecuTorch's tokenizer refuses an empty sequence.
    if (content["normalizer"] or {}).get("normalizers") == []:
        content["normalizer"] = None
    path.write_text(json.dumps(content))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    gguf, path = map(pathlib.Path, sys.argv[1:])
    source = dict(pretrained_model_name_or_path=gguf.resolve().parent,
                  gguf_file=gguf.name)
    write_tokenizer(source, path.with_name("tokenizer.json"))
    model = transformers.AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32)
    with tempfile.TemporaryDirectory() as directory:
        export(model, path.resolve(), pathlib.Path(directory))


if __name__ == "__main__":
    main()
