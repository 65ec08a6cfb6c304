#!/usr/bin/env python3
"""Writes src/program/operator_table.cpp: the arguments of the SDK's operators.

Needs torch (for the schemas of ATen), PyYAML, and the executorch wheel unpacked
at PREFIX. OPERATORS is a text file with the names in the SDK's registry, one a
line, such as "aten::add.out".

Usage: make_operator_table.py PREFIX OPERATORS
"""

import pathlib
import re
import sys

import torch
import yaml

LETTERS = {
    "Tensor": "T", "Tensor?": "t", "Tensor[]": "L", "Tensor?[]": "O",
    "int": "i", "int?": "I", "SymInt": "i", "SymInt?": "I",
    "ScalarType": "i", "ScalarType?": "I",
    "MemoryFormat": "i", "MemoryFormat?": "I", "Layout": "i", "Layout?": "I",
    "Device": "i", "Device?": "I",
    "float": "f", "float?": "F", "bool": "b", "bool?": "B",
    "Scalar": "s", "Scalar?": "S", "str": "r", "str?": "R",
    "int[]": "l", "int[]?": "m", "SymInt[]": "l", "SymInt[]?": "m",
    "float[]": "d", "float[]?": "D", "bool[]": "c", "bool[]?": "C",
    "Generator?": "n",
}

# Arguments that kernels divide by or index with without a look, by position.
NARROWER = {
    "aten::avg_pool2d.out": {1: "q", 2: "q"},
    "aten::convolution.out": {3: "q", 5: "q", 8: "p"},
    "aten::convolution_backward.out": {4: "q", 6: "q", 9: "p"},
    "aten::embedding.out": {1: "y"},
    "aten::max_pool2d_with_indices.out": {1: "q", 2: "q", 4: "q"},
    "aten::pixel_shuffle.out": {1: "p"},
    "aten::pixel_unshuffle.out": {1: "p"},
    "aten::split_copy.Tensor_out": {1: "p"},
}


def split_arguments(text):
    parts, depth, part = [], 0, ""
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    return [p.strip() for p in parts + [part] if p.strip() not in ("", "*")]


def letter(argument):
    type_text = argument.rsplit(" ", 1)[0]
    is_written = "!" in type_text
    plain = re.sub(r"\([a-z! |>*-]*\)", "", type_text)
    plain = re.sub(r"\[\d+\]", "[]", plain)
    found = LETTERS[plain]
    return {"T": "W", "L": "V"}[found] if is_written else found


def signature(schema):
    body = schema[schema.index("(") + 1 : schema.rindex(") ->")]
    return "".join(letter(a) for a in split_arguments(body))


def yaml_schemas(prefix):
    schemas = {}
    for path in ("kernels/portable/custom_ops.yaml",
                 "kernels/portable/et_copy_ops.yaml",
                 "kernels/quantized/quantized.yaml"):
        for entry in yaml.safe_load((prefix / path).read_text()):
            text = entry.get("func")
            if text is None:
                continue
            name = text[: text.index("(")]
            if "::" not in name:
                name = "aten::" + name
            schemas[name] = text
    return schemas


def aten_schemas():
    schemas = {}
    for schema in torch._C._jit_get_all_schemas():
        name = schema.name + (
            "." + schema.overload_name if schema.overload_name else "")
        schemas[name] = str(schema)
    return schemas


HEADER = """\
// The arguments of the operators that the SDK registers, from their schemas.
// Made by scripts/make_operator_table.py; do not edit.

#include <array>

#include "program/operator_signatures.h"

namespace etllm::program {
namespace {

// clang-format off
constexpr std::array kSdkOperators = {
"""

FOOTER = """\
};
// clang-format on

}  // namespace

std::span<const OperatorSignature> sdk_operators() { return kSdkOperators; }

}  // namespace etllm::program
"""


def main():
    prefix, names = pathlib.Path(sys.argv[1]), sys.argv[2]
    schemas = {**aten_schemas(), **yaml_schemas(prefix)}
    rows = []
    for name in sorted(set(pathlib.Path(names).read_text().split())):
        # Operators that make values other than tensors, or return one of their
        # arguments, are in operator_signatures.cpp.
        letters = signature(schemas[name]) if name in schemas else ""
        if not letters.endswith(("W", "V")):
            print("left out:", name, file=sys.stderr)
            continue
        for position, narrower in NARROWER.get(name, {}).items():
            letters = letters[:position] + narrower + letters[position + 1 :]
        rows.append(f'    OperatorSignature{{"{name}", "{letters}"}},\n')
    sys.stdout.write(HEADER + "".join(rows) + FOOTER)


if __name__ == "__main__":
    main()
