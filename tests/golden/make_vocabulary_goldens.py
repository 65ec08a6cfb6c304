#!/usr/bin/env python3
"""Writes vocabularies/: small GGUF vocabularies, and ids.json with the token
ids of many texts by the libraries that the vocabularies come from.

Byte-level vocabularies are trained and run by Hugging Face `tokenizers`, with
the pipelines of GPT-2, SmolLM, Llama 3 and Qwen2.5; SentencePiece vocabularies
by `sentencepiece`, as Llama 2 has them.

Usage: make_vocabulary_goldens.py
Needs: tokenizers, sentencepiece, gguf (versions in scripts/versions.env).
"""

import io
import json
import pathlib

import gguf
import sentencepiece
from gguf import GGUFWriter, TokenType
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models
from tokenizers import normalizers, pre_tokenizers, trainers

OUT = pathlib.Path(__file__).parent / "vocabularies"

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dog doesn't mind.",
    "In 2024 there were 365 days, 12 months and 52 weeks; that's 8,760 hours.",
    "def main(argv):\n    for i in range(len(argv)):\n        print(argv[i])\n",
    "It's what we've said: they'll come, you're right, I'd go, I'm here.",
    "Die Straße führt über die Brücke zum Fluss hinunter.",
    "Le garçon a mangé des crêpes à la fête de l'école.",
    "Привет, мир! Сегодня хорошая погода, и мы идём гулять.",
    "今日は天気がいいですね。明日も晴れるでしょう。",
    "你好，世界！我们今天去公园散步。",
    "안녕하세요, 오늘 날씨가 좋네요.",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "\n\n\n  \t  spaces   and\ttabs    \n",
]

TEXTS = CORPUS + [
    "", " ", "  ", "   ", "\n", "\n\n", "\t", " \n ", "a", " a", "a ", "  a  b   c    ",
    "Hello, world!", " Hello World!!!", "HELLO'S don'T WE'LL", "x'y 'tis 'the",
    "1", "12", "123", "1234", "12345678901234567890", "3.14159", "1,000,000", "٣٤٥", "½ ²",
    "foo_bar(baz) -> [1, 2];", "if (a != b && c >= d) { return; }", "https://example.com/?q=1#x",
    "\u00e9 e\u0301 \u00c5 A\u030a \ufb01 \u1e9b\u0323", "İstanbul ǅ ß ẞ",
    "😀👍🏽👩‍👩‍👧‍👦🏳️‍🌈", "a😀b", "नमस्ते दुनिया", "สวัสดีชาวโลก", "שלום עולם",
    "\u00a0nbsp\u2003em\u3000ideographic", "zero\u200bwidth\u200djoiner", "\x00\x01\x7f",
    "e" * 200, " " * 100 + "x", "ab" * 64, "\r\n\r\nwindows\r\n", "tab\t\ttab",
    "word" * 20 + "!" * 30, "---===+++***", "\ufeffbom", "end with newline\n",
]  # fmt: skip

# Special tokens inside text, for the byte-level vocabularies.
MARKED = [
    "<|im_start|>user\nHi<|im_end|>", "a<|im_end|><|im_end|> b", " <|im_start|> ", "<|im_start",
]  # fmt: skip

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def cut_by(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip


LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
BYTE_LEVEL = {
    # name in "tokenizer.ggml.pre": pre-tokenizer, ignore_merges, normalizer
    "gpt-2": (pre_tokenizers.ByteLevel(add_prefix_space=False), False, None),
    "smollm": (
        pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]),
        False,
        None,
    ),
    "llama-bpe": (cut_by(f"{CONTRACTIONS}|{LETTERS}|\\p{{N}}{{1,3}}|{REST}"), True, None),
    "qwen2": (cut_by(f"{CONTRACTIONS}|{LETTERS}|\\p{{N}}|{REST}"), False, normalizers.NFC()),
}  # fmt: skip


def save(name, pieces, kinds, fill):
    writer = GGUFWriter(OUT / f"{name}.gguf", "llama")
    writer.add_token_list(pieces)
    writer.add_token_types(kinds)
    fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_level(name, pipeline, ignore_merges, normalizer):
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pipeline
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        min_frequency=1,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in specials])
    model = json.loads(tokenizer.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].get)
    kinds = [TokenType.CONTROL if p in specials else TokenType.NORMAL for p in pieces]

    def fill(writer):
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(name)
        writer.add_token_merges([" ".join(m) for m in model["merges"]])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)

    save(name, pieces, kinds, fill)
    return [[text, tokenizer.encode(text).ids] for text in TEXTS + MARKED]


def sentence_piece(name, adds_space):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in CORPUS for line in text.split("\n")),
        model_writer=model,
        model_type="bpe",
        vocab_size=560,
        byte_fallback=True,
        character_coverage=0.98,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=adds_space,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        minloglevel=2,
    )
    tokenizer = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(tokenizer.vocab_size())

    def kind(i):
        if tokenizer.is_unknown(i):
            return TokenType.UNKNOWN
        if tokenizer.is_control(i):
            return TokenType.CONTROL
        return TokenType.BYTE if tokenizer.is_byte(i) else TokenType.NORMAL

    def fill(writer):
        writer.add_tokenizer_model("llama")
        writer.add_token_scores([tokenizer.get_score(i) for i in ids])
        writer.add_bos_token_id(tokenizer.bos_id())
        writer.add_eos_token_id(tokenizer.eos_id())
        writer.add_unk_token_id(tokenizer.unk_id())
        if not adds_space:
            writer.add_add_space_prefix(False)

    save(name, [tokenizer.id_to_piece(i) for i in ids], [kind(i) for i in ids], fill)
    # SentencePiece has no token for NUL in text.
    return [[text, tokenizer.encode(text)] for text in TEXTS if "\0" not in text]


def main():
    OUT.mkdir(exist_ok=True)
    goldens = {name: byte_level(name, *rules) for name, rules in BYTE_LEVEL.items()}
    goldens["spm"] = sentence_piece("spm", True)
    goldens["spm-no-prefix"] = sentence_piece("spm-no-prefix", False)
    text = json.dumps(goldens, separators=(",", ":"))
    (OUT / "ids.json").write_text(text.replace("]],", "]],\n") + "\n")


if __name__ == "__main__":
    main()
