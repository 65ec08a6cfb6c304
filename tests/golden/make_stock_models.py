"""Writes stock_models/: tiny language models as ExecuTorch's tools export them.

Random weights, a vocabulary of printable characters. For each model the
greedy answer of the wheel's TextLLMRunner goes to stock_models/greedy.json.
Needs torch, executorch 1.5.1 and transformers:

    python make_stock_models.py [NAME...]

With names, makes those alone and leaves the rest as it is.
"""

import json
import os
import pathlib
import sys
import tempfile

import torch

OUT = pathlib.Path(__file__).parent / "stock_models"
CONTEXT = 64
PROMPTS = ["Hello, world", "a", "The quick brown fox jumps over"]
# In half precisions the likeliest two tokens are often equal but for the last
# bit, which depends on how an implementation rounds its softmax.
CLEAR_PROMPTS = {
    "llama_bf16_sdpa": ["The quick brown fox jumps over", "What is this?"],
    "llama_fp16_sdpa": ["The quick brown fox jumps over", "What is this?"],
}
# Id 0 begins and id 1 ends a text; then one id for each printable character.
VOCABULARY = ["<s>", "</s>"] + [chr(c) for c in range(33, 127)] + ["\u0120"]

LLAMA = dict(dim=32, n_layers=2, n_heads=4, n_kv_heads=2, hidden_dim=64,
             vocab_size=len(VOCABULARY), norm_eps=1e-5, rope_theta=10000.0)
ARCHITECTURES = {
    "llama": ("llama3_2", LLAMA),
    "qwen3": ("qwen3_0_6b",
              dict(LLAMA, head_dim=16, use_qk_norm=True,
                   qk_norm_before_rope=True, use_hf_rope=True,
                   attention_qkv_bias=False)),
    "qwen2": ("qwen2_5_0_5b",
              dict(LLAMA, use_hf_rope=True, attention_qkv_bias=True)),
    "phi4": ("phi_4_mini",
             dict(LLAMA, use_hf_rope=True, partial_rotary_factor=0.75)),
}
KV = {"model.use_kv_cache": True}
SDPA = {**KV, "model.use_sdpa_with_kv_cache": True}
XNNPACK = {"backend.xnnpack.enabled": True,
           "backend.xnnpack.extended_ops": True}
INT4 = {**XNNPACK, "quantization.qmode": "8da4w",
        "quantization.group_size": 32,
        "quantization.embedding_quantize": "8,0"}
STATIC = {"model.enable_dynamic_shape": False}
TWO_METHODS = {"multimethod.methods": ["prefill", "decode"],
               "multimethod.share_mutable_buffers": True}
# Low-rank additions to some weights, which have a data file of their own.
ADAPTER = ["q_proj", "v_proj", "down_proj"]
# name: (architecture, options of export_llm)
EXPORT_LLM = {
    "llama_fp32": ("llama", KV),
    "llama_fp32_sdpa": ("llama", SDPA),
    "llama_fp32_no_cache": ("llama", {}),
    "llama_fp32_static": ("llama", {**KV, **STATIC}),
    "llama_fp32_sdpa_static": ("llama", {**SDPA, **STATIC}),
    "llama_xnnpack_sdpa": ("llama", {**SDPA, **XNNPACK}),
    "llama_8da4w": ("llama", {**KV, **INT4}),
    "llama_8da4w_sdpa": ("llama", {**SDPA, **INT4}),
    "llama_bf16_sdpa": ("llama", {**SDPA, "model.dtype_override": "bf16"}),
    "llama_fp16_sdpa": ("llama", {**SDPA, "model.dtype_override": "fp16"}),
    "llama_quantized_cache": (
        "llama", {**SDPA, "model.quantize_kv_cache": True}),
    "llama_sliding_window": (
        "llama", {**SDPA, "model.local_global_attention": [0, 16]}),
    "llama_ptd": (
        "llama", {**SDPA, **XNNPACK,
                  "export.foundation_weights_file": "llama_ptd_weights"}),
    "llama_lora_ptd": (
        "llama", {**SDPA, **XNNPACK, "base.lora_config": ADAPTER,
                  "export.foundation_weights_file": "llama_lora_ptd_base",
                  "export.lora_weights_file": "llama_lora_ptd_adapter"}),
    "llama_two_methods": ("llama", {**SDPA, **TWO_METHODS}),
    "llama_two_methods_xnnpack": (
        "llama", {**KV, **XNNPACK, **TWO_METHODS}),
    "qwen3_fp32_sdpa": ("qwen3", SDPA),
    "qwen3_8da4w_sdpa": ("qwen3", {**SDPA, **INT4}),
    "qwen2_fp32_sdpa": ("qwen2", SDPA),
    "phi4_fp32_sdpa": ("phi4", SDPA),
    "phi4_8da4w_sdpa": ("phi4", {**SDPA, **INT4}),
}
# Programs that the wheel's runner does not answer for, and the export of the
# same weights that it answers for instead: it gives each of two methods a cache
# of its own, so that the second one does not know the prompt, and it takes no
# more than one data file.
REFERENCES = {
    "llama_lora_ptd": (
        "llama", {**SDPA, **XNNPACK, "base.lora_config": ADAPTER}),
    "llama_two_methods": ("llama", SDPA),
    "llama_two_methods_xnnpack": ("llama", {**KV, **XNNPACK}),
}
# Models of transformers with a cache whose positions the caller gives, one for
# each token, as optimum-executorch exports them: class, configuration, ids of
# get_eos_id, whether XNNPACK runs them.
HF_COMMON = dict(vocab_size=len(VOCABULARY), bos_token_id=0, eos_token_id=1,
                 pad_token_id=None)
HF_DECODER = dict(HF_COMMON, hidden_size=32, intermediate_size=64,
                  num_hidden_layers=2, num_attention_heads=4,
                  num_key_value_heads=2, max_position_embeddings=CONTEXT)
CACHE_POSITION = {
    "gpt2_cache_position": (
        "GPT2", dict(HF_COMMON, n_embd=32, n_layer=2, n_head=4,
                     n_positions=CONTEXT), 1, False),
    "gemma_cache_position_xnnpack": (
        "Gemma", dict(HF_DECODER, head_dim=16), 95, True),
    "phi3_cache_position": ("Phi3", HF_DECODER, 1, False),
    "qwen2_cache_position_xnnpack": ("Qwen2", HF_DECODER, [79, 82], True),
}


def write_tokenizer(path):
    """Byte-level BPE without merges: each character is a token."""
    special = [
        {"id": i, "content": content, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False, "special": True}
        for i, content in enumerate(VOCABULARY[:2])
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False,
                  "trim_offsets": True, "use_regex": True}
    path.write_text(json.dumps({
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None,
            "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False,
            "vocab": {token: i for i, token in enumerate(VOCABULARY)},
            "merges": [],
        },
    }))


def set_option(config, path, setting):
    *parents, leaf = path.split(".")
    for parent in parents:
        config = getattr(config, parent)
    setattr(config, leaf, setting)


def randomise(module, scale):
    """Weights large enough for answers that do not repeat one token."""
    generator = torch.Generator().manual_seed(7)
    for name, parameter in sorted(module.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            parameter.data = noise * scale * parameter.shape[-1] ** -0.5
        elif "norm" in name or "ln_" in name:
            parameter.data = 1 + 0.1 * noise
        else:
            parameter.data = 0.1 * noise


def write_checkpoint(parameters, path):
    from executorch.examples.models.llama.llama_transformer import (
        construct_transformer,
    )
    from executorch.examples.models.llama.model_args import ModelArgs

    model = construct_transformer(ModelArgs(**parameters))
    randomise(model, 1.5)
    torch.save(dict(model.named_parameters()), path)


def write_adapter(parameters, path):
    from safetensors.torch import save_file

    dim, kv_dim = parameters["dim"], parameters["dim"] // 2
    shapes = {"self_attn.q_proj": (dim, dim), "self_attn.v_proj": (kv_dim, dim),
              "mlp.down_proj": (dim, parameters["hidden_dim"])}
    generator = torch.Generator().manual_seed(8)
    rank = 4
    weights = {}
    for layer in range(parameters["n_layers"]):
        for module, (rows, columns) in shapes.items():
            prefix = f"base_model.model.model.layers.{layer}.{module}.lora_"
            weights[prefix + "A.weight"] = torch.randn(
                rank, columns, generator=generator) * columns ** -0.5
            weights[prefix + "B.weight"] = torch.randn(
                rows, rank, generator=generator) * rank ** -0.5
    save_file(weights, path)


def option(path, setting, directory, parameters):
    """What export_llm's configuration holds for a setting of EXPORT_LLM."""
    from executorch.extension.llm.export.config import llm_config as types

    if path == "multimethod.methods":
        return [types.MethodConfig(method) for method in setting]
    if path == "base.lora_config":
        adapter = directory / "adapter.safetensors"
        write_adapter(parameters, adapter)
        return types.LoraConfig(str(adapter), lora_rank=4, lora_alpha=8,
                                target_modules=setting)
    return setting


def export_llm(export, path, directory):
    """Writes the program to `path`, data files beside it; `directory` is for
    what is needed in between."""
    from executorch.examples.models.llama.export_llama_lib import export_llama
    from executorch.extension.llm.export.config.llm_config import LlmConfig

    architecture, options = export
    model_class, parameters = ARCHITECTURES[architecture]
    checkpoint = directory / "checkpoint.pth"
    write_checkpoint(parameters, checkpoint)
    (directory / "params.json").write_text(json.dumps(parameters))
    config = LlmConfig()
    config.base.model_class = model_class
    config.base.checkpoint = str(checkpoint)
    config.base.params = str(directory / "params.json")
    config.base.metadata = json.dumps(
        {"get_bos_id": 0, "get_eos_ids": [1]})
    config.export.max_seq_length = 32
    config.export.max_context_length = CONTEXT
    config.export.output_dir = str(path.parent)
    config.export.output_name = str(path)
    for key, setting in options.items():
        set_option(config, key, option(key, setting, directory, parameters))
    from executorch.extension.llm.export.config import llm_config as types

    config.base.model_class = types.ModelType(model_class)
    config.model.dtype_override = types.DtypeOverride(
        config.model.dtype_override)
    os.chdir(path.parent)
    export_llama(config)


class PositionedCache:
    """Keys and values at the positions of the current call."""

    is_compileable = True

    def __init__(self, owner, positions):
        self.owner, self.positions = owner, positions

    def get_seq_length(self, *_):
        return 0

    def update(self, keys, values, layer, *_, **__):
        k_cache = getattr(self.owner, f"k_cache_{layer}")
        v_cache = getattr(self.owner, f"v_cache_{layer}")
        k_cache[:, :, self.positions] = keys
        v_cache[:, :, self.positions] = values
        return k_cache, v_cache


class CachePositionModel(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        config = model.config
        heads = config.num_attention_heads
        size = getattr(config, "head_dim", None) or (
            config.hidden_size // heads)
        kv_heads = getattr(config, "num_key_value_heads", heads)
        for layer in range(config.num_hidden_layers):
            for name in "kv":
                self.register_buffer(f"{name}_cache_{layer}",
                                     torch.zeros(1, kv_heads, CONTEXT, size))

    def forward(self, input_ids, cache_position):
        sees = torch.arange(CONTEXT) <= cache_position[:, None]
        mask = torch.where(sees, 0.0, -torch.inf)[None, None]
        return self.model(
            input_ids,
            attention_mask=mask,
            position_ids=cache_position[None],
            past_key_values=PositionedCache(self, cache_position),
            use_cache=True,
        ).logits


def export_cache_position(name):
    import transformers
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
        XnnpackPartitioner,
    )
    from executorch.exir import to_edge_transform_and_lower

    kind, parameters, eos_id, uses_xnnpack = CACHE_POSITION[name]
    config = getattr(transformers, kind + "Config")(**parameters)
    config._attn_implementation = "eager"
    hf_model = getattr(transformers, kind + (
        "LMHeadModel" if kind == "GPT2" else "ForCausalLM"))(config).eval()
    randomise(hf_model, 1.5)
    length = torch.export.Dim("length", min=1, max=CONTEXT - 1)
    with torch.no_grad():
        exported = torch.export.export(
            CachePositionModel(hf_model), (),
            {"input_ids": torch.tensor([[2, 3, 4]]),
             "cache_position": torch.arange(3)},
            dynamic_shapes={"input_ids": {1: length},
                            "cache_position": {0: length}},
            strict=False)
        program = to_edge_transform_and_lower(
            exported,
            partitioner=[XnnpackPartitioner()] if uses_xnnpack else [],
            constant_methods={
                "get_dtype": 6, "get_bos_id": 0, "get_eos_id": eos_id,
                "get_vocab_size": len(VOCABULARY), "get_max_batch_size": 1,
                "get_max_seq_len": CONTEXT, "use_kv_cache": True,
                "use_sdpa_with_kv_cache": False, "enable_dynamic_shape": True,
            }).to_executorch()
    (OUT / f"{name}.pte").write_bytes(program.buffer)


def data_files(path):
    path = pathlib.Path(path)
    return [str(p) for p in sorted(path.parent.glob(f"{path.stem}_*.ptd"))]


def record_greedy(path):
    """The answers of the wheel's runner to a program with at most one data
    file, as ids."""
    # These register what the runtime itself lacks.
    import executorch.kernels.quantized  # noqa: F401
    from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401
    from executorch.extension.llm.runner import (
        GenerationConfig,
        TextLLMRunner,
    )

    ids = {token: i for i, token in enumerate(VOCABULARY)}
    ids[" "] = ids.pop("\u0120")
    answers = []
    name = pathlib.Path(path).stem
    for prompt in CLEAR_PROMPTS.get(name, PROMPTS):
        # Without a cache the whole text but for its last token goes in again
        # for each token, 31 at most: the wheel fails beyond that.
        if "no_cache" in path and len(prompt) + 20 > 32:
            continue
        runner = TextLLMRunner(path, str(OUT / "tokenizer.json"),
                               *data_files(path))
        pieces = []
        runner.generate(
            prompt,
            GenerationConfig(echo=False, max_new_tokens=20, temperature=0.0),
            pieces.append)
        answers.append({"prompt": prompt,
                        "ids": [ids[piece] for piece in pieces if piece]})
    return answers


def in_child(function, *arguments):
    """Calls it in a forked process: exporting changes torch's state, and the
    runtime's threads do not outlive a fork. The result must be JSON."""
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "result.json"
        child = os.fork()
        if child == 0:
            status = 1
            try:
                result.write_text(json.dumps(function(*arguments)))
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1] != 0:
            raise RuntimeError(f"{function.__name__}{arguments} failed")
        return json.loads(result.read_text())


def make(name):
    if name in CACHE_POSITION:
        export_cache_position(name)
        return
    with tempfile.TemporaryDirectory() as directory:
        export_llm(EXPORT_LLM[name], OUT / f"{name}.pte",
                   pathlib.Path(directory))


def make_reference(name, path):
    with tempfile.TemporaryDirectory() as directory:
        export_llm(REFERENCES[name], pathlib.Path(path),
                   pathlib.Path(directory))


def end_at(eos_ids, answer):
    """The wheel's runner does not read get_eos_id and goes on behind it."""
    ids = answer["ids"]
    end = next((i for i, token in enumerate(ids) if token in eos_ids),
               len(ids))
    return {**answer, "ids": ids[:end + 1]}


def answers_of(name):
    if name in CACHE_POSITION:
        eos_id = CACHE_POSITION[name][2]
        eos_ids = eos_id if isinstance(eos_id, list) else [eos_id]
        return [end_at(eos_ids, answer) for answer in
                in_child(record_greedy, str(OUT / f"{name}.pte"))]
    if name not in REFERENCES:
        return in_child(record_greedy, str(OUT / f"{name}.pte"))
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/reference.pte"
        in_child(make_reference, name, path)
        return in_child(record_greedy, path)


def main():
    # Once, for all children.
    import executorch.examples.models.llama.export_llama_lib  # noqa: F401

    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    write_tokenizer(OUT / "tokenizer.json")
    path = OUT / "greedy.json"
    results = {}
    if sys.argv[1:] and path.exists():
        results = {r["name"]: r for r in json.loads(path.read_text())}
    for name in sys.argv[1:] or [*EXPORT_LLM, *CACHE_POSITION]:
        in_child(make, name)
        data = [os.path.basename(d) for d in data_files(OUT / f"{name}.pte")]
        results[name] = {"name": name, "data": data,
                         "answers": answers_of(name)}
        lines = ",\n".join(json.dumps(results[n]) for n in sorted(results))
        path.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
