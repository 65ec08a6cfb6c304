#!/usr/bin/env python3
"""Runs the real `etllm` on the real default model, as people run it.

Usage: cli_test.py ETLLM MODEL.gguf
"""

import csv
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
import termios
import time
import unittest

ETLLM, GGUF = sys.argv[1], sys.argv[2]
ROOT = pathlib.Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "command_line.md"
FAMILIES = ROOT / "tests" / "golden" / "families"
STOCK = ROOT / "tests" / "golden" / "stock" / "tiny_decoder.pte"
STOCK_LOGITS = ROOT / "tests/golden/stock_models/gpt2_cache_position.pte"
# What a small model says hangs on small differences; here it knows the answer.
EXACT = ("--kernels", "float")
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


def setUpModule():
    directory = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(directory.cleanup)
    WithModel.folder = pathlib.Path(directory.name)
    WithModel.model = WithModel.folder / "smollm2.pte"
    result = etllm("import", GGUF, "-o", WithModel.model)
    assert result.returncode == 0, result.stderr


class WithModel(unittest.TestCase):
    folder = None
    model = None

    def assert_fails(self, result, *words, code=1):
        """One sentence on stderr that has the words, nothing on stdout."""
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(str(word), result.stderr)


class Answering(WithModel):
    def test_answers_on_stdout_and_says_nothing_else(self):
        result = etllm("run", "-m", self.model, "-n", 24, "--temp", 0, *EXACT,
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

    def test_system_message_changes_the_answer(self):
        arguments = ("run", "-m", self.model, "-n", 16, "--temp", 0, "Who are you?")
        plain = etllm(*arguments)
        pirate = etllm(*arguments, "--system", "You are Captain Hook, a pirate.")
        self.assertEqual(pirate.returncode, 0, pirate.stderr)
        self.assertNotEqual(plain.stdout, pirate.stdout)

    def test_text_in_any_script_and_broken_text_are_answered(self):
        for prompt in ("Größe? 日本 😀 مرحبا".encode(), b"\xff\xfe broken \xc3"):
            with self.subTest(prompt):
                result = subprocess.run(
                    [ETLLM, "run", "-m", self.model, "-n", "4", "--temp", "0", prompt],
                    capture_output=True, timeout=TIMEOUT_SECONDS, check=False,
                    env={"LC_ALL": "C"})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stderr, b"")
                self.assertNotEqual(result.stdout, b"")

    def test_the_last_model_counts(self):
        result = etllm("run", "-m", "missing.pte", "-m", self.model, "-n", 1, "Hi")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_interrupt_stops_the_answer_and_keeps_what_was_said(self):
        process = subprocess.Popen(
            [ETLLM, "run", "-m", self.model, "--ignore-eos", "Tell me a long story"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = process.stdout.read(8)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        self.assertEqual(len(first), 8)
        self.assertEqual(process.returncode, 130, errors)


class Terminal:
    """A process that has a terminal of its own."""

    def __init__(self, *arguments, environment=None):
        environment = {"TERM": "xterm", **(environment or {})}
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.execve(ETLLM, [ETLLM, *map(str, arguments)], environment)

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, line):
        """What appears after the line, up to the next prompt."""
        self.type(line + "\n")
        return self.read_prompt()

    def read_prompt(self):
        """What appears up to a prompt that takes keys."""
        text = self.read_until(r"\n> $")
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.echoes() and time.monotonic() < deadline:
            time.sleep(0.01)
        return text

    def read_until(self, pattern):
        """What appears until the end of it matches."""
        text = b""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not re.search(pattern, text.decode(errors="replace")):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {pattern} in {text!r}")
            if select.select([self.fd], [], [], 1)[0]:
                text += os.read(self.fd, 4096)
        return text.decode(errors="replace")

    def echoes(self):
        """Whether the terminal is as a shell wants it."""
        modes = termios.tcgetattr(self.fd)[3]
        return bool(modes & termios.ECHO and modes & termios.ICANON)

    def exit_code(self):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            child, status = os.waitpid(self.child, os.WNOHANG)
            if child == self.child:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.child, signal.SIGKILL)
        raise AssertionError("it does not leave")


class Chatting(WithModel):
    def chat(self, *arguments, **options):
        terminal = Terminal("run", "-m", self.model, "--temp", 0, *arguments,
                            **options)
        terminal.read_prompt()
        return terminal

    def test_chat_remembers_and_ctrl_d_leaves(self):
        terminal = self.chat("-n", 32, *EXACT)
        self.assertIn("Paris", terminal.answer("What is the capital of France?"))
        self.assertIn("Rome", terminal.answer("And of Italy?"))
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_what_is_typed_ahead_counts(self):
        terminal = self.chat("-n", 8)
        terminal.type("Hello\n")
        terminal.read_until("Hello")
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_reset_forgets_and_exit_leaves(self):
        terminal = self.chat("-n", 24, "--stats")
        answers = []
        for line in ("Hello", "/reset", "Hello"):
            answers.append(terminal.answer(line))
        spoken = [re.sub(r"(?s)\r\nload .*", "", text) for text in answers]
        self.assertEqual(spoken[0], spoken[2])
        counts = [re.search(r"prefill +(\d+)", text) for text in answers]
        self.assertEqual(counts[0][1], counts[2][1])
        terminal.type("/exit\n")
        self.assertEqual(terminal.exit_code(), 0)

    def test_only_what_is_new_is_read(self):
        terminal = self.chat("-n", 8, "--stats", "--system", "word " * 100)
        first = re.search(r"prefill +(\d+)", terminal.answer("Hello"))
        second = re.search(r"prefill +(\d+)", terminal.answer("Hello"))
        self.assertGreater(int(first[1]), 100)
        self.assertLess(int(second[1]), 30)
        terminal.type("/exit\n")
        self.assertEqual(terminal.exit_code(), 0)

    def test_help_names_the_commands_and_an_empty_line_asks_again(self):
        terminal = self.chat()
        text = terminal.answer("/help")
        for command in ("/reset", "/exit", "Ctrl-C"):
            self.assertIn(command, text)
        self.assertLess(len(terminal.answer("")), 20)
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_first_interrupt_stops_the_answer_and_the_second_leaves(self):
        terminal = self.chat("--ignore-eos")
        terminal.type("Tell me a long story\n")
        terminal.read_until(r"\n[^\n]*\w+ \w+")
        terminal.type("\x03")
        terminal.read_prompt()
        terminal.type("\x03")
        self.assertEqual(terminal.read_until(r"\n$").strip(), "")
        self.assertTrue(terminal.echoes())
        self.assertEqual(terminal.exit_code(), 130)

    def test_lines_can_be_edited_and_called_back_in_any_script(self):
        terminal = self.chat("-n", 1, environment={"LC_ALL": "C"})
        self.assertIn("日本 größe", terminal.answer("日本 größe"))
        self.assertIn("日本 größe", terminal.answer("\x1b[A"))
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_full_context_says_what_to_do_and_reset_helps(self):
        small = self.folder / "small_chat.pte"
        etllm("import", GGUF, "-o", small, "-c", 96)
        terminal = Terminal("run", "-m", small, "--temp", 0, "-n", 8)
        terminal.read_prompt()
        self.assertIn("context", terminal.answer("word " * 90))
        terminal.answer("/reset")
        self.assertNotIn("error", terminal.answer("Hello"))
        terminal.type("/exit\n")
        self.assertEqual(terminal.exit_code(), 0)


class Importing(WithModel):
    def test_folder_becomes_a_model_with_its_tokenizer(self):
        output = self.folder / "tiny.pte"
        result = etllm("import", FAMILIES / "tinyllama", "-o", output,
                       "--quant", "q4", "--quant-tensor", "*.down=q8")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("tinyllama", result.stderr)
        ids = etllm("tokenize", "-m", output, "--ids", "--no-bos", "<s>")
        self.assertEqual(ids.stdout.strip(), "[1]", ids.stderr)
        result = etllm("run", "-m", output, "--raw", "-n", 0, "a")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_pattern_that_matches_no_weight_is_refused(self):
        output = self.folder / "none.pte"
        command = ("import", FAMILIES / "tinyllama", "-o", output, "--quant-tensor")
        self.assert_fails(etllm(*command, "nothing=q8"), "'nothing'", "embedding")
        self.assert_fails(etllm(*command, "q8"), "PATTERN=TYPE", code=2)
        self.assertFalse(output.exists())

    def test_time_left_is_shown_on_a_terminal_only(self):
        result = etllm("import", GGUF, "-o", self.folder / "quiet.pte")
        self.assertNotIn("%", result.stderr)


class Looking(WithModel):
    def test_inspect_shows_what_is_inside(self):
        result = etllm("inspect", self.model)
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("forward", "get_max_context_len", "etllm::attention.out",
                     "tokenizer.json", "chat_template.jinja", "q4_min", "q8"):
            self.assertIn(word, result.stdout)

    def test_inspect_shows_programs_that_executorch_exported(self):
        result = etllm("inspect", STOCK, "--weights")
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("forward(i64[1, <=8], i64[1]) -> f32[1, 32]", "XnnpackBackend",
                     "aten::embedding.out", "f32[32, 16]"):
            self.assertIn(word, result.stdout)

    def test_bench_runs_programs_that_executorch_exported(self):
        result = etllm("bench", "-m", STOCK, "-p", 4, "-n", 2, "-r", 1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("pp4", result.stdout)

    def test_tokenize_prints_ids_and_decodes_them(self):
        result = etllm("tokenize", "-m", self.model, "--ids", "Hello world 42")
        ids = json.loads(result.stdout)
        self.assertGreater(len(ids), 3)
        text = etllm("tokenize", "-m", self.model, "--decode",
                     " ".join(map(str, ids))).stdout
        self.assertEqual(text, "Hello world 42\n")

    def test_tokenize_gives_back_any_text(self):
        for text in ("a  b\t c", "größe 日本 😀👩\u200d🚀", "x = 100000;\n\n  y()"):
            with self.subTest(text):
                ids = etllm("tokenize", "-m", self.model, "--ids", stdin=text)
                back = etllm("tokenize", "-m", self.model, "--decode",
                             stdin=ids.stdout)
                self.assertEqual(back.stdout, text + "\n")

    def test_tokenize_shows_each_token_and_its_text(self):
        lines = etllm("tokenize", "-m", self.model, "Hello world").stdout.splitlines()
        self.assertEqual([re.sub(r" *\d+ -> ", "", line) for line in lines],
                         ['"Hello"', '" world"'])

    def test_bench_prints_the_rows_of_llama_bench(self):
        arguments = ("bench", "-m", self.model, "-p", 16, "-n", 4, "-r", 2)
        table = etllm(*arguments).stdout
        self.assertRegex(table, r"\| +pp16 \|.*±")
        self.assertRegex(table, r"\| +tg4 \|.*±")
        rows = json.loads(etllm(*arguments, "-o", "json").stdout)
        self.assertEqual([row["n_prompt"] for row in rows], [16, 0])
        self.assertGreater(rows[1]["avg_ts"], 0)
        table = etllm(*arguments, "-o", "csv").stdout.splitlines()
        records = list(csv.DictReader(table))
        self.assertEqual([row["n_gen"] for row in records], ["0", "4"])
        self.assertGreater(float(records[0]["avg_ts"]), 0)

    def test_the_model_may_be_read_or_locked_instead_of_mapped(self):
        arguments = ("run", "-m", self.model, *EXACT, "--temp", 0, "-n", 8, "Hello")
        expected = etllm(*arguments)
        self.assertEqual(expected.returncode, 0, expected.stderr)
        for option in ("--no-mmap", "--mlock"):
            with self.subTest(option):
                result = etllm(*arguments, option)
                # The limit of locked memory may forbid it.
                if option == "--mlock" and result.returncode == 1:
                    self.skipTest(result.stderr)
                self.assertEqual(result.stdout, expected.stdout)

    def test_a_variable_forces_the_kernels(self):
        arguments = ("bench", "-m", self.model, "-p", 4, "-n", 0, "-r", 1, "-o", "json")
        for options, kernels in (((), "portable"), (("--kernels", "float"), "float")):
            result = etllm(*arguments, *options,
                           env={**os.environ, "ETLLM_KERNELS": "portable"})
            self.assertEqual(json.loads(result.stdout)[0]["kernels"], kernels)

    def test_bench_measures_each_size_that_is_asked_for(self):
        result = etllm("bench", "-m", self.model, "-p", "4,8", "-n", 0, "-r", 1,
                       "-t", 1, "-o", "json")
        rows = json.loads(result.stdout)
        self.assertEqual([row["n_prompt"] for row in rows], [4, 8])
        self.assertEqual([row["n_threads"] for row in rows], [1, 1])
        self.assertEqual(len(rows[0]["samples_ts"]), 1)

    def test_bench_begins_at_each_depth_that_is_asked_for(self):
        arguments = ("bench", "-m", self.model, "-p", 4, "-n", 2, "-r", 1)
        table = etllm(*arguments, "-d", "0,8").stdout
        self.assertRegex(table, r"\| +tg2 \|.*±")
        self.assertRegex(table, r"\| +tg2 @ d8 \|.*±")
        rows = json.loads(etllm(*arguments, "-d", 8, "-o", "json").stdout)
        self.assertEqual([row["n_depth"] for row in rows], [8, 8])

    def test_bench_shows_the_time_of_each_operator(self):
        arguments = ("bench", "-m", self.model, "-p", 4, "-n", 2, "-r", 2, "--profile")
        table = etllm(*arguments).stdout
        self.assertRegex(table, r"etllm::attention.out +\| +60 \|")
        rows = json.loads(etllm(*arguments, "-o", "json").stdout)
        for row, runs in zip(rows, (2, 4)):
            calls = {part["name"]: part["calls"] for part in row["profile"]}
            self.assertEqual(calls["etllm::attention.out"], 30 * runs)
            traced = sum(part["ns"] for part in row["profile"])
            self.assertLess(traced, sum(row["samples_ns"]))
            self.assertGreater(traced, sum(row["samples_ns"]) / 4)

    def test_bench_looks_into_delegates(self):
        result = etllm("bench", "-m", STOCK, "-p", 4, "-n", 2, "-r", 1, "--profile")
        self.assertIn("aten::embedding.out", result.stdout)
        self.assertIn("XnnpackBackend: Fully Connected", result.stdout)

    def test_perplexity_of_a_text_from_a_file_or_stdin(self):
        arguments = ("perplexity", "-m", self.model, "-c", 64, "--chunks", 2)
        result = etllm(*arguments, "-f", DOCUMENT)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout,
                         r"^Final estimate: PPL = \d+\.\d{4} \+/- \d+\.\d{5}\n$")
        self.assertRegex(result.stderr, r"^\[1\]\d+\.\d{4},\[2\]\d+\.\d{4},\n$")
        again = etllm(*arguments, stdin=DOCUMENT.read_text())
        self.assertEqual(again.stdout, result.stdout)

    def test_perplexity_beside_a_reference(self):
        result = etllm("perplexity", "-m", self.model, "-f", DOCUMENT, "-c", 64,
                       "--chunks", 2, "--kernels", "portable", "--reference",
                       self.model, "--reference-kernels", "float")
        self.assertEqual(result.returncode, 0, result.stderr)
        names = ("Final estimate: PPL", "Reference: PPL", "Change of PPL:",
                 "KL divergence: mean", "median", "99%", "maximum", "Same top token:")
        lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
        self.assertEqual(len(lines), len(names))
        for line, name in zip(lines, names):
            self.assertIn(name, line)
        mean = float(lines[3].split()[3])
        self.assertGreater(mean, 0)
        self.assertLess(mean, 0.05)
        self.assertGreater(float(lines[7].split()[3].rstrip("%")), 80)

    def test_perplexity_beside_the_model_itself_has_no_divergence(self):
        result = etllm("perplexity", "-m", self.model, "-f", DOCUMENT, "-c", 32,
                       "--chunks", 2, "--reference", self.model)
        self.assertIn("+0.000% +/- 0.000%", result.stdout)
        self.assertIn("maximum 0.000000", result.stdout)
        self.assertIn("100.00%", result.stdout)

    def test_perplexity_of_a_program_that_executorch_exported(self):
        result = etllm("perplexity", "-m", STOCK_LOGITS, "--tokenizer",
                       STOCK_LOGITS.with_name("tokenizer.json"), "-c", 16, "-f",
                       DOCUMENT, "--chunks", 4)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Final estimate", result.stdout)

    def test_version_and_help_are_answers(self):
        self.assertRegex(etllm("--version").stdout, r"^\d+\.\d+\.\d+\n$")
        self.assertIn("bench", etllm("--help").stdout)

    def test_every_option_is_documented(self):
        document = DOCUMENT.read_text()
        for command in ("run", "import", "inspect", "tokenize", "bench",
                        "perplexity"):
            text = etllm(command, "--help").stdout
            options = set(re.findall(r"--[a-z][a-z-]+", text))
            self.assertGreater(len(options), 1)
            for option in options:
                with self.subTest(command, option=option):
                    self.assertIn(f"{option}", document)


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
                            ("bench", "-m", path), ("tokenize", "-m", path, "Hi"),
                            ("perplexity", "-m", path, "-f", DOCUMENT)):
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
        output = self.folder / "x.pte"
        for arguments in ((*run, "-n", -5, "Hi"), (*run, "--temp", -1, "Hi"),
                          (*run, "-t", 0, "Hi"), (*run, "--kernels", "none", "Hi"),
                          (*run, "--top-p", 2, "Hi"), (*run, "--top-k", -1, "Hi"),
                          (*run, "--stop", "", "Hi"), (*run, "--seed", "x", "Hi"),
                          (*run, "--nonsense", "Hi"), ("run", "Hi"), ("walk",), (),
                          ("import", GGUF), ("import", GGUF, "-o", output, "-c", -1),
                          ("import", GGUF, "-o", output, "--quant", "q3"),
                          ("import", GGUF, "-o", output, "--kv", "q4"),
                          ("bench", "-m", self.model, "-o", "xml"),
                          ("bench", "-m", self.model, "-r", 0),
                          ("perplexity", "-m", self.model, "-c", 2),
                          ("perplexity", "-m", self.model, "--chunks", 0),
                          ("perplexity", "-m", self.model, "--reference-kernels",
                           "float")):
            with self.subTest(arguments=arguments):
                self.assert_fails(etllm(*arguments), "--help", code=2)
        self.assertFalse(output.exists())

    def test_gguf_in_place_of_a_model_is_told_to_be_imported(self):
        for command in (("run", "-m", GGUF, "Hi"), ("inspect", GGUF),
                        ("bench", "-m", GGUF), ("tokenize", "-m", GGUF, "Hi"),
                        ("perplexity", "-m", GGUF, "-f", DOCUMENT),
                        ("perplexity", "-m", self.model, "-f", DOCUMENT,
                         "--reference", GGUF)):
            with self.subTest(command=command[0]):
                self.assert_fails(etllm(*command), GGUF, "etllm import")

    def test_bench_beyond_the_context_is_refused(self):
        self.assert_fails(etllm("bench", "-m", self.model, "-d", 100000),
                          "pp512 @ d100000", "-c")
        self.assert_fails(etllm("bench", "-m", self.model, "-p", 100000), "pp100000",
                          self.model)
        self.assert_fails(etllm("bench", "-m", self.model, "-p", 0, "-n", 0), "-p 0")

    def test_perplexity_of_too_little_or_too_large_windows_is_refused(self):
        perplexity = ("perplexity", "-m", self.model)
        self.assert_fails(etllm(*perplexity, stdin="Too short."), "512", "longer text")
        self.assert_fails(etllm(*perplexity, stdin=""), "no text", "-f")
        empty = self.damaged("empty_text.txt", b"")
        self.assert_fails(etllm(*perplexity, "-f", empty), empty)
        self.assert_fails(etllm(*perplexity, "-c", 9000, stdin="word " * 9001),
                          "8192", self.model)

    def test_perplexity_beside_another_vocabulary_is_refused(self):
        perplexity = ("perplexity", "-m", self.model, "-f", DOCUMENT, "-c", 16,
                      "--reference")
        self.assert_fails(etllm(*perplexity, STOCK_LOGITS), "49152", "97",
                          "one vocabulary")
        missing = self.folder / "missing.pte"
        self.assert_fails(etllm(*perplexity, missing), missing)

    def test_unknown_token_ids_are_named(self):
        decode = ("tokenize", "-m", self.model, "--decode")
        self.assert_fails(etllm(*decode, "123456789"), "123456789")
        self.assert_fails(etllm(*decode, "12 monkeys"), "monkeys")

    def test_stdout_that_cannot_be_written_is_a_failure(self):
        for command in (("run", "-m", self.model, "-n", "4", "Hi"),
                        ("inspect", self.model),
                        ("tokenize", "-m", self.model, "Hi")):
            with self.subTest(command=command[0]), open("/dev/full", "wb") as full:
                result = subprocess.run(
                    [ETLLM, *map(str, command)], stdout=full,
                    stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS,
                    check=False)
                self.assertEqual(result.returncode, 1)
                self.assertIn("standard output", result.stderr)

    def test_program_without_a_tokenizer_says_what_to_give(self):
        self.assert_fails(etllm("run", "-m", STOCK, "Hi"), STOCK, "tokenizer.json")

    def test_missing_or_empty_prompt_file_is_named(self):
        empty = self.damaged("empty.txt", b"")
        for path in (self.folder / "missing.txt", empty):
            self.assert_fails(etllm("run", "-m", self.model, "-f", path), path)

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
