#!/usr/bin/env python3
"""Times etllm's tokenizers beside the Python libraries, in turn, one thread.

    bench/tokenizer_rivals.py BENCH TOKENIZER TEXT [-r RUNS]

BENCH is build/release/bench/etllm_tokenizer_bench, TOKENIZER a tokenizer.json,
a SentencePiece model or a TikToken file with Llama 3's pattern, TEXT a text of
at most a megabyte. Needs tokenizers, sentencepiece or tiktoken. Prints a table
of medians: milliseconds of loading, and of encoding a megabyte of each text.
"""

import argparse
import base64
import math
import os
import pathlib
import statistics
import subprocess
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

MEGABYTE = 1 << 20
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def library_for(path):
    """A name, and a function that loads `path` and gives its encode function."""
    start = path.read_bytes()[:64]
    if start.lstrip().startswith(b"{"):
        import tokenizers

        def load():
            tokenizer = tokenizers.Tokenizer.from_file(str(path))
            return lambda text: tokenizer.encode(
                text, add_special_tokens=False).ids

        return "tokenizers", load
    if start.startswith(b"\n"):
        import sentencepiece

        return "sentencepiece", lambda: sentencepiece.SentencePieceProcessor(
            model_file=str(path)).encode
    import tiktoken

    def load():
        lines = (line.split() for line in path.read_bytes().splitlines() if line)
        ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
        encoding = tiktoken.Encoding(
            "llama3", pat_str=LLAMA3, mergeable_ranks=ranks, special_tokens={})
        return encoding.encode_ordinary

    return "tiktoken", load


def repeated(text):
    return text * (MEGABYTE // len(text.encode()))


def run_library(load, text):
    texts = {"text": text, "letter": "a", "spaces": " ", "emoji": "\U0001f600"}
    start = time.perf_counter()
    encode = load()
    yield "load", 1e3 * (time.perf_counter() - start), 0
    for what, part in texts.items():
        content = repeated(part)
        start = time.perf_counter()
        try:
            count = len(encode(content))
        except BaseException as error:  # a panic of Rust code is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            yield what, math.inf, None  # it cannot encode this text
            continue
        yield what, 1e3 * (time.perf_counter() - start), count


def run_ours(bench, tokenizer, text):
    command = [bench, tokenizer, text, "1"]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    for line in output.stdout.splitlines():
        what, milliseconds, tokens = line.split("\t")
        yield what, float(milliseconds), int(tokens)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bench")
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("-r", "--runs", type=int, default=7)
    options = parser.parse_args()
    name, load = library_for(options.tokenizer)
    text = options.text.read_bytes().decode()
    times, counts = {}, {}
    for _ in range(options.runs):
        for who, results in (
            (name, run_library(load, text)),
            ("etllm", run_ours(options.bench, options.tokenizer, options.text)),
        ):
            for what, milliseconds, tokens in results:
                times.setdefault(what, {}).setdefault(who, []).append(milliseconds)
                counts.setdefault(what, {})[who] = tokens
    print(f"| {options.tokenizer.name}, ms | {name} | etllm | ratio |")
    print("| --- | --- | --- | --- |")
    for what, row in times.items():
        theirs, ours = (statistics.median(row[who]) for who in (name, "etllm"))
        same = counts[what][name] in (None, counts[what]["etllm"])
        note = "" if same else " (other ids!)"
        print(f"| {what}{note} | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f} |")


if __name__ == "__main__":
    main()
