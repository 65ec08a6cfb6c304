#!/usr/bin/env python3
"""Writes smollm2/greedy.json: what transformers answers with the default model.

The oracle is `transformers` in float32 on the weights of the GGUF file, which
it dequantizes itself. For each of 20 prompts (8 to 900 tokens) the file holds
the prompt's ids, the last position's logits (its largest ones and an even
sample of the rest), and the greedy continuation with the best five candidates
of every step, so that a test can tell a tie from a mistake.

Usage: make_smollm2_goldens.py MODEL.gguf
Needs: torch, transformers, tokenizers, gguf (versions in scripts/versions.env).
"""

import json
import pathlib
import sys

import gguf
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

OUT = pathlib.Path(__file__).parent / "smollm2" / "greedy.json"
STEPS = 32
TOP_PER_STEP = 5
TOP_OF_PROMPT = 64
SAMPLE_STRIDE = 97

SHORT = [
    "The capital of France is the city of",
    "Why is the sky blue? Explain it to a child.",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
    "1, 1, 2, 3, 5, 8, 13, 21,",
    "Once upon a time, in a village between two rivers, there lived a clockmaker",
    "SELECT name, COUNT(*) FROM orders JOIN customers ON",
    "Die Hauptstadt von Deutschland ist",
    "Water boils at 100 degrees Celsius at sea level because",
]

CHAT = [
    "Why is the sky blue?",
    "Give me three names for a friendly robot dog.",
    "Write a haiku about autumn rain.",
    "What is the difference between a list and a tuple in Python?",
]

PARAGRAPHS = [
    "A lighthouse keeper writes down the weather four times a day. In the "
    "morning he notes the direction of the wind, at noon the height of the "
    "waves, in the evening the colour of the sky, and at night the ships that "
    "pass. After thirty years his notebooks fill two shelves, and a young "
    "scientist comes to copy them. ",
    "The recipe is simple: mix 500 g of flour with 350 ml of water, 10 g of "
    "salt and 3 g of yeast. Let the dough rest for twelve hours at 18 degrees, "
    "fold it four times, shape it, and bake it for 40 minutes at 240 degrees. "
    "The crust should sound hollow when you knock on it. ",
    "#include <vector>\n\nint sum(const std::vector<int>& values) {\n  int "
    "total = 0;\n  for (int value : values) {\n    total += value;\n  }\n  "
    "return total;\n}\n\n",
    "Photosynthesis turns light into chemical energy. In the first stage, "
    "chlorophyll absorbs photons and splits water; in the second, the Calvin "
    "cycle fixes carbon dioxide into sugar. Plants that live in dry places "
    "open their pores only at night and store the carbon until morning. ",
    "Meeting notes, 14 March 2024. Present: Ana, Bo, Chen, Dilip. 1) The "
    "release moves to Thursday. 2) Bo repairs the import of dates before 1970. "
    "3) Chen asks for a second test machine. 4) Ana writes to the customer. ",
]


def prompts():
    yield from SHORT
    for question in CHAT:
        yield (
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, "
            "trained by Hugging Face<|im_end|>\n"
            f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
        )
    for count in range(1, 7):
        yield "".join(PARAGRAPHS[i % len(PARAGRAPHS)] for i in range(count))
    long_text = "".join(
        f"{i + 1}. {PARAGRAPHS[(i * 3 + 1) % len(PARAGRAPHS)]}" for i in range(13)
    )
    yield long_text[: len(long_text) * 3 // 5]
    yield long_text + "In short,"


def load_tokenizer(path):
    """SmolLM2's own pipeline on the vocabulary of the GGUF file."""
    fields = gguf.GGUFReader(path).fields
    pieces = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    kinds = fields["tokenizer.ggml.token_type"].contents()
    tokenizer = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = gguf.TokenType.CONTROL
    tokenizer.add_special_tokens(
        [AddedToken(p, normalized=False) for p, k in zip(pieces, kinds) if k == control]
    )
    return tokenizer


def rounded(values):
    return [round(float(v), 5) for v in values]


def golden_of(model, ids):
    with torch.no_grad():
        output = model(torch.tensor([ids]), use_cache=True, logits_to_keep=1)
        prompt_logits = logits = output.logits[0, -1].float()
        steps = []
        for _ in range(STEPS):
            top = torch.topk(logits, TOP_PER_STEP)
            steps.append({"ids": top.indices.tolist(), "logits": rounded(top.values)})
            output = model(
                torch.tensor([[steps[-1]["ids"][0]]]),
                past_key_values=output.past_key_values,
                use_cache=True,
            )
            logits = output.logits[0, -1].float()
    top = torch.topk(prompt_logits, TOP_OF_PROMPT)
    return {
        "prompt": ids,
        "logits_norm": round(float(prompt_logits.norm()), 4),
        "top_ids": top.indices.tolist(),
        "top_logits": rounded(top.values),
        "sampled_logits": rounded(prompt_logits[::SAMPLE_STRIDE]),
        "steps": steps,
    }


def main():
    path = pathlib.Path(sys.argv[1])
    tokenizer = load_tokenizer(path)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()
    cases = []
    for text in prompts():
        ids = tokenizer.encode(text).ids
        cases.append(golden_of(model, ids))
        answer = tokenizer.decode([step["ids"][0] for step in cases[-1]["steps"]])
        print(f"{len(cases)}: {len(ids)} tokens, {answer[:50]!r}", file=sys.stderr)
    golden = {
        "model": path.name,
        "transformers": transformers.__version__,
        "torch": torch.__version__.split("+")[0],
        "sample_stride": SAMPLE_STRIDE,
        "cases": cases,
    }
    text = json.dumps(golden, separators=(",", ":"))
    OUT.write_text(text.replace('{"prompt"', '\n{"prompt"') + "\n")


if __name__ == "__main__":
    main()
