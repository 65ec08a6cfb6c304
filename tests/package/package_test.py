#!/usr/bin/env python3
"""Installs the package, moves it, and builds somebody else's project with it.

Usage: package_test.py CMAKE BUILD_DIRECTORY ETLLM MODEL.gguf {static,shared}

The build directory has the library in both forms: the one of BUILD_SHARED_LIBS
is always installed, the other is the component `other_form`.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, ETLLM, GGUF, FORM = sys.argv[1:6]
APP = pathlib.Path(__file__).parent / "app"
STOCK = pathlib.Path(__file__).parents[1] / "golden/stock_models"
LIBRARIES = {"static": "libextension_llm_runner.a",
             "shared": "libextension_llm_runner.so"}


def run(*arguments, **options):
    result = subprocess.run(
        [str(argument) for argument in arguments], capture_output=True,
        text=True, check=False, timeout=600, **options)
    if result.returncode != 0:
        raise AssertionError(f"{arguments}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def install(prefix):
    """Puts the package with the library in FORM, and no other, in `prefix`."""
    run(CMAKE, "--install", BUILD, "--prefix", prefix)
    library = prefix / "lib" / LIBRARIES[FORM]
    if library.exists():
        return
    for other in (prefix / "lib").glob("libextension_llm_runner.*"):
        other.unlink()
    run(CMAKE, "--install", BUILD, "--prefix", prefix,
        "--component", "other_form")
    assert library.exists()
    targets = prefix / "lib/cmake/executorch"
    for file in targets.glob("etllm-targets*"):
        file.unlink()
    for file in (prefix / "lib/cmake/other_form").iterdir():
        file.rename(targets / file.name)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.folder = pathlib.Path(cls.directory.name)
        install(cls.folder / "installed")
        (cls.folder / "installed").rename(cls.folder / "moved")
        run(CMAKE, "-G", "Ninja", "-S", APP, "-B", cls.folder / "app",
            f"-DCMAKE_PREFIX_PATH={cls.folder / 'moved'}")
        run(CMAKE, "--build", cls.folder / "app")
        cls.model = cls.folder / "model.pte"
        run(ETLLM, "import", GGUF, "-o", cls.model)

    def next_id(self, model, ids):
        return int(run(self.folder / "app/module_only", model, *ids))

    def test_runner_answers(self):
        answer = run(self.folder / "app/app", self.model,
                     "The capital of France is")
        self.assertIn("Paris", answer)

    def test_module_alone_runs_an_imported_model(self):
        prompt, paris = [504, 3575, 282, 4649, 314], 7042
        self.assertEqual(self.next_id(self.model, prompt), paris)

    def test_module_alone_runs_stock_models(self):
        # They call llama:: operators, quantized kernels and XNNPACK.
        goldens = json.loads((STOCK / "greedy.json").read_text())
        vocabulary = json.loads((STOCK / "tokenizer.json").read_text())
        vocabulary = vocabulary["model"]["vocab"]
        for name in ("llama_8da4w_sdpa", "llama_quantized_cache"):
            golden = next(g for g in goldens if g["name"] == name)
            for answer in golden["answers"]:
                text = answer["prompt"].replace(" ", "\u0120")
                ids = [vocabulary[c] for c in text]
                model = STOCK / f"{name}.pte"
                self.assertEqual(self.next_id(model, ids), answer["ids"][0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
