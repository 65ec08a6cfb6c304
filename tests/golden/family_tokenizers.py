"""Tiny tokenizers for the folders of make_family_goldens.py.

A tokenizer of the SentencePiece kind is written as tokenizer.model and as
tokenizer.json; one of the byte-level kind as tokenizer.json, with the way to
cut words that its family uses.
"""

import tokenizers
from sentencepiece import sentencepiece_model_pb2 as sentencepiece
from tokenizers import AddedToken, Regex, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers import processors
from transformers import PreTrainedTokenizerFast

LETTERS = [chr(ord("a") + i) for i in range(26)]
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2_WORDS = LLAMA3_WORDS.replace(r"\p{N}{1,3}", r"\p{N}")
GPT4O_WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def split_then_bytes(pattern):
    return pre.Sequence(
        [
            pre.Split(Regex(pattern), "isolated"),
            pre.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def digits_then_bytes():
    return pre.Sequence(
        [pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]
    )


def falcon_words():
    return pre.Sequence(
        [
            pre.Punctuation(behavior="contiguous"),
            pre.ByteLevel(add_prefix_space=False),
            pre.Digits(individual_digits=False),
            pre.Split(Regex("[0-9][0-9][0-9]"), "isolated"),
        ]
    )


# Ways to cut words by the name that GGUF files give them.
WORDS = {
    "gpt-2": lambda: pre.ByteLevel(add_prefix_space=False),
    "olmo": lambda: pre.ByteLevel(add_prefix_space=False),
    "smollm": digits_then_bytes,
    "starcoder": digits_then_bytes,
    "refact": digits_then_bytes,
    "command-r": digits_then_bytes,
    "llama-bpe": lambda: split_then_bytes(LLAMA3_WORDS),
    "dbrx": lambda: split_then_bytes(LLAMA3_WORDS),
    "qwen2": lambda: split_then_bytes(QWEN2_WORDS),
    "stablelm2": lambda: split_then_bytes(QWEN2_WORDS),
    "gpt-4o": lambda: split_then_bytes(GPT4O_WORDS),
    "falcon": falcon_words,
}
COMPOSED = ("qwen2", "olmo", "command-r")  # these normalize to NFC


def byte_level(words, special):
    """A byte-level BPE whose special tokens come first."""
    pieces = [*special, "\u0120", *LETTERS, "1", "2", ".", "'"]
    pieces += ["ab", "abc", "\u0120a", "\u0120ab", "de"]
    merges = [("a", "b"), ("ab", "c"), ("\u0120", "a"), ("\u0120", "ab"), ("d", "e")]
    tokenizer = tokenizers.Tokenizer(
        models.BPE({piece: i for i, piece in enumerate(pieces)}, merges)
    )
    if words in COMPOSED:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = WORDS[words]()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens([AddedToken(s, special=True) for s in special])
    return tokenizer


def sentencepiece_pieces(special, infilling):
    pieces = ["\u2581", *LETTERS, "1", "2", "."]
    merged = ["ab", "abc", "\u2581a", "\u2581ab", "de", "\u2581de"]
    return special + merged + pieces + infilling


MERGES = [("a", "b"), ("ab", "c"), ("\u2581", "a"), ("\u2581", "ab"),
          ("d", "e"), ("\u2581", "de")]  # fmt: skip


def sentencepiece_model(pieces, special, infilling, prefix):
    """The bytes of tokenizer.model."""
    model = sentencepiece.ModelProto()
    kinds = sentencepiece.ModelProto.SentencePiece
    for i, piece in enumerate(pieces):
        kind = kinds.NORMAL
        if piece == "<unk>":
            kind = kinds.UNKNOWN
        elif piece in special or piece in infilling:
            kind = kinds.CONTROL
        score = 0.0 if piece in special else float(len(special) - i)
        model.pieces.add(piece=piece, score=score, type=kind)
    model.trainer_spec.model_type = sentencepiece.TrainerSpec.BPE
    model.trainer_spec.vocab_size = len(pieces)
    for name in ("unk", "bos", "eos", "pad"):
        text = {"bos": "<s>", "eos": "</s>"}.get(name, f"<{name}>")
        text = text if text in pieces else f"<{name}>"
        index = pieces.index(text) if text in pieces else -1
        setattr(model.trainer_spec, f"{name}_id", index)
        if index >= 0:
            setattr(model.trainer_spec, f"{name}_piece", text)
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = prefix
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    return model.SerializeToString(deterministic=True)


def sentencepiece_json(pieces, special, infilling, prefix):
    tokenizer = tokenizers.Tokenizer(
        models.BPE(
            {piece: i for i, piece in enumerate(pieces)},
            MERGES,
            unk_token="<unk>",
            fuse_unk=True,
        )
    )
    space = normalizers.Replace(" ", "\u2581")
    parts = [decoders.Replace("\u2581", " "), decoders.Fuse()]
    if prefix:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("\u2581"), space]
        )
        parts.append(decoders.Strip(" ", 1, 0))
    else:
        tokenizer.normalizer = space
    tokenizer.decoder = decoders.Sequence(parts)
    tokenizer.add_special_tokens(
        [AddedToken(s, special=True, normalized=False) for s in special + infilling]
    )
    return tokenizer


def save(folder, spec):
    """Writes the tokenizer files of a case into its folder.

    `spec`: words (a key of WORDS, or "spm"), special, bos, eos, and where they
    differ from the usual infilling, prefix, added, model_only, template (where
    the chat template goes: "file" or "config"), tokenizer_class.
    """
    special = spec["special"]
    if spec["words"] == "spm":
        infilling = spec.get("infilling", [])
        prefix = spec.get("prefix", True)
        pieces = sentencepiece_pieces(special, infilling)
        arguments = (pieces, special, infilling, prefix)
        (folder / "tokenizer.model").write_bytes(sentencepiece_model(*arguments))
        tokenizer = sentencepiece_json(*arguments)
    else:
        tokenizer = byte_level(spec["words"], special)
    tokenizer.add_special_tokens(
        [AddedToken(s, special=True, normalized=False) for s in spec.get("added", [])]
    )
    named = {f"{key}_token": spec[key] for key in ("bos", "eos") if spec.get(key)}
    if "<unk>" in special:
        named["unk_token"] = "<unk>"
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)
    fast.chat_template = CHAT_TEMPLATE if spec.get("template") else None
    fast.save_pretrained(
        folder, save_jinja_files=spec.get("template") == "file"
    )
    if spec.get("model_only"):
        (folder / "tokenizer.json").unlink()
    return tokenizer.get_vocab_size()
