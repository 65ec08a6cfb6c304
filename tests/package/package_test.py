#!/usr/bin/env python3
"""Installs the package, moves it, and builds somebody else's project with it.

Usage: package_test.py CMAKE BUILD_DIRECTORY ETLLM MODEL.gguf
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, ETLLM, GGUF = sys.argv[1:5]
APP = pathlib.Path(__file__).parent / "app"


def run(*arguments, **options):
    result = subprocess.run(
        [str(argument) for argument in arguments], capture_output=True,
        text=True, check=False, timeout=600, **options)
    if result.returncode != 0:
        raise AssertionError(f"{arguments}\n{result.stdout}\n{result.stderr}")
    return result.stdout


class Package(unittest.TestCase):
    def test_project_outside_the_tree_builds_and_answers(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            run(CMAKE, "--install", BUILD, "--prefix", folder / "installed")
            (folder / "installed").rename(folder / "moved")
            run(CMAKE, "-G", "Ninja", "-S", APP, "-B", folder / "app",
                f"-DCMAKE_PREFIX_PATH={folder / 'moved'}")
            run(CMAKE, "--build", folder / "app")
            model = folder / "model.pte"
            run(ETLLM, "import", GGUF, "-o", model)
            answer = run(folder / "app" / "app", model,
                         "The capital of France is")
            self.assertIn("Paris", answer)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
