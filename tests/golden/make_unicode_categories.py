#!/usr/bin/env python3
"""Writes src/tokenizers/text/unicode_category_ranges.inc.

The general category of every code point, as the regular expressions of the
`tokenizers` library see it: the library itself is asked, so that both know the
same version of Unicode.

Usage: make_unicode_categories.py
Needs: tokenizers (version in scripts/versions.env).
"""

import pathlib

from tokenizers import Regex, __version__, normalizers

OUT = (
    pathlib.Path(__file__).parents[2]
    / "src/tokenizers/text/unicode_category_ranges.inc"
)
# The order of the enumeration `Category` in unicode.h.
CATEGORIES = (
    "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So "
    "Zs Zl Zp Cc Cf Cs Co Cn"
).split()
PER_LINE = 7


def category_of_each():
    text = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    found = {}
    for number, name in enumerate(CATEGORIES):
        others = normalizers.Replace(Regex(rf"\P{{{name}}}+"), "")
        if name != "Cs":
            found.update((ord(c), number) for c in others.normalize_str(text))
    return [found.get(c, CATEGORIES.index("Cs")) for c in range(0x110000)]


def main():
    categories = category_of_each()
    starts = [
        f"0x{code << 5 | category:x},"
        for code, category in enumerate(categories)
        if code == 0 or categories[code - 1] != category
    ]
    lines = [
        " ".join(starts[i : i + PER_LINE]) for i in range(0, len(starts), PER_LINE)
    ]
    head = [
        "// Made by tests/golden/make_unicode_categories.py with tokenizers "
        + __version__ + ".",
        "// First code point of a range << 5 | its category.",
    ]
    OUT.write_text("\n".join(head + lines) + "\n")


if __name__ == "__main__":
    main()
