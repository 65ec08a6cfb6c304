#!/usr/bin/env python3
"""Writes tokenizer_formats/: small tokenizers in the formats other than
tokenizer.json, and what the libraries make of every 10th text of strings.bin.

*.tiktoken   ranks; the oracle is `tiktoken`
tekken.json  the same ranks; the oracle is `tiktoken`, ids moved as Mistral
             documents it: the special tokens come first
sp_*.model   the oracle is `sentencepiece`
llama2c*.bin a SentencePiece model with the header of llama2.c, and with that of
             ExecuTorch; the oracle is `sentencepiece`, for texts without U+0000
             and U+2581, which llama2.c does not treat in a special way
goldens.json for each text, a hash of its ids and of the text they decode to

Needs: tiktoken, tokenizers, sentencepiece (versions in scripts/versions.env).
"""

import base64
import io
import json
import pathlib
import random
import struct

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
import tiktoken
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from make_tokenizer_goldens import CORPUS, SPLIT_LLAMA3, SPLIT_O200K, fnv
from tokenizer_strings import strings

OUT = pathlib.Path(__file__).parent / "tokenizer_formats"
STRIDE = 10
LLAMA3_SPECIAL = [
    "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
    "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|step_id|>",
    "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>",
    "<|python_tag|>",
]
LLAMA3_SPECIAL += [
    f"<|reserved_special_token_{i}|>" for i in range(2, 258 - len(LLAMA3_SPECIAL))
]
OWN_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool>"]
OWN_PATTERN = r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+"  # leaves most white space out
TEKKEN_SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[MASK]"]
TEKKEN_RESERVED = 12


def byte_alphabet():
    """GPT-2's characters for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    pairs = [(b, chr(b)) for b in plain]
    pairs += [(b, chr(256 + i)) for i, b in enumerate(rest)]
    return {character: bytes([b]) for b, character in pairs}


def train_ranks():
    """Bytes in an order of chance, then merges in the order of training."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=900, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    alphabet = byte_alphabet()
    tokens = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    texts = [b"".join(alphabet[c] for c in token) for token, _ in tokens]
    first = texts[:256]
    random.Random(5).shuffle(first)
    return first + texts[256:]


def golden(name, texts, encode, decode, **fields):
    ids = [encode(text) for text in texts]
    return {
        "name": name,
        "ids": "".join(
            fnv(b"".join(i.to_bytes(4, "little") for i in each)) for each in ids
        ),
        "texts": "".join(fnv(decode(each)) for each in ids),
        **fields,
    }


def tiktoken_golden(name, ranks, pattern, special, texts):
    encoding = tiktoken.Encoding(
        name, pat_str=pattern,
        mergeable_ranks={token: rank for rank, token in enumerate(ranks)},
        special_tokens={t: len(ranks) + i for i, t in enumerate(special)})
    lines = (f"{base64.b64encode(t).decode()} {r}\n" for r, t in enumerate(ranks))
    (OUT / name).write_text("".join(lines))
    return golden(
        name, texts, lambda text: encoding.encode(text, allowed_special="all"),
        encoding.decode_bytes)


def tekken_golden(ranks, texts):
    special = TEKKEN_SPECIAL + [
        f"<SPECIAL_{i}>" for i in range(len(TEKKEN_SPECIAL), TEKKEN_RESERVED)
    ]
    used = ranks[:-20]  # the file lists more than the model has
    encoding = tiktoken.Encoding(
        "tekken", pat_str=SPLIT_O200K,
        mergeable_ranks={token: rank for rank, token in enumerate(used)},
        special_tokens={t: len(used) + i for i, t in enumerate(special)})

    def moved(i):
        return i + TEKKEN_RESERVED if i < len(used) else i - len(used)

    def back(i):
        return i - TEKKEN_RESERVED if i >= TEKKEN_RESERVED else i + len(used)

    (OUT / "tekken.json").write_text(json.dumps({
        "config": {
            "pattern": SPLIT_O200K, "num_vocab_tokens": len(ranks),
            "default_vocab_size": len(used) + TEKKEN_RESERVED,
            "default_num_special_tokens": TEKKEN_RESERVED, "version": "v7",
        },
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(token).decode(),
             "token_str": token.decode(errors="ignore") or None}
            for rank, token in enumerate(ranks)
        ],
        "special_tokens": [
            {"rank": i, "token_str": t, "is_control": True}
            for i, t in enumerate(TEKKEN_SPECIAL)
        ],
    }, separators=(",", ":")))
    return golden(
        "tekken.json", texts,
        lambda text: [
            moved(i) for i in encoding.encode(text, allowed_special="all")
        ],
        lambda ids: encoding.decode_bytes([back(i) for i in ids]))


LLAMA = dict(model_type="bpe", byte_fallback=True, split_digits=True,
             normalization_rule_name="identity", remove_extra_whitespaces=False,
             allow_whitespace_only_pieces=True, vocab_size=700)
SENTENCE_PIECE = {
    "sp_llama.model": LLAMA,
    "sp_bpe_nfkc.model": dict(
        model_type="bpe", normalization_rule_name="nmt_nfkc_cf", vocab_size=560,
        user_defined_symbols=["<mask>", "Word", "▁▁", "the"]),
    "sp_bpe_plain.model": dict(
        model_type="bpe", normalization_rule_name="identity", vocab_size=560,
        add_dummy_prefix=False, split_by_whitespace=False,
        user_defined_symbols=["ab", "abc"]),
    # Every third piece must not be produced.
    "sp_bpe_unused.model": dict(
        model_type="bpe", byte_fallback=True, vocab_size=700,
        normalization_rule_name="identity", unused_every=3,
        user_defined_symbols=["<mask>", "Word", "the"]),
    "sp_unigram_unused.model": dict(
        model_type="unigram", normalization_rule_name="identity",
        vocab_size=600, unused_every=3, user_defined_symbols=["en", "the"]),
    "sp_unigram_nfkc.model": dict(
        model_type="unigram", normalization_rule_name="nmt_nfkc",
        vocab_size=600),
    "sp_unigram_bytes.model": dict(
        model_type="unigram", normalization_rule_name="identity",
        byte_fallback=True, remove_extra_whitespaces=False, vocab_size=860,
        user_defined_symbols=["<mask>", "Word", "en", "[MASK]"]),
    "sp_unigram_suffix.model": dict(
        model_type="unigram", normalization_rule_name="identity",
        treat_whitespace_as_suffix=True, vocab_size=600),
}


def without_some_pieces(model, every):
    model = sentencepiece_model_pb2.ModelProto.FromString(model)
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    pieces = [piece for piece in model.pieces
              if piece.type == kinds.NORMAL and piece.piece != "▁"]
    for piece in pieces[::every]:
        piece.type = kinds.UNUSED
    return model.SerializeToString()


def train_sentence_piece(name, options):
    options = dict(options)
    unused_every = options.pop("unused_every", None)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 4), model_writer=model,
        character_coverage=0.98, hard_vocab_limit=False, num_threads=1,
        minloglevel=2, **options)
    model = model.getvalue()
    if unused_every:
        model = without_some_pieces(model, unused_every)
    (OUT / name).write_bytes(model)
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def sentence_piece_golden(name, processor, texts):
    return golden(name, texts, processor.encode,
                  lambda ids: processor.decode(ids).encode(),
                  bos=processor.bos_id(), eos=processor.eos_id())


def llama2c_goldens(processor, texts):
    """The tokens as llama2.c's own export writes them."""
    tokens = []
    for i in range(processor.get_piece_size()):
        piece = processor.id_to_piece(i)
        if i in (processor.bos_id(), processor.eos_id()):
            piece = f"\n{piece}\n"
        tokens.append((processor.get_score(i), piece.replace("▁", " ").encode()))
    longest = max(len(text) for _, text in tokens)
    body = b"".join(
        struct.pack("<fi", score, len(text)) + text for score, text in tokens)
    headers = {
        "llama2c.bin": struct.pack("<i", longest),
        "llama2c_executorch.bin": struct.pack(
            "<4i", len(tokens) + 4, processor.bos_id(), processor.eos_id(),
            longest),
    }
    plain = [t if not set(t) & set("\0▁") else "" for t in texts]
    for name, header in headers.items():
        (OUT / name).write_bytes(header + body)
        yield golden(name, plain, processor.encode,
                     lambda ids: processor.decode(ids).encode())


def main():
    OUT.mkdir(exist_ok=True)
    texts = [text.decode(errors="replace") for text in strings()[::STRIDE]]
    ranks = train_ranks()
    goldens = [
        tiktoken_golden("llama3.tiktoken", ranks, SPLIT_LLAMA3, LLAMA3_SPECIAL,
                        texts),
        tiktoken_golden("own.tiktoken", ranks, OWN_PATTERN, OWN_SPECIAL, texts),
        tekken_golden(ranks, texts),
    ]
    for name, options in SENTENCE_PIECE.items():
        processor = train_sentence_piece(name, options)
        goldens.append(sentence_piece_golden(name, processor, texts))
        if name == "sp_llama.model":
            goldens += llama2c_goldens(processor, texts)
    lines = ",\n".join(json.dumps(g, separators=(",", ":")) for g in goldens)
    (OUT / "goldens.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
