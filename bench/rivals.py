#!/usr/bin/env python3
"""Runs etllm and its rivals in turn on the same weights and prints a table.

Each round runs every program once, so that a slow minute of the machine meets
all of them; the table has medians, extremes and the ratio of the medians to
that of etllm.

  bench/rivals.py MODEL.gguf                   # builds llama.cpp when missing
  bench/rivals.py MODEL.gguf -r 11 -t 2 -p 512,128 -n 128 -d 0,2048
  bench/rivals.py MODEL.gguf --svg docs/speed.svg

ExecuTorch's own export of the same model (bench/export_stock.py), in our runner
and in the wheel's, whose Python has torch:

  bench/rivals.py MODEL.gguf --stock STOCK.pte --tokenizer tokenizer.json \\
      --wheel-python PYTHON
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


def test_name(row):
    test = (f"pp{row['n_prompt']}" if row["n_gen"] == 0
            else f"tg{row['n_gen']}")
    depth = row.get("n_depth", 0)
    return f"{test} @ d{depth}" if depth else test


def measure(command, results, name):
    """Adds the tokens per second of one run, by test."""
    for row in json.loads(run(*command)):
        test = results.setdefault(test_name(row), {})
        test.setdefault(name, []).append(row["avg_ts"])


def peak_rss_mb(command):
    """Peak resident memory of a child; the largest of all so far counts."""
    code = ("import resource,subprocess,sys;"
            "subprocess.run(sys.argv[1:],stdout=-3,stderr=-3,check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(run(sys.executable, "-c", code, *command)) / 1024


def cell(values, own):
    ratio = statistics.median(own) / statistics.median(values)
    text = (f"{statistics.median(values):.1f} "
            f"({min(values):.1f}-{max(values):.1f})")
    return text if values is own else f"{text}, {ratio:.2f}x"


def print_table(title, names, results, rss):
    print(f"| {title} | {' | '.join(names)} |")
    print("| --- |" + " --- |" * len(names))
    for test, values in results.items():
        cells = [cell(values[n], values["etllm"]) if n in values else ""
                 for n in names]
        print(f"| {test}, tokens/s | {' | '.join(cells)} |")
    cells = [f"{rss[n]:.0f}" for n in names]
    print(f"| peak RSS, MB | {' | '.join(cells)} |")


def write_svg(path, title, names, results):
    """Bars of the medians, in shares of the fastest of each test."""
    width, bar, gap = 640, 14, 26
    lines, y = [], 40
    for test, values in results.items():
        fastest = max(statistics.median(v) for v in values.values())
        lines.append(f'<text x="10" y="{y}" font-weight="bold">{test}</text>')
        for name in names:
            if name not in values:
                continue
            y += bar + 4
            median = statistics.median(values[name])
            length = 360 * median / fastest
            color = "#2f6f4f" if name == "etllm" else "#9aa7b1"
            lines.append(
                f'<text x="10" y="{y}">{name}</text><rect x="190" '
                f'y="{y - bar + 3}" width="{length:.0f}" height="{bar}" '
                f'fill="{color}"/><text x="{195 + length:.0f}" y="{y}">'
                f'{median:.0f}</text>')
        y += gap
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{y}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{y}" fill="white"/>\n'
        f'<text x="10" y="18" font-size="14">{title}, tokens per second</text>'
        "\n" + "\n".join(lines) + "\n</svg>\n")


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("-r", "--rounds", type=int, default=7)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", "--prompt", default="512,128")
    parser.add_argument("-n", "--generate", default="128")
    parser.add_argument("-d", "--depth", default="0")
    parser.add_argument("--etllm", type=pathlib.Path,
                        default=ROOT / "build/release/tools/etllm")
    parser.add_argument("--llama-bench", type=pathlib.Path)
    parser.add_argument("--stock", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path)
    parser.add_argument("--wheel-python", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--title", help="default: the file's name")
    return parser.parse_args()


def make_commands(options, model):
    tests = ["-t", options.threads, "-p", options.prompt, "-n",
             options.generate, "-d", options.depth, "-r", 1, "-o", "json"]
    etllm = [options.etllm, "bench"]
    commands = {"etllm": [*etllm, "-m", model, *tests],
                "llama.cpp": [options.llama_bench or build_llama_bench(), "-m",
                              options.gguf, *tests]}
    if options.stock:
        commands["etllm, stock 8da4w"] = [*etllm, "-m", options.stock, *tests]
    if options.wheel_python:
        commands["ExecuTorch wheel"] = [
            options.wheel_python, ROOT / "bench/wheel_bench.py", options.stock,
            options.tokenizer, options.prompt, options.generate]
    return commands


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as work:
        model = pathlib.Path(work) / "model.pte"
        run(options.etllm, "import", options.gguf, "-o", model)
        commands = make_commands(options, model)
        results = {}
        for _ in range(options.rounds):
            for name, command in commands.items():
                measure(command, results, name)
        rss = {name: peak_rss_mb(command) for name, command in commands.items()}
    title = (options.title or options.gguf.name) + f", {options.threads} threads"
    print_table(title, list(commands), results, rss)
    if options.svg:
        write_svg(options.svg, title, list(commands), results)


if __name__ == "__main__":
    main()
