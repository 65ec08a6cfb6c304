#!/usr/bin/env python3
"""Runs the real `etllm` on the real default model, as people run it.

Usage: cli_test.py ETLLM MODEL.gguf
"""

import json
import os
import pathlib
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ETLLM, GGUF = sys.argv[1], sys.argv[2]
# Generous: sanitizer builds and shared machines are slow.
TIMEOUT_SECONDS = 300


def etllm(*arguments, stdin="", **options):
    return subprocess.run(
        [ETLLM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        **options,
    )


class WithModel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.directory.name)
        cls.model = cls.folder / "smollm2.pte"
        result = etllm("import", GGUF, "-o", cls.model)
        assert result.returncode == 0, result.stderr

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def assert_fails(self, result, *words):
        """One sentence on stderr that has the words, nothing on stdout."""
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertGreater(result.returncode, 0, f"crashed: {result.stderr}")
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(str(word), result.stderr)


class Answering(WithModel):
    def test_answers_on_stdout_and_says_nothing_else(self):
        result = etllm("run", "-m", self.model, "-n", 24, "--temp", 0,
                       "What is the capital of France?")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Paris", result.stdout)
        self.assertEqual(result.stderr, "")

    def test_same_seed_gives_the_same_text(self):
        arguments = ("run", "-m", self.model, "-n", 16, "--seed", 7, "Hello")
        first = etllm(*arguments)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(first.stdout, etllm(*arguments).stdout)

    def test_prompt_may_come_from_stdin_or_a_file(self):
        arguments = ("run", "-m", self.model, "-n", 8, "--temp", 0)
        question = "What is the capital of France?"
        expected = etllm(*arguments, question).stdout
        self.assertEqual(etllm(*arguments, stdin=question).stdout, expected)
        path = self.folder / "prompt.txt"
        path.write_text(question)
        self.assertEqual(etllm(*arguments, "-f", path).stdout, expected)

    def test_raw_prompt_is_continued_without_the_chat_template(self):
        result = etllm("run", "-m", self.model, "--raw", "-n", 4, "--temp", 0,
                       "The capital of France is")
        self.assertIn("Paris", result.stdout)

    def test_stop_text_ends_the_answer_before_it(self):
        result = etllm("run", "-m", self.model, "--raw", "--temp", 0, "-n", 64,
                       "--stop", "8", "1, 2, 3, 4, 5,")
        self.assertIn("6", result.stdout)
        self.assertNotIn("8", result.stdout)

    def test_stats_name_times_speeds_and_memory(self):
        result = etllm("run", "-m", self.model, "-n", 8, "--stats", "Hello")
        for word in ("load", "first token", "prefill", "decode", "tokens/s", "RSS"):
            self.assertIn(word, result.stderr)

    def test_zero_new_tokens_is_an_empty_answer(self):
        result = etllm("run", "-m", self.model, "-n", 0, "Hello")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.strip(), "")

    def test_interrupt_stops_the_answer_and_keeps_what_was_said(self):
        process = subprocess.Popen(
            [ETLLM, "run", "-m", self.model, "--ignore-eos", "Tell me a long story"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = process.stdout.read(8)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        self.assertEqual(len(first), 8)
        self.assertEqual(process.returncode, 130, errors)


class Chatting(WithModel):
    def read_until(self, terminal, pattern):
        text = ""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not re.search(pattern, text):
            self.assertLess(time.monotonic(), deadline, text)
            if select.select([terminal], [], [], 1)[0]:
                text += os.read(terminal, 4096).decode(errors="replace")
        return text

    def test_terminal_without_a_prompt_opens_a_chat_that_remembers(self):
        child, terminal = pty.fork()
        if child == 0:
            os.execv(ETLLM, [ETLLM, "run", "-m", str(self.model), "--temp", "0",
                             "-n", "32"])
        self.read_until(terminal, r"> $")
        os.write(terminal, b"What is the capital of France?\n")
        self.assertIn("Paris", self.read_until(terminal, r"\n> $"))
        os.write(terminal, b"And of Italy?\n")
        self.assertIn("Rome", self.read_until(terminal, r"\n> $"))
        os.write(terminal, b"\x04")
        _, status = os.waitpid(child, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)


class Looking(WithModel):
    def test_inspect_shows_what_is_inside(self):
        result = etllm("inspect", self.model)
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("forward", "get_max_context_len", "etllm::attention.out",
                     "tokenizer.json", "chat_template.jinja", "q4_min", "q8"):
            self.assertIn(word, result.stdout)

    def test_tokenize_prints_ids_and_decodes_them(self):
        result = etllm("tokenize", "-m", self.model, "--ids", "Hello world 42")
        ids = json.loads(result.stdout)
        self.assertGreater(len(ids), 3)
        text = etllm("tokenize", "-m", self.model, "--decode",
                     " ".join(map(str, ids))).stdout
        self.assertEqual(text.rstrip("\n"), "Hello world 42")

    def test_bench_prints_the_rows_of_llama_bench(self):
        arguments = ("bench", "-m", self.model, "-p", 16, "-n", 4, "-r", 2)
        table = etllm(*arguments).stdout
        self.assertRegex(table, r"\| +pp16 \|.*±")
        self.assertRegex(table, r"\| +tg4 \|.*±")
        rows = json.loads(etllm(*arguments, "-o", "json").stdout)
        self.assertEqual([row["n_prompt"] for row in rows], [16, 0])
        self.assertGreater(rows[1]["avg_ts"], 0)
        csv = etllm(*arguments, "-o", "csv").stdout.splitlines()
        self.assertEqual(len(csv), 3)
        self.assertIn("avg_ts", csv[0])


class Refusing(WithModel):
    def damaged(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def broken_files(self, good, suffix):
        data = pathlib.Path(good).read_bytes()
        flipped = bytearray(data)
        flipped[4:64] = bytes(byte ^ 0xFF for byte in flipped[4:64])
        return {
            "missing": self.folder / f"missing{suffix}",
            "empty": self.damaged(f"empty{suffix}", b""),
            "truncated": self.damaged(f"truncated{suffix}", data[: len(data) // 2]),
            "short": self.damaged(f"short{suffix}", data[:10]),
            "flipped": self.damaged(f"flipped{suffix}", flipped),
            "foreign": self.damaged(f"foreign{suffix}", b"\x89PNG\r\n\x1a\n" * 99),
            "directory": self.folder,
        }

    def test_broken_gguf_is_named_and_nothing_is_left(self):
        for kind, path in self.broken_files(GGUF, ".gguf").items():
            with self.subTest(kind):
                before = set(self.folder.iterdir())
                result = etllm("import", path, "-o", self.folder / "out.pte")
                self.assert_fails(result, path)
                self.assertEqual(set(self.folder.iterdir()), before)

    def test_broken_program_is_named(self):
        for kind, path in self.broken_files(self.model, ".pte").items():
            for command in (("run", "-m", path, "Hi"), ("inspect", path),
                            ("bench", "-m", path), ("tokenize", "-m", path, "Hi")):
                with self.subTest(kind, command=command[0]):
                    self.assert_fails(etllm(*command), path)

    def test_broken_tokenizer_is_named(self):
        good = self.damaged("good.json", b'{"version": "1.0", "model": {"type": "BPE"')
        for kind, path in self.broken_files(good, ".json").items():
            with self.subTest(kind):
                self.assert_fails(etllm("tokenize", "-m", path, "Hi"), path)
                self.assert_fails(
                    etllm("run", "-m", self.model, "--tokenizer", path, "Hi"), path)

    def test_options_that_make_no_sense_are_refused(self):
        run = ("run", "-m", self.model)
        for arguments in ((*run, "-n", -5, "Hi"), (*run, "--temp", -1, "Hi"),
                          (*run, "-t", 0, "Hi"), (*run, "--kernels", "none", "Hi"),
                          (*run, "--top-p", 2, "Hi"),
                          ("import", GGUF, "-o", self.folder / "x.pte", "--quant", "q3"),
                          ("import", GGUF, "-o", self.folder / "x.pte", "-c", -1)):
            with self.subTest(arguments=arguments):
                result = etllm(*arguments)
                self.assertGreater(result.returncode, 0, result.stdout)
                self.assertNotEqual(result.stderr, "")
                self.assertEqual(result.stdout, "")

    def test_prompt_longer_than_the_context_says_what_to_do(self):
        small = self.folder / "small.pte"
        result = etllm("import", GGUF, "-o", small, "-c", 64)
        self.assertEqual(result.returncode, 0, result.stderr)
        result = etllm("run", "-m", small, "word " * 100)
        self.assert_fails(result, "64", "context")

    def test_empty_prompt_is_refused(self):
        self.assert_fails(etllm("run", "-m", self.model, stdin=""), "prompt")

    def test_output_that_cannot_be_written_is_named(self):
        for output in ("/nowhere/out.pte", "/proc/out.pte", self.folder):
            with self.subTest(output=output):
                self.assert_fails(etllm("import", GGUF, "-o", output), output)

    def test_input_is_never_overwritten(self):
        self.assert_fails(etllm("import", GGUF, "-o", GGUF), GGUF)

    def test_full_disk_leaves_nothing_behind(self):
        def limit_file_size():
            # Writing past the limit then fails, as on a full disk.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

        before = set(self.folder.iterdir())
        output = self.folder / "large.pte"
        result = etllm("import", GGUF, "-o", output, preexec_fn=limit_file_size)
        self.assert_fails(result, output)
        self.assertEqual(set(self.folder.iterdir()), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
