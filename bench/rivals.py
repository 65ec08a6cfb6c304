#!/usr/bin/env python3
"""Runs llama.cpp and etllm in turn on the same weights and prints a table.

Each round runs every program once, so that a slow minute of the machine meets
all of them; the table has medians, extremes and the ratio of the medians.

  bench/rivals.py MODEL.gguf                   # builds llama.cpp when missing
  bench/rivals.py MODEL.gguf -r 11 -t 2 -p 512,128 -n 128
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path.home() / ".cache" / "etllm" / "rivals"
LLAMA_CPP_PACKAGE = "llama-cpp-python==0.3.36"


def run(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], check=True, text=True,
                          capture_output=True, **options).stdout


def build_llama_bench():
    """Builds llama-bench of the pinned version; about ten minutes."""
    binary = CACHE / "llama.cpp" / "build" / "bin" / "llama-bench"
    if binary.exists():
        return binary
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"Building llama.cpp of {LLAMA_CPP_PACKAGE}", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        run(sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary",
            ":all:", "--no-build-isolation", "-d", work, LLAMA_CPP_PACKAGE)
        archive = next(pathlib.Path(work).glob("*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(work, filter="data")
        source = next(pathlib.Path(work).glob("*/vendor/llama.cpp"))
        source.rename(CACHE / "llama.cpp")
    tree = CACHE / "llama.cpp"
    run("cmake", "-S", tree, "-B", tree / "build", "-DCMAKE_BUILD_TYPE=Release",
        "-DGGML_NATIVE=ON", "-DLLAMA_CURL=OFF")
    run("cmake", "--build", tree / "build", "--target", "llama-bench", "-j")
    return binary


def measure(command, results, name):
    """Adds the tokens per second of one run, by test."""
    for row in json.loads(run(*command)):
        test = (f"pp{row['n_prompt']}" if row["n_gen"] == 0
                else f"tg{row['n_gen']}")
        results.setdefault(test, {}).setdefault(name, []).append(row["avg_ts"])


def peak_rss_mb(command):
    """Peak resident memory of a child; the largest of all so far counts."""
    code = ("import resource,subprocess,sys;"
            "subprocess.run(sys.argv[1:],stdout=-3,stderr=-3,check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(run(sys.executable, "-c", code, *command)) / 1024


def cell(values):
    return (f"{statistics.median(values):.1f} "
            f"({min(values):.1f}-{max(values):.1f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("-r", "--rounds", type=int, default=7)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", "--prompt", default="512,128")
    parser.add_argument("-n", "--generate", default="128")
    parser.add_argument("--etllm", type=pathlib.Path,
                        default=ROOT / "build/release/tools/etllm")
    parser.add_argument("--llama-bench", type=pathlib.Path)
    options = parser.parse_args()

    llama_bench = options.llama_bench or build_llama_bench()
    with tempfile.TemporaryDirectory() as work:
        model = pathlib.Path(work) / "model.pte"
        run(options.etllm, "import", options.gguf, "-o", model)
        shared = ["-t", options.threads, "-p", options.prompt,
                  "-n", options.generate, "-r", 1, "-o", "json"]
        commands = {
            "llama.cpp": [llama_bench, "-m", options.gguf, *shared],
            "etllm": [options.etllm, "bench", "-m", model, *shared],
        }
        results = {}
        for _ in range(options.rounds):
            for name, command in commands.items():
                measure(command, results, name)
        rss = {name: peak_rss_mb(command) for name, command in commands.items()}

    print(f"| {options.gguf.name}, {options.threads} threads "
          f"| llama.cpp | etllm | ratio |")
    print("| --- | --- | --- | --- |")
    for test, values in results.items():
        ratio = (statistics.median(values["etllm"])
                 / statistics.median(values["llama.cpp"]))
        print(f"| {test}, tokens/s | {cell(values['llama.cpp'])} "
              f"| {cell(values['etllm'])} | {ratio:.2f} |")
    print(f"| peak RSS, MB | {rss['llama.cpp']:.0f} | {rss['etllm']:.0f} "
          f"| {rss['etllm'] / rss['llama.cpp']:.2f} |")


if __name__ == "__main__":
    main()
