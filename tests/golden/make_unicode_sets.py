#!/usr/bin/env python3
"""Writes src/tokenizers/text/unicode_set_ranges.inc.

The parts of the `tokenizers` library know different versions of Unicode, so
each set is what the part itself takes for a member of it. The characters that
its normalization forms leave alone are found by comparing with utf8proc.

Usage: make_unicode_sets.py
Needs: tokenizers (version in scripts/versions.env), libutf8proc.
"""

import ctypes
import pathlib
import unicodedata

from tokenizers import Regex, __version__, normalizers, pre_tokenizers

OUT = pathlib.Path(__file__).parents[2] / "src/tokenizers/text/unicode_set_ranges.inc"
CHARACTERS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
PER_LINE = 3
STABLE, COMPAT, COMPOSE, DECOMPOSE = 2, 4, 8, 16
# U+11938 is composed of the other two.
NEW_COMPOSITION = {0x11930, 0x11935, 0x11938}
# Marks of three combining classes, to see how others are ordered among them.
MARKS = ("\u0301", "\u0334", "\u0345")


def utf8proc(text, options):
    library = ctypes.CDLL("libutf8proc.so.2")
    library.utf8proc_map.restype = ctypes.c_ssize_t
    data = text.encode()
    result = ctypes.c_void_p()
    size = library.utf8proc_map(data, len(data), ctypes.byref(result), options)
    return ctypes.string_at(result, size).decode()


def punctuation():
    step = pre_tokenizers.Punctuation()
    return [c for c in CHARACTERS if len(step.pre_tokenize_str(f"a{chr(c)}")) == 2]


def removed_by(step):
    return [c for c in CHARACTERS if step.normalize_str(f"a{chr(c)}") == "a"]


def unknown_to_forms():
    nfkd, nfd = normalizers.NFKD(), normalizers.NFD()
    found = set(NEW_COMPOSITION)
    for c in CHARACTERS:
        if utf8proc(chr(c), STABLE | COMPAT | DECOMPOSE) != nfkd.normalize_str(chr(c)):
            found.add(c)
        for mark in MARKS if c > 0x2FF else ():
            for text in (f"a{mark}{chr(c)}b", f"a{chr(c)}{mark}b"):
                if utf8proc(text, STABLE | DECOMPOSE) != nfd.normalize_str(text):
                    found.add(c)
    return sorted(found)


def newer_than_pcre2():
    """Assigned characters that Unicode 14, which PCRE2 10.42 knows, lacks."""
    assert unicodedata.unidata_version == "14.0.0"
    text = "".join(map(chr, CHARACTERS))
    assigned = normalizers.Replace(Regex(r"\p{Cn}+"), "").normalize_str(text)
    return [ord(c) for c in assigned if unicodedata.category(c) == "Cn"]


def ranges(members):
    first = previous = None
    for c in members:
        if previous is None or c != previous + 1:
            if first is not None:
                yield first, previous
            first = c
        previous = c
    yield first, previous


def table(name, members):
    texts = [f"{{0x{a:x}, 0x{b:x}}}," for a, b in ranges(members)]
    lines = [
        "    " + " ".join(texts[i : i + PER_LINE]) for i in range(0, len(texts), PER_LINE)
    ]
    return f"constexpr CodePointRange {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main():
    accents = normalizers.BertNormalizer(False, False, True, False)
    OUT.write_text(
        "// Made by tests/golden/make_unicode_sets.py with tokenizers "
        f"{__version__}.\n\n"
        + table("kPunctuation", punctuation())
        + table("kNonspacingMarks", removed_by(accents))
        + table("kCombiningMarks", removed_by(normalizers.StripAccents()))
        + table("kUnknownToForms", unknown_to_forms())
        + table("kNewerThanPcre2", newer_than_pcre2())
    )


if __name__ == "__main__":
    main()
