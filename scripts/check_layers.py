#!/usr/bin/env python3
"""Checks the layer rule: a layer includes only itself and the layers below it.

The table is the architecture; docs/architecture.md draws it. Includes of the
public headers count as the layer that implements them.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# layer: layers that it may include besides itself
ALLOWED = {
    "base": set(),
    "kernels": {"base"},
    "operators": {"base", "kernels"},
    "program": {"base"},
    "tokenizers": {"base"},
    "chat": {"base"},
    "sampling": {"base", "kernels"},
    "importer": {"base", "program", "kernels/formats", "tokenizers"},
    "engine": {"base", "sampling", "tokenizers", "program", "operators", "runner_api"},
    "runner": {
        "base", "engine", "sampling", "tokenizers", "program", "operators",
        "runner_api", "kernels",
    },
    "evaluation": {
        "base", "kernels", "engine", "sampling", "tokenizers", "runner",
        "runner_api",
    },
}
PUBLIC = {
    "pytorch/tokenizers/": "tokenizers",
    "executorch/extension/llm/sampler/": "sampling",
    "executorch/extension/llm/runner/": "runner_api",
}
# The framework's own headers, which stand where the SDK's could.
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def layer_of_include(path):
    for prefix, layer in PUBLIC.items():
        if path.startswith(prefix):
            return layer
    first = path.split("/")[0]
    if path.startswith("kernels/formats/"):
        return "kernels/formats"
    if first in ALLOWED or first in ("tools", "tests"):
        return first
    return None


def violations():
    for layer, allowed in ALLOWED.items():
        for path in sorted((ROOT / "src" / layer).rglob("*.[hc]*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            for include in INCLUDE.findall(path.read_text()):
                target = layer_of_include(include)
                same = target is None or target.split("/")[0] == layer
                if not same and target not in allowed and (
                    target.split("/")[0] not in allowed
                ):
                    yield f"{path.relative_to(ROOT)} includes {include}: " \
                          f"{layer} must not know {target}"


def main():
    found = list(violations())
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
