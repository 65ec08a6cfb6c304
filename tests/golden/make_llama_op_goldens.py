"""Writes llama_ops/cases.json and llama_ops/expected.bin.

Calls the operators of ExecuTorch's wheel (torch.ops.llama) and records what
they answer. Needs torch and executorch 1.5.1:

    python make_llama_op_goldens.py

Inputs are not stored where a seed can make them again (see `noise`); what the
operators answered is, as raw little-endian bytes.
"""

import json
import pathlib

import numpy as np
import torch
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401
from executorch.extension.llm.custom_ops import op_fallback  # noqa: F401

OUT = pathlib.Path(__file__).parent / "llama_ops"
DTYPES = {
    torch.float32: "f32",
    torch.float16: "f16",
    torch.bfloat16: "bf16",
    torch.float64: "f64",
    torch.int8: "i8",
    torch.uint8: "u8",
    torch.int64: "i64",
}
F32, F16, BF16 = torch.float32, torch.float16, torch.bfloat16

blob = bytearray()
cases = []
next_seed = 1


def noise(seed, count):
    """`count` numbers in [-1, 1): splitmix64 of seed * 2^32 + index."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed << 32) + np.arange(count, dtype=np.uint64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(40)).astype(np.float32) / np.float32(2**23)
    return torch.from_numpy(unit - np.float32(1))


class Random:
    """A tensor that the test can make again."""

    def __init__(self, sizes, dtype=F32, scale=1.0):
        global next_seed
        self.seed, self.scale = next_seed, scale
        next_seed += 1
        count = int(np.prod(sizes)) if sizes else 1
        values = noise(self.seed, count) * np.float32(scale)
        if dtype == torch.int8:
            values = torch.floor(values)
        self.tensor = values.to(dtype).reshape(sizes)


def raw(tensor):
    tensor = tensor.detach().contiguous()
    if tensor.dtype == BF16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def stored(tensor):
    while len(blob) % 8:
        blob.append(0)
    offset = len(blob)
    blob.extend(raw(tensor))
    return {
        "dtype": DTYPES[tensor.dtype],
        "sizes": list(tensor.shape),
        "offset": offset,
    }


def described(argument):
    if isinstance(argument, Random):
        tensor = argument.tensor
        return {
            "dtype": DTYPES[tensor.dtype],
            "sizes": list(tensor.shape),
            "seed": argument.seed,
            "scale": argument.scale,
        }
    if isinstance(argument, torch.Tensor):
        return stored(argument)
    if isinstance(argument, float):
        return {"double": argument}
    return argument


def value(argument):
    if isinstance(argument, Random):
        return argument.tensor.clone()
    return argument.clone() if isinstance(argument, torch.Tensor) else argument


def case(name, operator, arguments, mutated=(), tolerance=2e-5, outputs=True):
    """Calls the operator and records the answer and the mutated arguments."""
    described_arguments = [described(a) for a in arguments]
    values = [value(a) for a in arguments]
    result = operator(*values)
    results = list(result) if isinstance(result, tuple) else [result]
    cases.append(
        {
            "name": name,
            "operator": str(operator).replace(".", "::", 1) + ".out",
            "arguments": described_arguments,
            "outputs": [stored(r) for r in results] if outputs else [],
            "mutated": {str(i): stored(values[i]) for i in mutated},
            "tolerance": tolerance,
        }
    )


def tolerance_of(dtype):
    return {F32: 2e-5, F16: 2e-3, BF16: 1.6e-2}[dtype]


def some_mask(rows, columns):
    """Numbers, and minus infinity in places, never in a whole row."""
    mask = Random((rows, columns)).tensor * 3
    mask[Random((rows, columns)).tensor > 0.3] = -torch.inf
    mask[:, columns // 2] = 0.5
    return mask


# batch, tokens, heads, KV heads, head size, capacity, start
SDPA_SHAPES = [
    (1, 1, 1, 1, 8, 16, 0),
    (1, 3, 4, 2, 8, 16, 2),
    (1, 5, 9, 3, 64, 96, 40),
    (1, 1, 9, 3, 64, 700, 611),
    (2, 4, 6, 2, 33, 40, 7),
    (1, 70, 4, 1, 16, 130, 60),
    (1, 1, 8, 1, 80, 300, 299),
    (1, 2, 2, 2, 7, 9, 7),
    (1, 1, 4, 4, 128, 65, 64),
    (1, 130, 2, 2, 24, 130, 0),
    (3, 1, 5, 5, 1, 4, 3),
    (1, 9, 12, 4, 20, 64, 5),
    (1, 1, 40, 1, 12, 50, 33),
    (2, 20, 10, 5, 40, 200, 150),
]


def custom_sdpa_cases():
    op = torch.ops.llama.custom_sdpa
    for shape in SDPA_SHAPES:
        batch, tokens, heads, kv_heads, size, capacity, start = shape
        for dtype in (F32, F16, BF16):
            if dtype != F32 and tokens > 20:
                continue
            q = Random((batch, tokens, heads, size), dtype, 2.0)
            k = Random((batch, capacity, kv_heads, size), dtype, 2.0)
            v = Random((batch, capacity, kv_heads, size), dtype)
            name = f"{shape} {DTYPES[dtype]}"
            tolerance = tolerance_of(dtype)
            case(f"causal {name}", op, [q, k, v, start, None, 0.0, True, None],
                 tolerance=tolerance)
            if tokens > 20:
                continue
            case(f"scaled {name}", op, [q, k, v, start, None, 0.0, True, 0.7],
                 tolerance=tolerance)
            case(f"uncausal {name}", op,
                 [q, k, v, start, None, 0.0, False, None], tolerance=tolerance)
            if capacity <= 100 or dtype == F32:
                mask = some_mask(tokens, capacity)
                case(f"masked {name}", op,
                     [q, k, v, start, mask, 0.0, False, None],
                     tolerance=tolerance)


def sdpa_with_kv_cache_cases():
    op = torch.ops.llama.sdpa_with_kv_cache
    shapes = [(1, 3, 4, 2, 8, 16, 2), (2, 1, 6, 3, 10, 12, 11),
              (1, 12, 9, 3, 16, 40, 0)]
    for shape in shapes:
        batch, tokens, heads, kv_heads, size, capacity, start = shape
        for dtype in (F32, F16, BF16):
            tensors = [
                Random((batch, tokens, heads, size), dtype),
                Random((batch, tokens, kv_heads, size), dtype),
                Random((batch, tokens, kv_heads, size), dtype),
                Random((batch, capacity, kv_heads, size), dtype),
                Random((batch, capacity, kv_heads, size), dtype),
                start,
                tokens,
            ]
            name = f"{shape} {DTYPES[dtype]}"
            tolerance = tolerance_of(dtype)
            case(f"causal {name}", op, tensors + [None, 0.0, True, None],
                 (3, 4), tolerance)
            case(f"uncausal {name}", op, tensors + [None, 0.0, False, 0.25],
                 (3, 4), tolerance)
            mask = some_mask(tokens, capacity)
            case(f"masked {name}", op, tensors + [mask, 0.0, False, None],
                 (3, 4), tolerance)


def quantized(sizes):
    zeros = Random((*sizes[:-1], 1), torch.int8, 20.0)
    scales = Random((*sizes[:-1], 1)).tensor.abs() * 0.02 + 0.001
    return Random(sizes, torch.int8, 128.0), zeros, scales


def custom_quantized_sdpa_cases():
    op = torch.ops.llama.custom_quantized_sdpa
    shapes = [(1, 3, 4, 2, 8, 16, 2), (1, 1, 9, 3, 64, 150, 130),
              (2, 4, 6, 2, 33, 40, 7), (1, 40, 4, 4, 16, 64, 10)]
    for shape in shapes:
        batch, tokens, heads, kv_heads, size, capacity, start = shape
        for transposed in (False, True):
            def tensor(length, count):
                if transposed:
                    return quantized((batch, count, length, size))
                return quantized((batch, length, count, size))

            q, qz, qs = tensor(tokens, heads)
            k, kz, ks = tensor(capacity, kv_heads)
            v, vz, vs = tensor(capacity, kv_heads)
            parameters = [qz, qs, kz, ks, vz, vs, transposed]
            name = f"{shape} transposed={transposed}"
            case(f"causal {name}", op,
                 [q, k, v, start, None, 0.0, True, None] + parameters)
            case(f"uncausal {name}", op,
                 [q, k, v, start, None, 0.0, False, 0.3] + parameters)
            mask = some_mask(tokens, capacity)
            case(f"masked {name}", op,
                 [q, k, v, start, mask, 0.0, False, None] + parameters)


def update_cache_cases():
    plain = torch.ops.llama.update_cache
    indexed = torch.ops.llama.update_cache_with_indices
    for dtype in (F32, F16, BF16, torch.float64, torch.int8):
        scale = 100.0 if dtype == torch.int8 else 1.0
        for batch, tokens, heads, size, capacity, start in [
                (1, 2, 2, 4, 5, 1), (2, 3, 1, 7, 8, 5), (1, 1, 3, 2, 4, 3)]:
            tensors = [Random((batch, tokens, heads, size), dtype, scale),
                       Random((batch, capacity, heads, size), dtype, scale)]
            name = f"{tokens} at {start} {DTYPES[dtype]}"
            # The output is a placeholder without meaning.
            case(name, plain, tensors + [start], (1,), 0, outputs=False)
            # Out of order.
            rows = [[(start + 2 * t + b) % capacity for t in range(tokens)]
                    for b in range(batch)]
            case(f"indexed {name}", indexed,
                 tensors + [start, torch.tensor(rows)], (1,), 0, outputs=False)


def hadamard_cases():
    op = torch.ops.llama.fast_hadamard_transform
    for sizes in [(1,), (2,), (3, 4), (2, 2, 8), (5, 64), (1, 1024), (28,),
                  (2, 56), (1, 3, 448), (1, 14336), (0, 8)]:
        case(f"{sizes}", op, [Random(sizes)], tolerance=1e-6)
    case("half", op, [Random((3, 128), F16)], tolerance=2e-3)
    case("half 28", op, [Random((2, 112), F16)], tolerance=3e-3)
    case("double", op, [Random((2, 32), torch.float64)], tolerance=1e-13)
    case("double 28", op, [Random((2, 224), torch.float64)], tolerance=1e-13)


def delta_rule_cases():
    for operator, shapes in [
        (torch.ops.llama.gated_delta_rule,
         [(2, 3, 3, 4, 5, 6), (1, 4, 2, 35, 16, 40), (1, 4, 2, 1, 8, 3),
          (1, 2, 2, 1, 64, 80), (1, 3, 1, 70, 20, 17), (2, 2, 2, 33, 12, 66)]),
        (torch.ops.llama.channelwise_gated_delta_rule,
         [(1, 2, 1, 3, 4, 9)]),
    ]:
        for batch, heads, states, tokens, key, size in shapes:
            for channelwise in (True, False):
                decay = (batch, states, tokens) + ((key,) * channelwise)
                keys = torch.nn.functional.normalize(
                    Random((batch, states, tokens, key)).tensor, dim=-1)
                case(
                    f"{batch} {heads}/{states} {tokens} {key} {size} "
                    f"channelwise={channelwise}",
                    operator,
                    [
                        Random((batch, heads, tokens, key)),
                        keys,
                        Random((batch, states, tokens, size)),
                        Random(decay).tensor * 0.25 + 0.75,
                        Random((batch, states, tokens)).tensor * 0.5 + 0.5,
                        Random((batch, states, key, size)),
                    ],
                    tolerance=1e-4,
                )


def pack(values, scales, bits):
    """torchao's universal layout of 8 rows and 16 columns at a time."""
    rows, columns = values.shape
    group = columns // scales.shape[1]
    header = np.zeros(16, np.int32)
    header[:8] = [6712, 1, bits, 0, 0, 8, 16, 2]
    out = bytearray(header.tobytes())
    for row in range(0, rows, 8):
        for g in range(scales.shape[1]):
            part = values[row:row + 8, g * group:(g + 1) * group]
            for column in range(0, group, 16):
                block = part[:, column:column + 16].reshape(8, 2, 8)
                block = block.transpose(1, 0, 2).reshape(4, 2, 16)
                if bits == 8:
                    out += block.astype(np.int8).tobytes()
                else:
                    block = (block + 8).astype(np.uint8)
                    out += (block[:, 0] | block[:, 1] << 4).tobytes()
            out += scales[row:row + 8, g].astype(np.float32).tobytes()
            out += part.sum(1).astype(np.int32).tobytes()
    return np.frombuffer(bytes(out), np.uint8)


def packed_experts(experts, rows, columns, group, bits):
    matrices = []
    for _ in range(experts):
        most = 1 << (bits - 1)
        values = Random((rows, columns), F32, most).tensor.floor().numpy()
        scales = Random((rows, columns // group)).tensor.abs().numpy()
        matrices.append(pack(values, scales * 0.5 / most, bits))
    return torch.from_numpy(np.stack(matrices))


def moe_cases():
    op = torch.ops.llama.quantized_moe_ffn
    for tokens, experts, active, dim, hidden, group, bits, score, biased in [
        (1, 4, 2, 32, 32, 32, 4, "sigmoid", True),
        (7, 4, 2, 32, 48, 16, 4, "softmax", False),
        (3, 5, 3, 64, 32, 32, 8, "sigmoid", False),
        (70, 3, 1, 32, 32, 16, 8, "sigmoid", True),
        (19, 3, 3, 16, 64, 16, 4, "softmax", False),
    ]:
        bias = Random((experts,)) if biased else torch.empty(0)
        case(
            f"{tokens} tokens {active}/{experts} {dim} {hidden} {bits} {score}",
            op,
            [
                Random((tokens, dim)),
                Random((experts, dim)),
                bias,
                packed_experts(experts, 2 * hidden, dim, group, bits),
                packed_experts(experts, dim, hidden, group, bits),
                active, experts, hidden, dim, group, bits, score, 2.5,
            ],
        )


def copy_cases():
    case("plain", torch.ops.llama.fallback, [Random((2, 3))], tolerance=0)
    case("halves", torch.ops.llama.fallback, [Random((5,), F16)], tolerance=0)
    crop = torch.ops.preprocess.tile_crop
    for channels, size, tile in [(3, 8, 4), (1, 6, 3)]:
        case(f"{size} by {tile}", crop, [Random((channels, size, size)), tile],
             tolerance=0)


def main():
    # The wheel's pool and torch's do not agree on many threads.
    torch.set_num_threads(1)
    custom_sdpa_cases()
    sdpa_with_kv_cache_cases()
    custom_quantized_sdpa_cases()
    update_cache_cases()
    hadamard_cases()
    delta_rule_cases()
    moe_cases()
    copy_cases()
    OUT.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (OUT / "cases.json").write_text(f"[\n{lines}\n]\n")
    (OUT / "expected.bin").write_bytes(blob)
    print(f"{len(cases)} cases, {len(blob)} bytes")


if __name__ == "__main__":
    main()
