"""The families of make_family_goldens.py that are less like Llama.

Case is explained in family_cases.py.
"""

from family_cases import PLAIN_ROPE, WHOLE_ROPE, Case, rope

GPT2 = dict(words="gpt-2", special=["<|endoftext|>"], bos="<|endoftext|>",
            eos="<|endoftext|>")  # fmt: skip
GEMMA = dict(
    words="spm", special=["<pad>", "<eos>", "<bos>", "<unk>"], prefix=False,
    infilling=["<start_of_turn>", "<end_of_turn>"], bos="<bos>", eos="<eos>",
    template="file",
)  # fmt: skip


GPTS = [
    Case(
        "gpt2", "gpt2", "GPT2Config", GPT2,
        dict(n_embd=40, n_layer=2, n_head=5, vocab_size=67, n_positions=64,
             bos_token_id=0),
        published=dict(n_ctx=64), gguf_settings=dict(n_ctx=64), eos=(0,),
        long=(45, 64),
        without={"positions": {"zero": r"wpe"}},
        nearly={"other gelu": {"config": {"activation_function": "gelu"}}},
    ),
    Case(
        "gpt_bigcode", "gpt_bigcode", "GPTBigCodeConfig", dict(GPT2, words="starcoder"),
        dict(n_embd=32, n_layer=2, n_head=4, vocab_size=70, n_positions=64,
             bos_token_id=0, multi_query=True),
        published={}, eos=(0,), long=(45, 64), without={"positions": {"zero": r"wpe"}},
        nearly={"other gelu": {"config": {"activation_function": "gelu"}}},
    ),
    Case(
        "gpt_bigcode_heads", "gpt_bigcode", "GPTBigCodeConfig",
        dict(GPT2, words="starcoder"),
        dict(n_embd=32, n_layer=2, n_head=4, vocab_size=70, n_positions=64, n_inner=80,
             bos_token_id=0, multi_query=False, activation_function="gelu"),
        published={}, eos=(0,), gguf=False,
        nearly={"other gelu": {"config": {"activation_function": "gelu_new"}}},
    ),
    Case(
        "pythia", "gpt_neox", "GPTNeoXConfig", dict(GPT2, words="olmo"),
        dict(hidden_size=24, intermediate_size=56, num_attention_heads=3, vocab_size=68,
             max_position_embeddings=64,
             rope_parameters=rope(partial_rotary_factor=0.5)),
        published=dict(rotary_pct=0.5, rotary_emb_base=10000),
        gguf_settings=dict(rotary_pct=0.5), eos=(0,),
        without={"parallel residual": {"config": {"use_parallel_residual": False}},
                 "partial rotation": WHOLE_ROPE},
        nearly={"other gelu": {"config": {"hidden_act": "gelu_new"}}},
    ),
    Case(
        "gpt_neox", "gpt_neox", "GPTNeoXConfig", dict(GPT2, words="olmo"),
        dict(hidden_size=32, intermediate_size=64, num_attention_heads=2, vocab_size=68,
             max_position_embeddings=64, use_parallel_residual=False,
             hidden_act="gelu_fast", rope_parameters=rope(partial_rotary_factor=1.0)),
        published=dict(rotary_pct=1.0, rotary_emb_base=10000),
        gguf_settings=dict(rotary_pct=1.0), eos=(0,),
        gguf_note="the converter leaves the activation out (gelu_fast here)",
        without={"sequential residual": {"config": {"use_parallel_residual": True}}},
        nearly={"other gelu": {"config": {"hidden_act": "gelu"}}},
    ),
]  # fmt: skip

GEMMAS = [
    Case(
        "gemma", "gemma", "GemmaConfig", GEMMA,
        dict(hidden_size=16, intermediate_size=48, num_attention_heads=2,
             num_key_value_heads=1, head_dim=256, vocab_size=112,
             max_position_embeddings=64, bos_token_id=2, pad_token_id=0,
             hidden_act="gelu_pytorch_tanh", rope_parameters=rope()),
        weights="BF16", embedding=0.2, eos=(1, 41),
        # An old name that means the approximation.
        published=dict(rope_theta=10000.0, rope_scaling=None, hidden_act="gelu"),
        nearly={"other gelu": {"config": {"hidden_act": "gelu_python"}}},
    ),
    Case(
        "gemma2", "gemma2", "Gemma2Config", GEMMA,
        dict(hidden_size=32, intermediate_size=40, num_attention_heads=4,
             num_key_value_heads=2, head_dim=16, vocab_size=96,
             max_position_embeddings=512, query_pre_attn_scalar=16, sliding_window=16,
             attn_logit_softcapping=2.0, final_logit_softcapping=2.5,
             bos_token_id=2, pad_token_id=0, rope_parameters=rope()),
        layers=3, embedding=0.2, eos=(1, 41), long=(16, 17, 45, 300), window=16,
        without={
            "window": {"config": {"layer_types": ["full_attention"] * 3}},
            "full layer": {"config": {"layer_types": ["sliding_attention"] * 3}},
            "cap of scores": {"config": {"attn_logit_softcapping": None}},
            "cap of logits": {"config": {"final_logit_softcapping": None}},
            "score scale": {"config": {"query_pre_attn_scalar": 10}},
            "norm behind attention": {"identity": r"post_attention_layernorm$"},
            "norm before MLP": {"identity": r"pre_feedforward_layernorm$"},
            "norm behind MLP": {"identity": r"post_feedforward_layernorm$"},
        },
        nearly={"other gelu": {"config": {"hidden_activation": "gelu"}}},
    ),
    Case(
        "gemma2_27b", "gemma2", "Gemma2Config", GEMMA,
        dict(hidden_size=8, intermediate_size=8, num_attention_heads=2,
             num_key_value_heads=1, head_dim=8, vocab_size=96,
             max_position_embeddings=64, query_pre_attn_scalar=4, sliding_window=64,
             attn_logit_softcapping=2.0, final_logit_softcapping=2.5,
             bos_token_id=2, pad_token_id=0, rope_parameters=rope()),
        weights="BF16", layers=46, embedding=4.0, eos=(1, 41),
        published=dict(rope_theta=10000.0, cache_implementation="hybrid"),
        notes="GGUF files say by the number of layers that scores are scaled otherwise",
        without={"score scale": {"config": {"query_pre_attn_scalar": 16}}},
        nearly={"other gelu": {"config": {"hidden_activation": "gelu"}}},
    ),
    Case(
        "gemma3", "gemma3", "Gemma3TextConfig", GEMMA,
        dict(hidden_size=32, intermediate_size=32, num_attention_heads=2,
             num_key_value_heads=1, head_dim=24, vocab_size=96,
             max_position_embeddings=512, query_pre_attn_scalar=24,
             sliding_window=20, bos_token_id=2, pad_token_id=0,
             rope_parameters={
                 "full_attention": rope(1e6, "linear", factor=8.0),
                 "sliding_attention": rope(10000.0)}),
        weights="BF16", layers=7, embedding=0.2, eos=(1, 41), long=(20, 21, 45, 300), window=20,
        published=dict(
            rope_theta=1e6, rope_local_base_freq=10000.0, sliding_window_pattern=6,
            rope_scaling={"rope_type": "linear", "factor": 8.0}),
        without={
            "window": {"config": {"layer_types": ["full_attention"] * 7}},
            "rope scaling": {"config": {"rope_parameters": {
                "full_attention": rope(1e6), "sliding_attention": rope()}}},
            "local rope base": {"config": {"rope_parameters": {
                "full_attention": rope(1e6, "linear", factor=8.0),
                "sliding_attention": rope(1e6)}}},
            "score scale": {"config": {"query_pre_attn_scalar": 40}},
            "q norm": {"identity": r"q_norm$"},
            "k norm": {"identity": r"k_norm$"},
            "norm behind attention": {"identity": r"post_attention_layernorm$"},
        },
        nearly={"other gelu": {"config": {"hidden_activation": "gelu"}}},
    ),
]  # fmt: skip

# As Gemma 3 4B, whose configuration leaves out what is usual.
GEMMA3_USUAL = ("num_attention_heads", "num_key_value_heads", "head_dim",
                "query_pre_attn_scalar", "max_position_embeddings", "rms_norm_eps",
                "hidden_activation")  # fmt: skip

VISION = [
    Case(
        "gemma3_vision", "gemma3", "Gemma3Config", GEMMA,
        dict(hidden_size=8, intermediate_size=16, num_attention_heads=8,
             num_key_value_heads=4, head_dim=256, vocab_size=96,
             query_pre_attn_scalar=256, sliding_window=20, bos_token_id=2,
             pad_token_id=0,
             rope_parameters={
                 "full_attention": rope(1e6, "linear", factor=8.0),
                 "sliding_attention": rope(10000.0)}),
        vision=dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                    num_attention_heads=2, image_size=28, patch_size=14),
        weights="BF16", embedding=0.2, eos=(1, 41), long=(20, 21, 45), window=20,
        published=dict(
            rope_scaling={"rope_type": "linear", "factor": 8.0},
            left_out=GEMMA3_USUAL),
        without={"window": {"config": {"layer_types": ["full_attention"] * 2}},
                 "q norm": {"identity": r"language_model.*q_norm$"},
                 "k norm": {"identity": r"language_model.*k_norm$"}},
        notes="the text part of a model that reads pictures too",
    ),
]  # fmt: skip

STABLELMS = [
    Case(
        "stablelm", "stablelm", "StableLmConfig", dict(GPT2, words="olmo"),
        dict(hidden_size=40, intermediate_size=48, num_attention_heads=2,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             rope_parameters=rope(partial_rotary_factor=0.4)),
        published=dict(rope_theta=10000.0, partial_rotary_factor=0.4), eos=(0,),
        without={"partial rotation": WHOLE_ROPE},
    ),
    Case(
        "stablelm2", "stablelm", "StableLmConfig", dict(GPT2, words="stablelm2"),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=2,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             use_qkv_bias=True, rope_parameters=rope(partial_rotary_factor=0.25)),
        eos=(0,),
    ),
    Case(
        "stablelm2_12b", "stablelm", "StableLmConfig", dict(GPT2, words="stablelm2"),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             qk_layernorm=True, use_parallel_residual=True,
             rope_parameters=rope(partial_rotary_factor=0.25)),
        published=dict(rope_theta=10000.0, partial_rotary_factor=0.25), eos=(0,),
        without={"q norm": {"identity": r"q_layernorm$"},
                 "k norm": {"identity": r"k_layernorm$"}},
    ),
]  # fmt: skip

GRANITE = dict(embedding_multiplier=3.0, attention_multiplier=0.2,
               residual_multiplier=0.6, logits_scaling=4.0)  # fmt: skip

OTHERS = [
    Case(
        "granite", "granite", "GraniteConfig", dict(GPT2, words="refact"),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             tie_word_embeddings=True, rope_parameters=rope(), **GRANITE),
        published=dict(rope_theta=10000.0, rope_scaling=None), embedding=0.4, eos=(0,),
        without={name: {"config": {name: 1.0}} for name in GRANITE},
    ),
    Case(
        "granite_moe", "granite_moe", "GraniteMoeConfig", dict(GPT2, words="refact"),
        dict(hidden_size=32, intermediate_size=24, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             num_local_experts=4, num_experts_per_tok=2, tie_word_embeddings=True,
             rope_parameters=rope(), **GRANITE),
        published=dict(rope_theta=10000.0, rope_scaling=None), embedding=0.4, eos=(0,),
        without={name: {"config": {name: 1.0}} for name in GRANITE}
        | {"second expert": {"config": {"num_experts_per_tok": 1}}},
    ),
    Case(
        "olmo2", "olmo2", "Olmo2Config", dict(GPT2, words="dbrx"),
        dict(hidden_size=32, intermediate_size=40, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             pad_token_id=0, rope_parameters=rope(500000.0)),
        published=dict(rope_theta=500000.0, rope_scaling=None), eos=(0,),
        without={"q norm": {"identity": r"q_norm$"}, "k norm": {"identity": r"k_norm$"},
                 "norm behind attention": {"identity": r"post_attention_layernorm$"},
                 "norm behind MLP": {"identity": r"post_feedforward_layernorm$"}},
    ),
    Case(
        "falcon", "falcon", "FalconConfig", dict(GPT2, words="falcon"),
        dict(hidden_size=20, num_attention_heads=5, vocab_size=68,
             max_position_embeddings=64, multi_query=True, parallel_attn=True,
             bias=False, alibi=False, rope_parameters=rope()),
        published=dict(rope_theta=10000.0), gguf_settings=dict(num_kv_heads=1), eos=(0,),
        gguf_note="the converter writes a context of 2048", gguf_same=True,
        without={"rotation": {"config": {"rope_parameters": rope(2.0)}}},
        nearly={"other gelu": {"config": {"activation": "gelu_new"}}},
    ),
    Case(
        "falcon_new", "falcon", "FalconConfig", dict(GPT2, words="falcon"),
        dict(hidden_size=32, num_attention_heads=4, num_kv_heads=2, vocab_size=68,
             max_position_embeddings=64, new_decoder_architecture=True,
             bias=False, alibi=False, rope_parameters=rope()),
        published=dict(rope_theta=10000.0), eos=(0,),
        gguf_note="the converter writes a context of 2048", gguf_same=True,
        nearly={"other gelu": {"config": {"activation": "gelu_new"}}},
    ),
    Case(
        "starcoder2", "starcoder2", "Starcoder2Config", dict(GPT2, words="starcoder"),
        dict(hidden_size=36, intermediate_size=64, num_attention_heads=3,
             num_key_value_heads=1, vocab_size=70, max_position_embeddings=512,
             sliding_window=16, rope_parameters=rope(100000.0)),
        published=dict(rope_theta=100000.0), eos=(0,), long=(16, 17, 45, 300), window=16,
        gguf_note="the converter leaves the window out", gguf_within=16,
        without={"window": {"config": {"sliding_window": None}}},
        nearly={"other gelu": {"config": {"hidden_act": "gelu"}}},
    ),
    Case(
        "cohere", "cohere", "CohereConfig", dict(GPT2, words="command-r"),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             logit_scale=0.4, pad_token_id=0, rope_parameters=rope(8e6)),
        published=dict(rope_theta=8e6), eos=(0,),
        without={"scale of logits": {"config": {"logit_scale": 1.0}}},
    ),
    Case(
        "cohere_qk_norm", "cohere", "CohereConfig", dict(GPT2, words="command-r"),
        dict(hidden_size=32, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=64,
             logit_scale=0.4, pad_token_id=0, use_qk_norm=True,
             rope_parameters=rope(8e6)),
        published=dict(rope_theta=8e6), eos=(0,),
        without={"q norm": {"identity": r"q_norm$"}, "k norm": {"identity": r"k_norm$"}},
    ),
    Case(
        "cohere2", "cohere2", "Cohere2Config", dict(GPT2, words="command-r"),
        dict(hidden_size=32, intermediate_size=32, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=68, max_position_embeddings=512,
             logit_scale=0.4, pad_token_id=0, sliding_window=16,
             rope_parameters=rope(50000.0)),
        layers=5, eos=(0,), long=(16, 17, 45, 300), window=16,
        published=dict(rope_theta=50000.0, sliding_window_pattern=4, rotary_pct=1.0),
        gguf_settings=dict(rotary_pct=1.0),
        without={"window": {"config": {"sliding_window": 512}},
                 "rotation": {"config": {"rope_parameters": rope(2.0)}}},
    ),
]  # fmt: skip

MORE_CASES = GPTS + GEMMAS + VISION + STABLELMS + OTHERS
