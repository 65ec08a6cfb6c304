"""The models of make_family_goldens.py: one Case for each folder.

`shape` goes to the configuration class of transformers; `published` is what
the configurations on the Hub say in place of what transformers 5 writes (the
members of `rope_parameters` under their older names). `without` names features
and how a model lacks one of them: {"config": members}, {"zero": parameters}
or {"identity": modules}, the last two as regular expressions.
"""

import dataclasses

LLAMA2 = dict(words="spm", special=["<unk>", "<s>", "</s>"], bos="<s>", eos="</s>")
LLAMA3 = dict(
    words="llama-bpe", template="file",
    special=["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"],
    bos="<|begin_of_text|>", eos="<|eot_id|>",
)  # fmt: skip
QWEN = dict(
    words="qwen2", template="config",
    special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], eos="<|im_end|>",
)  # fmt: skip
PHI3 = dict(
    LLAMA2, added=["<|endoftext|>", "<|assistant|>", "<|end|>", "<|user|>"],
    eos="<|endoftext|>", template="config",
)  # fmt: skip


@dataclasses.dataclass
class Case:
    name: str
    family: str
    config: str  # class of transformers
    tokenizer: dict
    shape: dict
    layers: int = 2
    weights: str = "F32"
    vision: dict | None = None  # of a model that sees; `shape` is its text part's
    published: dict | None = None
    shards: int = 0  # bytes of one, 0 for a single file
    gguf: bool = True
    gguf_note: str = ""  # how it differs
    gguf_same: bool = False  # it is the same program all the same
    gguf_within: int = 0  # or gives the same logits for prompts of so many tokens
    gguf_settings: dict = dataclasses.field(default_factory=dict)
    long: tuple = (45,)  # lengths of long prompts
    calls: tuple = ()  # call patterns, where the logits depend on them
    embedding: float = 1.0  # standard deviation
    without: dict = dataclasses.field(default_factory=dict)
    # Like `without`, for what may change the logits less.
    nearly: dict = dataclasses.field(default_factory=dict)
    eos: tuple = (2,)
    window: int = 0
    original_context: int = 0
    notes: str = ""


def rope(base=10000.0, kind="default", **members):
    return {"rope_theta": base, "rope_type": kind} | members


LLAMA3_SCALING = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                      original_max_position_embeddings=32)  # fmt: skip
PLAIN_ROPE = {"config": {"rope_parameters": rope()}}
WHOLE_ROPE = {"config": {"rope_parameters": rope(partial_rotary_factor=1.0)}}

LLAMAS = [
    Case(
        "llama2", "llama", "LlamaConfig", LLAMA2,
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=4, vocab_size=64, max_position_embeddings=64,
             rms_norm_eps=1e-5, rope_parameters=rope()),
        weights="F16", without={"rotation": {"config": {"rope_parameters": rope(2.0)}}},
    ),
    Case(
        "tinyllama", "llama", "LlamaConfig", dict(LLAMA2, model_only=True),
        dict(hidden_size=32, intermediate_size=44, num_attention_heads=2,
             num_key_value_heads=1, head_dim=96, vocab_size=64,
             max_position_embeddings=64, rms_norm_eps=1e-5, rope_parameters=rope()),
        published=dict(rope_theta=10000.0, rope_scaling=None),
        weights="BF16", notes="tokenizer.model without tokenizer.json",
    ),
    Case(
        "code_llama", "llama", "LlamaConfig",
        dict(LLAMA2, infilling=["\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>", "\u2581<EOT>"]),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=4, vocab_size=80, max_position_embeddings=256,
             rms_norm_eps=1e-5, rope_parameters=rope(1e6)),
        published=dict(rope_theta=1e6, rope_scaling=None), long=(45, 120),
        without={"rope base": PLAIN_ROPE},
    ),
    Case(
        "llama3_2", "llama", "LlamaConfig", LLAMA3,
        dict(hidden_size=64, intermediate_size=96, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=72, max_position_embeddings=256,
             rms_norm_eps=1e-5, tie_word_embeddings=True,
             rope_parameters=rope(500000.0, "llama3", **LLAMA3_SCALING | {"factor": 32.0})),
        weights="BF16", long=(45, 100), original_context=32, eos=(1, 2),
        without={"rope scaling": {"config": {"rope_parameters": rope(500000.0)}}},
    ),
    Case(
        "llama_biases", "llama", "LlamaConfig", LLAMA3,
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=72, max_position_embeddings=64,
             attention_bias=True, mlp_bias=True, rope_parameters=rope()),
        published=dict(rope_theta=10000.0, rope_scaling=None),
    ),
    Case(
        "llama_f8", "llama", "LlamaConfig", LLAMA3,
        dict(hidden_size=32, intermediate_size=64, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=72, max_position_embeddings=64,
             rope_parameters=rope(500000.0)),
        published=dict(rope_theta=500000.0), weights="F8_E4M3",
        gguf_note="the converter turns F8_E4M3 into BF16", gguf_same=True,
        notes="the matrices of the layers are F8_E4M3 without scales, the rest BF16",
    ),
    Case(
        "smollm2", "llama", "LlamaConfig",
        dict(words="smollm", special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
             bos="<|im_start|>", eos="<|im_end|>", template="config"),
        dict(hidden_size=36, intermediate_size=40, num_attention_heads=9,
             num_key_value_heads=3, vocab_size=70, max_position_embeddings=64,
             tie_word_embeddings=True, rope_parameters=rope(100000.0)),
        published=dict(rope_theta=100000.0, rope_scaling=None, rope_interleaved=False),
    ),
    Case(
        "smollm3", "smollm3", "SmolLM3Config", LLAMA3,
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=72, max_position_embeddings=128,
             tie_word_embeddings=True, pad_token_id=0, rope_parameters=rope(5e6)),
        layers=4, published=dict(rope_theta=5e6, rope_scaling=None),
        without={"layers without rotation": {"config": {"no_rope_layers": [1] * 4}}},
    ),
    Case(
        "llama3_1", "llama", "LlamaConfig", LLAMA3,
        dict(hidden_size=33, intermediate_size=48, num_attention_heads=3,
             num_key_value_heads=1, head_dim=64, vocab_size=72,
             max_position_embeddings=256, rms_norm_eps=1e-5,
             rope_parameters=rope(500000.0, "llama3", **LLAMA3_SCALING)),
        published=dict(rope_theta=500000.0,
                       rope_scaling=dict(LLAMA3_SCALING, rope_type="llama3")),
        shards=60_000, long=(45, 100), original_context=32,
        without={"rope scaling": {"config": {"rope_parameters": rope(500000.0)}}},
    ),
    Case(
        "mistral", "mistral", "MistralConfig", LLAMA2,
        dict(hidden_size=32, intermediate_size=56, num_attention_heads=3,
             num_key_value_heads=1, head_dim=80, vocab_size=64,
             max_position_embeddings=512, rms_norm_eps=1e-5, sliding_window=16,
             rope_parameters=rope()),
        published=dict(rope_theta=10000.0), long=(16, 17, 45, 300), window=16,
        gguf_note="the converter leaves the window out", gguf_within=16,
        without={"window": {"config": {"sliding_window": None}}},
    ),
    Case(
        "mixtral", "mixtral", "MixtralConfig", LLAMA2,
        dict(hidden_size=32, intermediate_size=24, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=64, max_position_embeddings=64,
             num_local_experts=4, num_experts_per_tok=2, rope_parameters=rope(1e6)),
        published=dict(rope_theta=1e6),
        without={"second expert": {"config": {"num_experts_per_tok": 1}}},
    ),
]  # fmt: skip

QWENS = [
    Case(
        "qwen2", "qwen2", "Qwen2Config", QWEN,
        dict(hidden_size=28, intermediate_size=40, num_attention_heads=7,
             num_key_value_heads=1, vocab_size=90, max_position_embeddings=64,
             tie_word_embeddings=True, rope_parameters=rope(1e6)),
    ),
    Case(
        "qwen2_5_yarn", "qwen2", "Qwen2Config", QWEN,
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=2,
             num_key_value_heads=2, vocab_size=80, max_position_embeddings=128,
             rope_parameters=rope(10000.0, "yarn", factor=4.0,
                                  original_max_position_embeddings=32)),
        published=dict(
            rope_theta=10000.0, use_sliding_window=False, sliding_window=None,
            rope_scaling={"type": "yarn", "factor": 4.0,
                          "original_max_position_embeddings": 32}),
        long=(45, 120), original_context=32,
        without={"rope scaling": PLAIN_ROPE, "attention factor": {"config": {
            "rope_parameters": rope(10000.0, "yarn", factor=4.0, attention_factor=1.0,
                                    original_max_position_embeddings=32)}}},
    ),
    Case(
        "qwen2_window", "qwen2", "Qwen2Config", QWEN,
        dict(hidden_size=32, intermediate_size=32, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=80, max_position_embeddings=512,
             use_sliding_window=True, sliding_window=16, max_window_layers=1,
             rope_parameters=rope()),
        layers=3, published=dict(rope_theta=10000.0), long=(16, 17, 45, 300), window=16,
        gguf_note="the converter leaves the window out", gguf_within=16,
        without={"window": {"config": {"layer_types": ["full_attention"] * 3}},
                 "full layer": {"config": {"layer_types": ["sliding_attention"] * 3}}},
    ),
    Case(
        "qwen3", "qwen3", "Qwen3Config", QWEN,
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=2,
             num_key_value_heads=1, head_dim=128, vocab_size=80,
             max_position_embeddings=128, tie_word_embeddings=True,
             rope_parameters=rope(1e6)),
        published=dict(rope_theta=1e6, rope_scaling=None, sliding_window=None,
                       use_sliding_window=False, max_window_layers=2),
        eos=(2, 0),
        without={"q norm": {"identity": r"q_norm$"}, "k norm": {"identity": r"k_norm$"}},
    ),
    Case(
        "qwen3_moe", "qwen3_moe", "Qwen3MoeConfig", QWEN,
        dict(hidden_size=32, intermediate_size=48, moe_intermediate_size=24,
             num_attention_heads=4, num_key_value_heads=2, head_dim=16, vocab_size=80,
             num_experts=4, num_experts_per_tok=2, norm_topk_prob=True,
             max_position_embeddings=64, rope_parameters=rope(1e6)),
        published=dict(rope_theta=1e6, rope_scaling=None), weights="BF16",
        without={"second expert": {"config": {"num_experts_per_tok": 1}},
                 "normalised experts": {"config": {"norm_topk_prob": False}}},
    ),
]  # fmt: skip


def longrope(count, rotary, base=10000.0):
    """Two sets of factors that grow with the wavelength."""
    short = [round(1 + 0.05 * i, 3) for i in range(count)]
    long = [round(1.1 + 0.9 * i, 3) for i in range(count)]
    factors = dict(short_factor=short, long_factor=long)
    saved = rope(base, "longrope", partial_rotary_factor=rotary,
                 original_max_position_embeddings=32, **factors)  # fmt: skip
    return saved, dict(factors, type="longrope")


PHI3_5_SAVED, PHI3_5_PUBLISHED = longrope(8, 1.0)
PHI4_SAVED, PHI4_PUBLISHED = longrope(6, 0.75)
# Call patterns; the last call has the rest, and none means one token each.
LONGROPE_CALLS = ((1,), (20, 1), (16, 16, 1), (40, 1), ())

PHIS = [
    Case(
        "phi3", "phi3", "Phi3Config", PHI3,
        dict(hidden_size=48, intermediate_size=40, num_attention_heads=3,
             num_key_value_heads=3, vocab_size=64, max_position_embeddings=512,
             original_max_position_embeddings=512, sliding_window=24,
             rope_parameters=rope(), pad_token_id=0),
        published=dict(rope_theta=10000.0, rope_scaling=None),
        long=(24, 25, 45, 300), window=24, eos=(39, 41),
        without={"window": {"config": {"sliding_window": None}}},
    ),
    Case(
        "phi3_5", "phi3", "Phi3Config", PHI3,
        dict(hidden_size=64, intermediate_size=40, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=64, max_position_embeddings=128,
             original_max_position_embeddings=32, pad_token_id=0,
             rope_parameters=PHI3_5_SAVED),
        published=dict(rope_theta=10000.0, rope_scaling=PHI3_5_PUBLISHED),
        long=(32, 33, 45, 100), calls=LONGROPE_CALLS, original_context=32, eos=(39, 41),
        without={
            "long factors": {"config": {"rope_parameters": PHI3_5_SAVED | {
                "long_factor": PHI3_5_SAVED["short_factor"]}}},
            "attention factor": {"config": {"rope_parameters": PHI3_5_SAVED | {
                "attention_factor": 1.0}}}},
    ),
    Case(
        "phi4_mini", "phi3", "Phi3Config",
        dict(words="gpt-4o", special=["<|endoftext|>", "<|end|>", "<|user|>", "<|assistant|>"],
             bos="<|endoftext|>", eos="<|endoftext|>", template="config",
             tokenizer_class="GPT2Tokenizer"),
        dict(hidden_size=64, intermediate_size=40, num_attention_heads=4,
             num_key_value_heads=1, vocab_size=72, max_position_embeddings=128,
             original_max_position_embeddings=32, pad_token_id=0,
             tie_word_embeddings=True, rope_parameters=PHI4_SAVED),
        published=dict(rope_theta=10000.0, partial_rotary_factor=0.75,
                       rope_scaling=PHI4_PUBLISHED),
        weights="BF16", long=(45,), calls=LONGROPE_CALLS[:2], original_context=32, eos=(0, 1),
        without={"partial rotation": {"config": {"rope_parameters": longrope(8, 1.0)[0]}}},
    ),
]  # fmt: skip

CASES = LLAMAS + QWENS + PHIS
