#!/usr/bin/env python3
"""Runs etllm and its rivals in turn on the same weights and prints a table.

Each round runs every program once, so that a slow minute of the machine meets
all of them; the table has medians, extremes, and behind each rival's figure how
many times as fast etllm was, the median of the rounds' ratios. Rivals that are
missing are built or installed, and models converted for them.

  bench/rivals.py MODEL.gguf
  bench/rivals.py MODEL.gguf -r 11 -t 2 -p 512,128 -n 128 -d 0,2048
  bench/rivals.py MODEL.gguf --rivals llama.cpp --svg docs/speed.svg

With the machine's roofs, measured in each round:

  bench/rivals.py MODEL.gguf --roofs build/release/bench/etllm_kernels_bench

ExecuTorch's own export of the same model (bench/export_stock.py), in our runner
and in the wheel's, whose Python has torch:

  bench/rivals.py MODEL.gguf --stock STOCK.pte --tokenizer tokenizer.json \\
      --wheel-python PYTHON
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import rival_tools
from rival_report import print_table, write_svg
from rival_tools import ROOT, run, say

RIVALS = "llama.cpp,openvino,onnxruntime"
# Sixteen tokens, of SmolLM2.
PROMPT = "Once upon a time, in a small village by the sea, there lived a"
LOAD_TIME = r"load (?:time =)? *([\d.]+) ms"
FIRST_TOKEN_TIME = r"(?:first token|prompt eval time =) *([\d.]+) ms"


def test_name(row):
    if "what" in row:
        return row["what"]
    test = (f"pp{row['n_prompt']}" if row["n_gen"] == 0
            else f"tg{row['n_gen']}")
    depth = row.get("n_depth", 0)
    return f"{test} @ d{depth}, tokens/s" if depth else f"{test}, tokens/s"


def run_tests(command):
    """The results of a program that prints JSON as llama-bench does."""
    rows = json.loads(run(*command, stderr=subprocess.DEVNULL))
    return {test_name(row): row.get("value", row.get("avg_ts"))
            for row in rows}


def run_answer(command):
    """How long a program takes that loads a model and prints one token."""
    start = time.perf_counter()
    output = run(*command, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return {"load, ms": float(re.search(LOAD_TIME, output)[1]),
            "first token, ms": float(re.search(FIRST_TOKEN_TIME, output)[1]),
            "whole process, ms": 1e3 * seconds}


def run_roofs(command):
    results = {}
    report = json.loads(run(*command, stderr=subprocess.DEVNULL))
    for row in report["benchmarks"]:
        if row.get("error_occurred"):
            continue
        name = "roof: " + row["name"].split("/")[0].replace("_", " ")
        if "huge:1" in row["name"]:
            name += " (huge pages)"
        if "GOPS" in row:
            results[f"{name}, GOPS"] = row["GOPS"]
        else:
            results[f"{name}, GB/s"] = row["bytes_per_second"] / 1e9
    return results


def peak_rss_mb(command):
    """Peak resident memory of a child; the largest of all so far counts."""
    code = ("import resource,subprocess,sys;"
            "subprocess.run(sys.argv[1:],stdout=-3,stderr=-3,check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(run(sys.executable, "-c", code, *command)) / 1024


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("-r", "--rounds", type=int, default=7)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", "--prompt", default="512,128")
    parser.add_argument("-n", "--generate", default="128")
    parser.add_argument("-d", "--depth", default="0")
    parser.add_argument("--rivals", default=RIVALS, help=f"of {RIVALS}")
    parser.add_argument("--etllm", type=pathlib.Path,
                        default=ROOT / "build/release/tools/etllm")
    parser.add_argument("--llama-cpp", type=pathlib.Path,
                        help="folder of its programs")
    parser.add_argument("--stock", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path)
    parser.add_argument("--wheel-python", type=pathlib.Path)
    parser.add_argument("--roofs", type=pathlib.Path,
                        help="etllm_kernels_bench")
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--title", help="default: the file's name")
    return parser.parse_args()


def numbers_of(options):
    return [options.threads, options.prompt, options.generate, options.depth]


def python_rival(options, name, convert):
    python = rival_tools.python_with(name)
    folder = convert(options.gguf, python)
    script = ROOT / f"bench/{name}_bench.py"
    return [(run_tests, [python, script, folder, *numbers_of(options)])]


def own_programs(options, model, tests):
    etllm = [options.etllm]
    yield "etllm", [
        (run_answer, [*etllm, "run", "-m", model, "-t", options.threads,
                      "--raw", "--temp", 0, "-n", 1, "--stats", PROMPT]),
        (run_tests, [*etllm, "bench", "-m", model, *tests])]
    if options.stock:
        yield "etllm, stock 8da4w", [
            (run_tests, [*etllm, "bench", "-m", options.stock, *tests])]


def llama_cpp(options, tests):
    folder = options.llama_cpp or rival_tools.llama_cpp_binaries()
    return [
        (run_answer, [folder / "llama-completion", "-m", options.gguf, "-t",
                      options.threads, "-no-cnv", "--no-warmup", "--perf",
                      "--temp", 0, "-n", 1, "-p", PROMPT]),
        (run_tests, [folder / "llama-bench", "-m", options.gguf, *tests])]


def make_programs(options, model):
    """What to run for each name: pairs of a way to measure and a command."""
    tests = ["-t", options.threads, "-p", options.prompt, "-n",
             options.generate, "-d", options.depth, "-r", 1, "-o", "json"]
    programs = dict(own_programs(options, model, tests))
    rivals = options.rivals.split(",")
    if "llama.cpp" in rivals:
        programs["llama.cpp"] = llama_cpp(options, tests)
    if "openvino" in rivals:
        programs["OpenVINO GenAI int4"] = python_rival(
            options, "openvino", rival_tools.openvino_model)
    if "onnxruntime" in rivals:
        programs["ONNX Runtime GenAI int4"] = python_rival(
            options, "onnxruntime", rival_tools.onnxruntime_model)
    if options.wheel_python:
        programs["ExecuTorch wheel"] = [(run_tests, [
            options.wheel_python, ROOT / "bench/wheel_bench.py", options.stock,
            options.tokenizer, options.prompt, options.generate])]
    if options.roofs:
        names = (rf"memory_read/MiB:1024/threads:{options.threads}/huge:."
                 rf"|products/threads:{options.threads}")
        programs["roofs"] = [(run_roofs, [
            options.roofs, f"--benchmark_filter={names}",
            "--benchmark_format=json", "--benchmark_min_time=0.2"])]
    return programs


def measure(programs, rounds):
    """results[test][name]: a value for each round."""
    results = {}
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds}")
        for name, runs in programs.items():
            for measure_one, command in runs:
                for test, value in measure_one(command).items():
                    by_name = results.setdefault(test, {})
                    by_name.setdefault(name, []).append(value)
    return results


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as work:
        model = pathlib.Path(work) / "model.pte"
        run(options.etllm, "import", options.gguf, "-o", model)
        programs = make_programs(options, model)
        results = measure(programs, options.rounds)
        rss = {name: peak_rss_mb(runs[-1][1])
               for name, runs in programs.items() if name != "roofs"}
    title = (options.title or options.gguf.name) + f", {options.threads} threads"
    print_table(title, list(programs), results, rss)
    if options.svg:
        write_svg(options.svg, title, list(programs), results)


if __name__ == "__main__":
    main()
