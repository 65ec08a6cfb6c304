#!/usr/bin/env python3
"""Writes a tiny random checkpoint of every decoder family into families/.

families/<case>/     what transformers saves: config.json (mostly in the form of
                     the configurations that are published), weights as
                     safetensors, tokenizer, generation_config.json, template
  saved_config.json  config.json as transformers wrote it, where it was rewritten
  <case>.gguf        the same weights by llama.cpp's convert_hf_to_gguf.py
  logits.json        {"runs": [...]} of transformers in float32 and eager mode on
                     the folder as it was written:
                       prompt      ids
                       calls       tokens of each call, in order, where the logits
                                   depend on that (LongRoPE); else any calls do
                       logits      of the last position, or
                       all_logits  of every position of the prompt
families/index.json  the cases: name, family, weights, config ("published" or
                     "saved"), tied, context, window, original_context, has_gguf,
                     same_program (GGUF and folder), gguf_within (else: up to
                     how many tokens the logits are the same), gguf_note, notes, and
                     features: by how much, relatively, the logits change
                     without one, or with the other kind of GELU

Every parameter is random, norms and biases too, and each feature and kind of
parameter is shown to change the logits by more than 1e-2, relatively: what an
importer forgets, a golden notices.

Usage: make_family_goldens.py [PART OF A NAME...]
Needs: torch, transformers, tokenizers, sentencepiece, numpy and pip, which
fetches llama.cpp's sources (versions in scripts/versions.env).
"""

import copy
import json
import pathlib
import re
import shutil
import sys

import family_gguf
import family_tokenizers
import numpy as np
import torch
import transformers
from family_cases import CASES
from family_cases_more import MORE_CASES
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parent / "families"
SHORT = (1, 2, 7)
EVERY_POSITION = (7, 23)
LEAST_CHANGE = 1e-2
LEAST_NEARLY = 1e-5
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
         "F8_E4M3": torch.float8_e4m3fn}  # fmt: skip
UNPUBLISHED = ("rope_parameters", "layer_types")
FINAL_NORMS = ("model.norm", "model.language_model.norm", "transformer.ln_f", "gpt_neox.final_layer_norm")


# ---------------------------------------------------------------- weights


def make_model(case, changes=None):
    """A model with the fresh parameters of transformers."""
    shape = copy.deepcopy(case.shape)
    if "n_layer" not in shape:
        shape["num_hidden_layers"] = case.layers
    if "GPT" not in case.config or "NeoX" in case.config:
        shape.setdefault("bos_token_id", 1)
    shape["eos_token_id"] = case.eos[0]
    shape |= changes or {}
    if case.vision:
        shape = dict(text_config=shape, vision_config=case.vision, mm_tokens_per_image=1)
    config = getattr(transformers, case.config)(**shape)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(
        config, dtype=torch.float32, attn_implementation="eager"
    )
    return model.eval()


def text_config(model):
    return model.config.get_text_config()


def is_constant(values):
    return bool((values == values.flatten()[0]).all())


def input_axis(name, case):
    """The axis of a matrix that is multiplied with the activations."""
    transposed = case.config == "GPT2Config"
    return 0 if transposed and ".c_" in name else -1


def randomize(model, case, rng):
    """Norms and biases around their fresh value, matrices of unit gain."""
    for name, parameter in model.named_parameters():
        shape = tuple(parameter.shape)
        values = rng.normal(0, 1, shape).astype(np.float32)
        if is_constant(parameter.data) and parameter.numel() > 1:
            values = parameter.data.flatten()[0].item() + 0.25 * values
        elif re.search(r"(embed_tokens|embed_in|wte|word_embeddings)\.weight", name):
            values *= case.embedding
        elif "wpe" not in name:
            values *= 1.2 / np.sqrt(shape[input_axis(name, case)])
        parameter.data = torch.from_numpy(np.asarray(values, np.float32))


def scale_logits(model, case, rng):
    """Brings the standard deviation of the logits to 1."""
    cap = getattr(text_config(model), "final_logit_softcapping", None)
    if cap is not None:
        text_config(model).final_logit_softcapping = None
    ids = torch.from_numpy(rng.integers(0, text_config(model).vocab_size, (1, 24)))
    factor = 1 / logits_of(model, ids).std().item()
    if cap is not None:
        text_config(model).final_logit_softcapping = cap
    parameters = dict(model.named_parameters())
    if not model.config.tie_word_embeddings:
        head = model.get_output_embeddings().weight
        head.data *= factor
        return
    for norm in FINAL_NORMS:
        if f"{norm}.weight" not in parameters:
            continue
        weight = parameters[f"{norm}.weight"]
        # Gemma's norms multiply by 1 + weight.
        offset = 1 if "Gemma" in case.config else 0
        weight.data = (weight.data + offset) * factor - offset
        if f"{norm}.bias" in parameters:
            parameters[f"{norm}.bias"].data *= factor


# ---------------------------------------------------------------- logits


@torch.no_grad()
def logits_of(model, ids, calls=None):
    """Logits [positions, vocabulary] of all calls together."""
    calls = calls or [ids.shape[1]]
    cache = transformers.DynamicCache(config=text_config(model))
    rows, start = [], 0
    for size in calls:
        out = model(ids[:, start : start + size], past_key_values=cache, use_cache=True)
        rows.append(out.logits[0].float())
        start += size
    return torch.cat(rows)


def change(value, reference):
    return ((value - reference).norm() / reference.norm()).item()


def rounded(values):
    if values.ndim == 2:
        return [rounded(row) for row in values]
    return [float(f"{v:.7g}") for v in values.tolist()]


def patterns(length):
    third = length // 3
    parts = [[third, length - third]] if third else []
    return parts + [[1] * length] if length < 64 else parts


def make_runs(case, model, rng):
    vocabulary = text_config(model).vocab_size
    runs = []
    for length in (*SHORT, *case.long):
        ids = torch.from_numpy(rng.integers(0, vocabulary, (1, length)))
        prompt = ids[0].tolist()
        if case.calls and length > case.original_context:
            for calls in case.calls:
                calls = list(calls) or [1] * length
                if sum(calls) > length:
                    continue
                calls[-1] += length - sum(calls)
                logits = logits_of(model, ids, calls)[-1]
                runs.append(dict(prompt=prompt, calls=calls, logits=rounded(logits)))
            continue
        logits = logits_of(model, ids)
        for calls in patterns(length):
            assert change(logits_of(model, ids, calls), logits) < 1e-4, (length, calls)
        runs.append(dict(prompt=prompt, logits=rounded(logits[-1])))
    for length in (*EVERY_POSITION, 40)[: 3 if case.calls else 2]:
        ids = torch.from_numpy(rng.integers(0, vocabulary, (1, length)))
        logits = logits_of(model, ids)
        calls = {"calls": [length]} if case.calls and length == 40 else {}
        runs.append(dict(prompt=ids[0].tolist(), **calls, all_logits=rounded(logits)))
    return runs


# ---------------------------------------------------------------- features


def without(case, model, how):
    """A copy of the model that lacks a feature."""
    if "config" in how:
        lacking = make_model(case, how["config"])
        lacking.load_state_dict(model.state_dict())
        return lacking
    lacking = copy.deepcopy(model)
    if "zero" in how:
        for name, parameter in lacking.named_parameters():
            if re.search(how["zero"], name):
                parameter.data.zero_()
    else:
        for name, _ in list(lacking.named_modules()):
            if re.search(how["identity"], name):
                lacking.set_submodule(name, torch.nn.Identity())
    return lacking


def parameter_kinds(model):
    """Patterns that match the parameters of one kind in all layers."""
    kinds = {}
    for name, _ in model.named_parameters():
        if re.search("vision_tower|multi_modal_projector", name):
            continue
        kind = re.sub(r"\.\d+\.", ".N.", name)
        kinds[kind] = "^" + re.escape(kind).replace(r"\.N\.", r"\.\d+\.") + "$"
    return kinds


def check_features(case, model, rng):
    """How much each feature and each kind of parameter matters."""
    length = max(case.long)
    ids = torch.from_numpy(rng.integers(0, text_config(model).vocab_size, (1, length)))
    reference = logits_of(model, ids)[-1]
    features = {}
    for feature, how in (case.without | case.nearly).items():
        features[feature] = change(logits_of(without(case, model, how), ids)[-1], reference)
    fresh = dict(make_model(case).named_parameters())
    for kind, pattern in parameter_kinds(model).items():
        lacking = copy.deepcopy(model)
        for name, parameter in lacking.named_parameters():
            if re.search(pattern, name):
                constant = is_constant(fresh[name].data) and parameter.numel() > 1
                parameter.data = fresh[name].data if constant else parameter.data * 0
        difference = change(logits_of(lacking, ids)[-1], reference)
        assert difference > LEAST_CHANGE, (case.name, kind, difference)
    for feature, difference in features.items():
        least = LEAST_NEARLY if feature in case.nearly else LEAST_CHANGE
        assert difference > least, (case.name, feature, difference)
    return {feature: float(f"{d:.3g}") for feature, d in features.items()}


# ---------------------------------------------------------------- folders


def publish(case, folder):
    """Rewrites config.json in the form that published models have."""
    path = folder / "config.json"
    shutil.copy(path, folder / "saved_config.json")
    config = json.loads(path.read_text())
    config["torch_dtype"] = config.pop("dtype", "float32")
    config["transformers_version"] = "4.46.0"
    part = config["text_config"] if case.vision else config
    left_out = case.published.get("left_out", ())
    for name in [n for n in part if n in (*UNPUBLISHED, *left_out) or n[0] == "_"]:
        del part[name]
    part |= {k: v for k, v in case.published.items() if k != "left_out"}
    path.write_text(json.dumps(config, indent=2) + "\n")


def publish_tokenizer(case, folder):
    """The tokenizer's settings as transformers 4 wrote them."""
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config.pop("backend", None)
    usual = "LlamaTokenizer" if case.tokenizer["words"] == "spm" else None
    config["tokenizer_class"] = case.tokenizer.get(
        "tokenizer_class", usual or "PreTrainedTokenizerFast"
    )
    path.write_text(json.dumps(config, indent=2) + "\n")
    named = {k: v for k, v in config.items() if re.fullmatch("(bos|eos|unk)_token", k)}
    text = json.dumps(named, indent=2)
    (folder / "special_tokens_map.json").write_text(text + "\n")


def to_float8(folder):
    """Stores the matrices of the layers as F8_E4M3, the rest as it is."""
    from safetensors.torch import load_file

    tensors = load_file(folder / "model.safetensors")
    for name, tensor in tensors.items():
        if re.search(r"_proj\.weight$", name):
            tensors[name] = tensor.to(torch.float8_e4m3fn)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return {name: tensor.float() for name, tensor in tensors.items()}


def save_folder(case, model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokens = family_tokenizers.save(folder, case.tokenizer)
    assert tokens <= text_config(model).vocab_size, (case.name, tokens)
    stored = torch.bfloat16 if case.weights == "F8_E4M3" else TYPES[case.weights]
    generation = model.generation_config
    generation.eos_token_id = list(case.eos) if len(case.eos) > 1 else case.eos[0]
    generation.do_sample, generation.temperature, generation.top_p = True, 0.6, 0.9
    limit = {"max_shard_size": case.shards} if case.shards else {}
    copy.deepcopy(model).to(stored).save_pretrained(folder, **limit)
    if case.published is not None:
        publish(case, folder)
        publish_tokenizer(case, folder)
    return to_float8(folder) if case.weights == "F8_E4M3" else None


def load_folder(case, folder, values):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    if values is not None:
        model.load_state_dict(values, strict=not model.config.tie_word_embeddings)
    return model.float().eval()


def make_case(case, seed):
    rng = np.random.default_rng(seed)
    model = make_model(case)
    randomize(model, case, rng)
    scale_logits(model, case, rng)
    folder = OUT / case.name
    model = load_folder(case, folder, save_folder(case, model, folder))
    features = check_features(case, model, rng)
    runs = make_runs(case, model, rng)
    text = json.dumps({"runs": runs}, separators=(",", ":"))
    (folder / "logits.json").write_text(text.replace('{"prompt"', '\n{"prompt"') + "\n")
    if case.gguf:
        make_gguf(case, model, folder)
    set_modes(folder)
    size = sum(f.stat().st_size for f in folder.iterdir())
    largest = max(f.stat().st_size for f in folder.iterdir())
    assert largest <= 256_000, (case.name, largest)
    print(f"{case.name:20} {size:8} bytes, features {features}", flush=True)
    return describe(case, model, features)


def make_gguf(case, model, folder):
    words = case.tokenizer["words"]
    outtype = {"F8_E4M3": "bf16"}.get(case.weights, case.weights.lower())
    family_gguf.convert(
        folder, folder / f"{case.name}.gguf", words, outtype, case.gguf_settings
    )


def set_modes(folder):
    """Files that everybody can read; safetensors makes private ones."""
    for path in folder.iterdir():
        path.chmod(0o644)


def describe(case, model, features):
    config = text_config(model)
    return {
        "name": case.name,
        "family": case.family,
        "weights": case.weights,
        "config": "saved" if case.published is None else "published",
        "tied": bool(config.tie_word_embeddings),
        "context": config.max_position_embeddings,
        "window": case.window,
        "original_context": case.original_context,
        "has_gguf": case.gguf,
        "same_program": case.gguf and (case.gguf_same or not case.gguf_note),
        "gguf_within": case.gguf_within,
        "gguf_note": case.gguf_note,
        "notes": case.notes,
        "features": features,
    }


def main():
    parts = sys.argv[1:]
    index_path = OUT / "index.json"
    index = {}
    if index_path.exists():
        index = {c["name"]: c for c in json.loads(index_path.read_text())["cases"]}
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    for case in CASES + MORE_CASES:
        if not parts or any(part in case.name for part in parts):
            seed = int.from_bytes(case.name.encode()[:8].ljust(8), "little")
            index[case.name] = make_case(case, seed)
            write_index(index_path, index)


def write_index(path, index):
    cases = [index[c.name] for c in CASES + MORE_CASES if c.name in index]
    path.write_text(json.dumps({"cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
