#!/usr/bin/env python3
"""Writes tokenizers/: what the `tokenizers` library makes of many texts.

strings.bin      the texts: a varint length and the bytes of each
smollm2.bin      the merges of SmolLM2's tokenizer, from its GGUF file: names of
                 the special tokens, then two varint ids for each merge
smollm2.json     what that tokenizer makes of all texts
components.json  small tokenizers, one per component or kind of model, and what
                 they make of every 25th text

Of the ids and of the decoded text of each string only a 32-bit FNV-1a hash is
kept, in hexadecimal, to keep the files small.

Usage: make_tokenizer_goldens.py MODEL.gguf
Needs: tokenizers, sentencepiece, gguf (versions in scripts/versions.env).
"""

import io
import json
import pathlib
import sys

import sentencepiece
import gguf
from tokenizers import AddedToken, Regex, Tokenizer, __version__
from tokenizers import decoders as D
from tokenizers import models as M
from tokenizers import normalizers as N
from tokenizers import pre_tokenizers as P
from tokenizers import processors, trainers

from tokenizer_strings import CODE, SENTENCES, strings

OUT = pathlib.Path(__file__).parent / "tokenizers"
STRIDE = 25
SPLIT_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLIT_QWEN2 = SPLIT_LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
SPLIT_GPT2 = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)
SPLIT_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CORPUS = SENTENCES * 3 + CODE * 3
BYTES = [f"<0x{b:02X}>" for b in range(256)]


def varint(value):
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(result + bytes([value]))


def fnv(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def golden_of(tokenizer, texts):
    ids, decoded = [], []
    for text in texts:
        encoded = tokenizer.encode(
            text.decode(errors="replace"), add_special_tokens=False
        ).ids
        ids.append(fnv(b"".join(i.to_bytes(4, "little") for i in encoded)))
        plain = tokenizer.decode(encoded, skip_special_tokens=False)
        decoded.append(fnv(plain.encode()))
    return {"ids": "".join(ids), "texts": "".join(decoded)}


# SmolLM2


def write_smollm2(path, texts):
    fields = gguf.GGUFReader(path).fields
    pieces = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    kinds = fields["tokenizer.ggml.token_type"].contents()
    ids = {piece: i for i, piece in enumerate(pieces)}
    specials = [p for p, k in zip(pieces, kinds) if k == gguf.TokenType.CONTROL]
    first = len(pieces) - len(merges)
    # The ids follow from the merges: special tokens, bytes, then the merges.
    assert pieces[: len(specials)] == specials
    assert [ids[a + b] for a, b in merges] == list(range(first, len(pieces)))
    head = "\n".join(specials) + "\n\n" + "\n".join(pieces[len(specials) : first])
    body = b"".join(varint(ids[a]) + varint(ids[b]) for a, b in merges)
    (OUT / "smollm2.bin").write_bytes(head.encode() + b"\n\n" + body)

    tokenizer = Tokenizer(M.BPE(ids, merges))
    tokenizer.pre_tokenizer = P.Sequence([P.Digits(True), P.ByteLevel(False)])
    tokenizer.decoder = D.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(p, normalized=False) for p in specials])
    golden = {"tokenizers": __version__, **golden_of(tokenizer, texts)}
    (OUT / "smollm2.json").write_text(json.dumps(golden) + "\n")


# Components


def probe(normalizer=None, pre_tokenizer=None):
    """Ids that show every byte of every word, and where words begin."""
    tokenizer = Tokenizer(
        M.BPE(
            {b: i for i, b in enumerate(BYTES)},
            [],
            continuing_subword_prefix="##",
            byte_fallback=True,
        )
    )
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = D.ByteFallback()
    return tokenizer


def trained(
    model, trainer, normalizer=None, pre_tokenizer=None, decoder=None, corpus=CORPUS
):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def bpe_trainer(size=420, **options):
    return trainers.BpeTrainer(vocab_size=size, show_progress=False, **options)


def byte_level(pre_tokenizer, normalizer=None):
    return trained(
        M.BPE(),
        bpe_trainer(600, initial_alphabet=P.ByteLevel.alphabet()),
        normalizer,
        pre_tokenizer,
        D.ByteLevel(),
    )


def changed(tokenizer, **model_fields):
    data = json.loads(tokenizer.to_str())
    data["model"].update(model_fields)
    return Tokenizer.from_str(json.dumps(data))


def sentence_piece_bpe(normalizer, pre_tokenizer, strips):
    """As Llama 2, Mistral and Gemma have it."""
    tokenizer = trained(
        M.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
        bpe_trainer(700, special_tokens=["<unk>", "<s>", "</s>"] + BYTES,
                    limit_alphabet=90),
        normalizer,
        pre_tokenizer,
    )
    # The byte tokens are ordinary pieces, not added ones.
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    steps = [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
    ]
    if strips:
        steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    data["decoder"] = {"type": "Sequence", "decoders": steps}
    return Tokenizer.from_str(json.dumps(data))


def bpe_tokenizers():
    yield "gpt2", byte_level(P.ByteLevel(False))
    yield "gpt2 with prefix space", byte_level(P.ByteLevel(True))
    llama3 = byte_level(
        P.Sequence(
            [P.Split(Regex(SPLIT_LLAMA3), "isolated"), P.ByteLevel(False, False, False)]
        )
    )
    yield "llama3", changed(llama3, ignore_merges=True)
    yield "qwen2", byte_level(
        P.Sequence(
            [P.Split(Regex(SPLIT_QWEN2), "isolated"), P.ByteLevel(False, False, False)]
        ),
        N.NFC(),
    )
    yield "o200k", byte_level(
        P.Sequence(
            [P.Split(Regex(SPLIT_O200K), "isolated"), P.ByteLevel(False, False, False)]
        )
    )
    yield "bytes in the middle", trained(
        M.BPE(unk_token="[U]"),
        bpe_trainer(special_tokens=["[U]"], limit_alphabet=60),
        None,
        P.Sequence([P.ByteLevel(True), P.Digits()]),
        D.ByteLevel(),
    )
    yield "byte level normalizer", trained(
        M.BPE(),
        bpe_trainer(600, initial_alphabet=P.ByteLevel.alphabet()),
        N.ByteLevel(),
        None,
        D.ByteLevel(),
    )
    spaces = N.Replace(" ", "▁")
    yield "llama2", sentence_piece_bpe(
        N.Sequence([N.Prepend("▁"), spaces]), None, True
    )
    yield "gemma", sentence_piece_bpe(
        spaces, P.Split(" ", "merged_with_previous"), False
    )
    yield "metaspace bpe", sentence_piece_bpe(
        None, P.Metaspace(prepend_scheme="first", split=False), True
    )
    yield "suffix", trained(
        M.BPE(unk_token="<unk>", end_of_word_suffix="</w>"),
        bpe_trainer(special_tokens=["<unk>"], end_of_word_suffix="</w>",
                    limit_alphabet=50),
        N.Sequence([N.NFC(), N.Lowercase()]),
        P.WhitespaceSplit(),
        D.BPEDecoder(),
    )
    prefix = trained(
        M.BPE(unk_token="<unk>", continuing_subword_prefix="##"),
        bpe_trainer(special_tokens=["<unk>"], continuing_subword_prefix="##",
                    limit_alphabet=50),
        None,
        P.Whitespace(),
        D.WordPiece(),
    )
    yield "prefix", prefix
    yield "prefix with fused unknowns", changed(prefix, fuse_unk=True)
    yield "no unknown token", changed(prefix, unk_token=None)


def unigram(normalizer, pre_tokenizer, decoder, **model_fields):
    tokenizer = trained(
        M.Unigram(),
        trainers.UnigramTrainer(
            vocab_size=400, unk_token="<unk>", special_tokens=["<unk>", "</s>"],
            show_progress=False,
        ),
        normalizer,
        pre_tokenizer,
        decoder,
        corpus=SENTENCES[:12] * 3 + CODE,
    )
    data = json.loads(tokenizer.to_str())
    if model_fields.get("byte_fallback"):
        data["model"]["vocab"] += [[b, -20.0] for b in BYTES]
    data["model"].update(model_fields)
    # Pieces that compete, to the last bit of their scores.
    data["model"]["vocab"] += [["aa", -4.5], ["aaa", -6.75], ["aaaa", -9.0]]
    return Tokenizer.from_str(json.dumps(data))


def character_map():
    """A small one, compiled by SentencePiece itself."""
    rules = ["41\t61", "FB01\t66 69", "E9\t65", "65 301\t45", "3000\t20", "200B\t",
             "1100 1161\tAC00", "1F469 200D\t77", "4E00\t31 32 33", "A0\t20"]
    path = OUT / "rules.tsv"
    path.write_text("\n".join(rules) + "\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=model, vocab_size=900,
        model_type="bpe", hard_vocab_limit=False, normalization_rule_tsv=str(path),
        minloglevel=2,
    )
    path.unlink()
    normalizer_spec = protobuf_field(model.getvalue(), 3)
    return protobuf_field(normalizer_spec, 2)


def protobuf_field(message, wanted):
    """The bytes of the last field `wanted`, of messages of texts and varints."""
    at, found = 0, b""

    def take():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = take()
        size = take() if key & 7 in (0, 2) else 4
        if key & 7 == 2 and key >> 3 == wanted:
            found = message[at : at + size]
        at += size if key & 7 else 0
    return found


def unigram_tokenizers():
    meta = P.Metaspace()
    yield "unigram", unigram(N.NFKC(), meta, D.Metaspace())
    yield "unigram with byte fallback", unigram(
        None, meta, D.Sequence([D.ByteFallback(), D.Metaspace()]), byte_fallback=True
    )
    yield "t5", unigram(
        N.Sequence([N.Precompiled(character_map()), N.Replace(Regex(" {2,}"), " ")]),
        P.Sequence([P.WhitespaceSplit(), P.Metaspace()]),
        D.Metaspace(),
    )
    yield "unigram without words", unigram(None, None, D.Fuse())


def word_tokenizers():
    def wordpiece(normalizer, cleans, **fields):
        tokenizer = trained(
            M.WordPiece(unk_token="[UNK]"),
            trainers.WordPieceTrainer(
                vocab_size=500, special_tokens=["[UNK]", "[CLS]", "[SEP]", "[MASK]"],
                limit_alphabet=120, show_progress=False,
            ),
            normalizer,
            P.BertPreTokenizer(),
            D.WordPiece(cleanup=cleans),
        )
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
        return changed(tokenizer, **fields)

    yield "bert", wordpiece(N.BertNormalizer(), True)
    yield "bert cased", wordpiece(N.BertNormalizer(lowercase=False), False)
    yield "short words", wordpiece(None, True, max_input_chars_per_word=6)
    yield "word level", trained(
        M.WordLevel(unk_token="[UNK]"),
        trainers.WordLevelTrainer(vocab_size=300, special_tokens=["[UNK]"],
                                  show_progress=False),
        None,
        P.Whitespace(),
    )
    yield "ctc", trained(
        M.WordLevel(unk_token="<unk>"),
        trainers.WordLevelTrainer(
            vocab_size=300, special_tokens=["<unk>", "<pad>", "|"], show_progress=False
        ),
        N.Replace(" ", "|"),
        P.Split("", "isolated"),
        D.CTC(),
    )


def added_token_tokenizers():
    tokenizer = byte_level(P.ByteLevel(False), N.Lowercase())
    tokenizer.add_tokens(
        [
            AddedToken("Word", single_word=True),
            AddedToken("<tool>", lstrip=True, normalized=False),
            AddedToken("the", rstrip=True),
            AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False),
            AddedToken("  ", normalized=False),
            AddedToken("e", single_word=True, rstrip=True),
            AddedToken("ß", single_word=True, normalized=False),
        ]
    )
    tokenizer.add_special_tokens(["<s>", "</s>", AddedToken("<|im_", lstrip=True),
                                  "<|im_start|>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s> </s>",
        pair="<s> $A </s> $B </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")],
    )
    yield "added tokens", tokenizer
    first = sentence_piece_bpe(None, P.Metaspace(prepend_scheme="first"), True)
    first.add_special_tokens(["<|im_start|>", AddedToken("[MASK]", rstrip=True)])
    first.post_processor = processors.Sequence(
        [
            processors.ByteLevel(),
            processors.RobertaProcessing(("</s>", 2), ("<s>", 1)),
        ]
    )
    yield "added tokens and first words", first


def normalizer_probes():
    yield "NFC", N.NFC()
    yield "NFD", N.NFD()
    yield "NFKC", N.NFKC()
    yield "NFKD", N.NFKD()
    yield "Lowercase", N.Lowercase()
    yield "Nmt", N.Nmt()
    yield "StripAccents", N.Sequence([N.NFKD(), N.StripAccents()])
    yield "Strip", N.Strip()
    yield "Strip left", N.Strip(left=True, right=False)
    yield "Prepend", N.Prepend("ab")
    yield "Replace", N.Replace(Regex(r"\s+|[aeiou](?=n)"), "<>")
    yield "Replace nothing", N.Replace(Regex(r"x*"), "-")
    yield "Precompiled", N.Precompiled(character_map())
    yield "BertNormalizer", N.BertNormalizer()
    yield "BertNormalizer, accents only", N.BertNormalizer(False, False, True, False)
    yield "BertNormalizer, clean", N.BertNormalizer(True, False, False, False)


def pre_tokenizer_probes():
    yield "BertPreTokenizer", P.BertPreTokenizer()
    yield "ByteLevel", P.ByteLevel(True)
    yield "CharDelimiterSplit", P.CharDelimiterSplit("e")
    yield "Digits", P.Digits(False)
    yield "individual Digits", P.Digits(True)
    yield "FixedLength", P.FixedLength(3)
    for scheme in ("always", "first", "never"):
        yield f"Metaspace {scheme}", P.Metaspace(prepend_scheme=scheme)
    yield "Metaspace of words", P.Sequence([P.WhitespaceSplit(), P.Metaspace("_")])
    yield "Punctuation", P.Punctuation()
    yield "Whitespace", P.Whitespace()
    yield "WhitespaceSplit", P.WhitespaceSplit()
    yield "UnicodeScripts", P.UnicodeScripts()
    behaviors = ("removed", "isolated", "merged_with_previous", "merged_with_next",
                 "contiguous")
    for behavior in behaviors:
        yield f"Punctuation {behavior}", P.Punctuation(behavior)
        yield f"Split {behavior}", P.Split(" ", behavior)
        pattern = Regex(r"[^\W\d]+|\s?\d")
        yield f"Split {behavior} inverted", P.Split(pattern, behavior, invert=True)
    for name, pattern in patterns():
        yield f"Split {name}", P.Split(Regex(pattern), "isolated")


def patterns():
    """What Oniguruma and PCRE2 read differently, and what models use."""
    yield "gpt2", SPLIT_GPT2
    yield "llama3", SPLIT_LLAMA3
    yield "qwen2", SPLIT_QWEN2
    yield "o200k", SPLIT_O200K
    yield "falcon", r"[\p{P}\$\+<=>\^~\|`]+"
    yield "deepseek", (
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"
        r"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+"
    )
    yield "han", "[一-龥぀-ゟ゠-ヿ]+|\\p{Han}|\\p{Hangul}{1,2}"
    yield "words", r"\b\w+\b"
    yield "not words", r"\B.|\W{2}"
    yield "dots", r"(?m:.)\h|^.|.$"
    yield "braces", r"\d{,2}\p{Alpha}|[[:upper:]]{1,2}+"
    yield "names", r"\p{Uppercase_Letter}\p{^Letter}|\P{Space}\v|\uFF41"


def components():
    for source in (bpe_tokenizers, unigram_tokenizers, word_tokenizers,
                   added_token_tokenizers):
        yield from source()
    for name, normalizer in normalizer_probes():
        yield f"normalizer {name}", probe(normalizer=normalizer)
    for name, pre_tokenizer in pre_tokenizer_probes():
        yield f"pre-tokenizer {name}", probe(pre_tokenizer=pre_tokenizer)


def compact(tokenizer):
    data = json.loads(tokenizer.to_str())
    return {k: v for k, v in data.items() if v is not None}


def write_components(texts):
    lines = []
    for name, tokenizer in components():
        print(name, file=sys.stderr)
        golden = {"name": name, "tokenizer": compact(tokenizer)}
        golden["frame"] = tokenizer.encode("").ids
        golden.update(golden_of(tokenizer, texts))
        lines.append(json.dumps(golden, ensure_ascii=False, separators=(",", ":")))
    text = ",\n".join(lines)
    (OUT / "components.json").write_text(f"[\n{text}\n]\n")


def main():
    OUT.mkdir(exist_ok=True)
    texts = strings()
    data = b"".join(varint(len(text)) + text for text in texts)
    (OUT / "strings.bin").write_bytes(data)
    write_smollm2(sys.argv[1], texts)
    write_components(texts[::STRIDE])


if __name__ == "__main__":
    main()
