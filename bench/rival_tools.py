"""Builds and installs the rivals of bench/rivals.py at pinned versions, and
converts models for them; everything is kept in the cache folder."""

import os
import pathlib
import shlex
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("ETLLM_CACHE") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    / "etllm") / "rivals"
# The bits of Q4_0: 4 bits and a scale for each 32 weights, the head and the
# embedding too.
INT4_OF_OPENVINO = ["--weight-format", "int4", "--sym", "--group-size", "32",
                    "--all-layers"]
# It computes the head of a prompt's last token alone, as the others do.
INT4_OF_ONNXRUNTIME = ["block_size=32", "is_symmetric=true",
                       "op_types_to_quantize=MatMul/Gather",
                       "prune_lm_head=true"]
LLAMA_CPP_TARGETS = ["llama-bench", "llama-completion", "llama-quantize"]


def run(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def say(message):
    print(message, file=sys.stderr, flush=True)


def versions():
    """What scripts/versions.env sets."""
    lines = (ROOT / "scripts/versions.env").read_text().splitlines()
    words = shlex.split("\n".join(lines), comments=True)
    return dict(word.split("=", 1) for word in words)


def let_tiles_be_configured(source):
    """GCC 12's intrinsic does not say that it reads memory, so the shapes of
    AMX's tiles are never written, and the first prompt ends the program with an
    illegal instruction."""
    file = source / "ggml/src/ggml-cpu/amx/mmq.cpp"
    call = "_tile_loadconfig(&tc);"
    barrier = 'asm volatile("" : : "r"(&tc) : "memory"); '
    file.write_text(file.read_text().replace(call, barrier + call))


def fetch_llama_cpp(tree):
    pinned = versions()
    package = f"{pinned['LLAMA_CPP_PACKAGE']}=={pinned['LLAMA_CPP_VERSION']}"
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        run(sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary",
            ":all:", "--no-build-isolation", "-d", work, package)
        archive = next(pathlib.Path(work).glob("*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(work, filter="data")
        source = next(pathlib.Path(work).glob("*/vendor/llama.cpp"))
        let_tiles_be_configured(source)
        source.rename(tree)


def llama_cpp_binaries():
    """The folder of llama.cpp's programs; building them takes ten minutes."""
    tree = CACHE / f"llama.cpp-{versions()['LLAMA_CPP_VERSION']}"
    binaries = tree / "build" / "bin"
    if all((binaries / name).exists() for name in LLAMA_CPP_TARGETS):
        return binaries
    CACHE.mkdir(parents=True, exist_ok=True)
    say("Building llama.cpp")
    if not tree.exists():
        fetch_llama_cpp(tree)
    run("cmake", "-S", tree, "-B", tree / "build", "-DCMAKE_BUILD_TYPE=Release",
        "-DGGML_NATIVE=ON", "-DLLAMA_CURL=OFF")
    run("cmake", "--build", tree / "build", "-j", "--target",
        *LLAMA_CPP_TARGETS)
    return binaries


def python_with(name):
    """The Python of a virtual environment with NAME_PACKAGES."""
    pinned = versions()
    folder = CACHE / f"{name}-{pinned[name.upper() + '_VERSION']}"
    python, installed = folder / "bin" / "python", folder / "installed"
    if not installed.exists():
        say(f"Installing {name} into {folder}")
        run(sys.executable, "-m", "venv", folder)
        packages = shlex.split(pinned[name.upper() + "_PACKAGES"])
        run(python, "-m", "pip", "install", "--no-cache-dir", *packages)
        # It comes along for another build of torch, and spoils transformers.
        run(python, "-m", "pip", "uninstall", "-y", "torchvision")
        installed.touch()
    return python


def exported(gguf, name, convert):
    """The folder that `convert(path)` has filled, whole or not at all."""
    folder = CACHE / "models" / f"{gguf.stem}-{gguf.stat().st_size}" / name
    if not folder.exists():
        say(f"Converting {gguf.name}: {name}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            convert(pathlib.Path(work) / name)
            (pathlib.Path(work) / name).rename(folder)
    return folder


def checkpoint(gguf, python):
    """The model as a Hugging Face folder of f32 weights."""
    return exported(gguf, "checkpoint", lambda out: run(
        python, ROOT / "bench/make_checkpoint.py", gguf, out))


def openvino_model(gguf, python):
    return exported(gguf, "openvino-int4", lambda out: run(
        python.parent / "optimum-cli", "export", "openvino", "-m",
        checkpoint(gguf, python), "--task", "text-generation-with-past",
        *INT4_OF_OPENVINO, out))


def onnxruntime_model(gguf, python):
    return exported(gguf, "onnxruntime-int4", lambda out: run(
        python, "-m", "onnxruntime_genai.models.builder", "-i",
        checkpoint(gguf, python), "-p", "int4", "-e", "cpu", "-o", out,
        "--extra_options", *INT4_OF_ONNXRUNTIME))
