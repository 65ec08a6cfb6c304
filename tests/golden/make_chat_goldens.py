#!/usr/bin/env python3
"""Writes chat/*.jsonl: what Jinja2 makes of templates, as transformers runs it.

The environment is that of `transformers.utils.chat_template_utils`, taken from
there; only its clock is replaced by a fixed one. Every line of a file is one
case: {"name", "template" or "template_file", its variables as "context", and
one of "output", "error" (Jinja2 fails) and "unsupported" (only we fail). Cases
share variables by a line {"define", "context"} and the name that it defines as
their "context".

  language.jsonl   the language, case by case (chat/cases.py)
  random.jsonl     random expressions
  models.jsonl     the templates of chat/templates with conversations

Usage: make_chat_goldens.py
Needs: transformers, jinja2 (versions in scripts/versions.env).
"""

import copy
import datetime
import json
import pathlib
import random
import re
import sys

from transformers.utils import chat_template_utils

OUT = pathlib.Path(__file__).parent / "chat"
sys.path.insert(0, str(OUT))
import cases  # noqa: E402
import conversations  # noqa: E402

NOW = datetime.datetime(2026, 3, 5, 14, 7, 9)
RANDOM_SEED = 20260305
RANDOM_CASES = 600


def compile_template(source):
    """As transformers compiles it, with a fixed clock."""
    environment = chat_template_utils._cached_compile_jinja_template("").environment
    environment.globals["strftime_now"] = NOW.strftime
    return environment.from_string(source)


def render(source, context):
    """The text, or None when Jinja2 refuses the template or its inputs."""
    try:
        text = compile_template(source).render(**copy.deepcopy(context))
        text.encode("utf-8")
        return text
    except Exception:
        return None


def is_stable(output):
    """Whether the text is the same in every run: no object's address in it."""
    return output is None or not re.search(r"0x[0-9a-f]{8}|<built-in", output)


def result(output):
    return {"error": True} if output is None else {"output": output}


def write(name, lines):
    with open(OUT / name, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    errors = sum("error" in line for line in lines)
    print(f"{name}: {len(lines)} cases, {errors} of them errors")


class RandomExpressions:
    """Expressions over a fixed context; about a fifth of them fail."""

    CONTEXT = {
        "i": 7, "n": -3, "f": 2.5, "s": "Hello, World", "u": "Zoë ☕",
        "l": [3, 1, 2], "words": ["pear", "Fig", "apple"], "e": [],
        "d": {"a": 1, "b": "two", "c": [1, 2]}, "t": True, "z": None,
        "rows": [{"k": "x", "v": 2}, {"k": "y", "v": 1}],
    }
    NAMES = list(CONTEXT) + ["missing"]
    LITERALS = ["0", "1", "-2", "10", "1.5", "'a'", "'l'", "''", "true",
                "none", "[1, 2]", "('x', 3)", "{'k': 1}"]
    BINARY = ["+", "-", "*", "//", "/", "%", "~", "==", "!=", "<", "<=", ">",
              ">=", "in", "not in", "and", "or"]
    FILTERS = ["upper", "lower", "title", "capitalize", "trim", "length",
               "first", "last", "list", "join('-')", "join", "default('D')",
               "default('D', true)", "string", "int", "float", "abs", "round",
               "sort", "reverse | list", "unique | list", "sum", "min", "max",
               "tojson", "tojson(indent=2)", "replace('l', 'L')",
               "map('string') | list", "map(attribute='k') | list",
               "select('string') | list", "reject('none') | list",
               "selectattr('v', 'gt', 1) | list", "items | list", "dictsort",
               "batch(2) | list", "escape", "indent(2)", "count"]
    TESTS = ["defined", "undefined", "none", "string", "number", "integer",
             "float", "mapping", "iterable", "sequence", "boolean", "true",
             "false", "odd", "even", "eq(1)", "in([1, 'a'])", "lower", "upper",
             "divisibleby(3)", "callable"]
    POSTFIX = ["[0]", "[-1]", "[1:]", "[::-1]", "[:2]", "['a']", ".a", ".k",
               ".upper()", ".strip('H')", ".split(',')", ".split()",
               ".items() | list", ".get('a')", ".get('q', 5)", ".keys() | list",
               ".startswith('H')", ".replace('o', '0')", ".count('l')",
               ".find('o')", ".title()", ".index(1)"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def expression(self, depth):
        choose = self.random.choice
        if depth == 0:
            return choose(self.NAMES) if self.random.random() < 0.6 else choose(self.LITERALS)
        kind = self.random.randrange(8)
        inner = self.expression(depth - 1)
        if kind <= 1:
            return f"({inner} {choose(self.BINARY)} {self.expression(depth - 1)})"
        if kind <= 3:
            return f"({inner} | {choose(self.FILTERS)})"
        if kind == 4:
            return f"({inner} is {choose(['', 'not '])}{choose(self.TESTS)})"
        if kind == 5:
            return f"({inner}){choose(self.POSTFIX)}"
        if kind == 6:
            return f"({inner} if {self.expression(depth - 1)} else {self.expression(depth - 1)})"
        return f"(not {inner})" if self.random.random() < 0.3 else f"[{inner}, {self.expression(0)}]"

    @staticmethod
    def is_folded(source):
        """Whether Jinja2 slices a number while it compiles. That gives an
        undefined value; slicing a variable fails."""
        return re.search(r"\(-?[0-9.]+\)\[[^\]]*:", source)

    def lines(self, count):
        yield {"define": "random", "context": self.CONTEXT}
        seen = set()
        while len(seen) < count:
            source = "{{ " + self.expression(self.random.choice([1, 2, 2, 3])) + " }}"
            output = render(source, self.CONTEXT)
            if source in seen or not is_stable(output) or self.is_folded(source):
                continue
            # Most failing expressions teach nothing new.
            if output is None and self.random.random() < 0.6:
                continue
            yield {"name": f"random {len(seen)}", "template": source,
                   "context": "random", **result(output)}
            seen.add(source)


def language_lines():
    for name, source, context in cases.all_cases():
        output = render(source, context)
        if is_stable(output):
            yield {"name": name, "template": source, "context": context,
                   **result(output)}
    for name, source, context in cases.unsupported_cases():
        yield {"name": name, "template": source, "context": context,
               "unsupported": True}


def model_lines():
    contexts = list(conversations.contexts())
    for name, context in contexts:
        yield {"define": name, "context": context}
    for path in sorted((OUT / "templates").glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for name, context in contexts:
            yield {"name": f"{path.stem}: {name}", "template_file": path.name,
                   "context": name, **result(render(source, context))}


def main():
    write("language.jsonl", list(language_lines()))
    write("random.jsonl", list(RandomExpressions(RANDOM_SEED).lines(RANDOM_CASES)))
    write("models.jsonl", list(model_lines()))


if __name__ == "__main__":
    main()
