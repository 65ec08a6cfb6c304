#!/usr/bin/env python3
"""Writes src/tokenizers/pre_tokenizers/unicode_script_ranges.inc.

Which characters the pre-tokenizer UnicodeScripts of the `tokenizers` library
takes for the same script. The scripts are numbered in the order in which they
appear; 0 goes with every script.

Usage: make_unicode_scripts.py
Needs: tokenizers (version in scripts/versions.env).
"""

import pathlib

from tokenizers import __version__, pre_tokenizers

OUT = (
    pathlib.Path(__file__).parents[2]
    / "src/tokenizers/pre_tokenizers/unicode_script_ranges.inc"
)
PER_LINE = 6
STEP = pre_tokenizers.UnicodeScripts()


def differ(a, b):
    return len(STEP.pre_tokenize_str(chr(a) + chr(b))) == 2


def script_of_each():
    representatives = []  # of script 1, 2, ...
    script = 0
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000:
            yield 0
            continue
        if not differ(ord("a"), c) and not differ(0x4E00, c):
            yield 0  # goes with Latin and with Han
            continue
        if script == 0 or differ(representatives[script - 1], c):
            for number, other in enumerate(representatives, 1):
                if not differ(other, c):
                    script = number
                    break
            else:
                representatives.append(c)
                script = len(representatives)
        yield script


def main():
    scripts = list(script_of_each())
    starts = [
        f"0x{c << 8 | script:x},"
        for c, script in enumerate(scripts)
        if c == 0 or scripts[c - 1] != script
    ]
    lines = [
        " ".join(starts[i : i + PER_LINE]) for i in range(0, len(starts), PER_LINE)
    ]
    head = [
        "// Made by tests/golden/make_unicode_scripts.py with tokenizers "
        + __version__ + ".",
        "// First code point of a range << 8 | the number of its script.",
    ]
    OUT.write_text("\n".join(head + lines) + "\n")


if __name__ == "__main__":
    main()
