#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What would the unit tests notice? `mutants.py --build BUILD --plain PLAIN [FILE...]`: makes small faults in each FILE, one at a time, and runs
the unit programs that come by the faulty line. `make mutants FILE=...` calls it; without FILE it is those named in FILES below, of which
each has to be noticed by SHARE_MIN at least.

A mutant is compiled by itself, as a library in a folder that goes away, and the programs that `make` has built are linked with it instead of
with the original; the tree and the build are never touched.
One that compiles to the same code as the original is none. What survives is printed with its line and change, and what is named in
tests/mutants.equivalent is set apart; an entry there that fits no surviving mutant is an error."""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

EQUIVALENT = Path("tests/mutants.equivalent")
LIBRARY = "libmutant.so"
SEED = 14  # of the choice, where there is a limit
TIME_MIN_S, TIME_FACTOR = 2.0, 20.0  # of a unit program: at least, and times what it takes without a fault
AGAIN_FACTOR = 3.0  # times that, where the time was up
SANITIZED_FACTOR = 5.0  # how much longer a unit program takes with sanitizers, at most
SANITIZED_MAX_S = 2.0  # of a unit program without sanitizers; a slower one (a TPM in software, say) is not tried with them
SHARE_MIN = 95.0  # of the mutants that compile and are not equivalent, in percent
# One fault a reset instead of two, which is a second instead of a minute; and files in memory, which are flushed in no time.
ENVIRONMENT = {**os.environ, "COURSE_CRASH": "once", "TMPDIR": "/dev/shm"}

# Where a fault would erase too much, too little, or say that all is well; and the programs whose business the file is, which have to notice.
PLANS = r"test-plan(?!-tool)"
FILES = {
    "common/course/reset-course.c": r"test-course",
    "common/plan/disk-choice.c": r"test-disk-",
    "common/plan/erase-verdict.c": r"test-erase-verdict",
    "common/plan/layout.c": r"test-layout$",
    "common/plan/layout-need.c": r"test-layout-",
    "common/plan/layout-solve.c": r"test-layout-",
    "common/plan/layout-solve-gap.c": r"test-layout-",
    "common/plan/layout-solve-share.c": r"test-layout-",
    "common/plan/plan.c": PLANS,
    "common/plan/plan-after.c": PLANS,
    "common/plan/plan-area.c": PLANS,
    "common/plan/plan-duration.c": r"test-plan-duration",
    "common/plan/plan-erase.c": PLANS,
    "common/plan/plan-guard.c": PLANS,
    "common/plan/plan-guard-disks.c": PLANS,
    "common/plan/plan-guard-growth.c": PLANS,
    "common/plan/plan-guard-supplement.c": PLANS,
    "common/plan/plan-judge.c": PLANS,
    "common/plan/plan-mark.c": PLANS,
    "common/plan/plan-match.c": PLANS,
    "common/plan/plan-refusals.c": PLANS,
    "common/plan/plan-slot.c": PLANS,
    "common/plan/plan-text.c": PLANS,
    "common/plan/step-kind.c": PLANS,
    "common/plan/tpm-clear.c": r"test-tpm-clear",
    "common/show/plan-outcome.c": r"test-plan-outcome",
    "common/state/known-volumes.c": r"test-known-volumes",
    "common/state/progress.c": r"test-progress(-edges)?$",
    "common/boot/boot-choice.c": r"test-boot-choice",
    "common/policy/preserve-rule.c": r"test-(preserve|settings)$",
    "common/format/record-signature.c": r"test-record-(verify|signature)",
    "common/format/tpm-attest.c": r"test-tpm-attest",
    "linux/record/record-verify.c": r"test-record-verify",
    "linux/erase/erase-stream.c": r"test-erase-(stream|engine)",
}

COMPARISONS = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|="}
SWAPS = COMPARISONS | ARITHMETIC | {"&&": "||", "||": "&&"}
OPERATOR = re.compile(r"(?<= )(" + "|".join(re.escape(operator) for operator in sorted(SWAPS, key=len, reverse=True)) + r")(?=[ \n])")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])")
NOT = re.compile(r"(?<![\w)\]])!(?!=)")
WORD = re.compile(r"\b(true|false)\b")
CONDITION = re.compile(r"\bif \(")
RETURN = re.compile(r"\breturn ([^;{}]+);")
STATEMENT = re.compile(r"(?<=[;{}:)\n])(?P<lead>\s*)(?P<text>(?:\*?[A-Za-z_(][^;{}]*);)")
ARRAY = re.compile(r"^\s*(?:static |const |struct |unsigned |_cleanup_\(\w+\) )*\w+ [^=;(]*\[[^]]*\]")  # a declaration: more room is no fault
DECLARATION = re.compile(r"^(?:static |const |struct |enum |union |unsigned |extern |typedef |_cleanup_|goto |return\b|case |default|else\b|do\b|static_assert|\w+ [*]*\w+(?:\[[^]]*\])*\s*(?:=|;|,|$))")


@dataclasses.dataclass(frozen=True)
class Mutant:
    start: int
    end: int
    text: str  # instead
    change: str
    line: int

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def code_only(source: str) -> str:
    """The same length; what is in comments, strings and directives other than #define is blank."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^#(?!define\b)[^\n]*'
    return re.sub(pattern, blank, source, flags=re.DOTALL | re.MULTILINE)


def closing(code: str, opened: int) -> int:
    """Where the parenthesis at `opened` is closed."""
    depth = 0
    for at in range(opened, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return opened


def one_line(text: str) -> str:
    return " ".join(text.split())


def changes(source: str) -> Iterator[tuple[int, int, str, str]]:
    code = code_only(source)
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def line_at(at: int) -> str:
        begin = code.rfind("\n", 0, at) + 1
        return code[begin : code.find("\n", at)]

    for match in OPERATOR.finditer(code):
        yield match.start(), match.end(), SWAPS[match[1]], f"{match[1]} -> {SWAPS[match[1]]}"
    for match in NUMBER.finditer(code):
        if ARRAY.match(line_at(match.start())) and code[match.start() - 1] == "[":
            continue
        number = int(match[1], 16 if match[1].startswith("0x") else 10 if match[1] == "0" or match[1][0] != "0" else 8)
        for other in (number + 1, number - 1):
            yield match.start(), match.end(), f"({other})", f"{match[0]} -> {other}"
    for match in NOT.finditer(code):
        yield match.start(), match.end(), "!!", "! dropped"
    for match in WORD.finditer(code):
        other_word = "false" if match[1] == "true" else "true"
        yield match.start(), match.end(), other_word, f"{match[1]} -> {other_word}"
    for match in CONDITION.finditer(code):
        end = closing(code, match.end() - 1)
        yield match.end(), end, f"!({source[match.end():end]})", "condition negated"
    for match in RETURN.finditer(code):
        value = one_line(match[1])
        if value in ("true", "false", "0"):
            if value == "0":
                yield match.start(1), match.end(1), "-5", "0 -> -5 returned"
            continue
        yield match.start(1), match.end(1), "0", f"returns 0 instead of {one_line(source[match.start(1):match.end(1)])}"
        if re.search(r"[<>=!]=|&&|\|\|| [<>] |^!", value):
            yield match.start(1), match.end(1), f"!({source[match.start(1):match.end(1)]})", "returned value negated"
    for match in STATEMENT.finditer(code):
        text = match["text"]
        if text.startswith("for (") or DECLARATION.match(text) or not re.search(r"[=(]|^(?:break|continue)|\+\+|--", text):
            continue
        start = match.start("text")
        if source[:start].count("{") == source[:start].count("}"):
            continue  # outside of any function
        if depth_of(code, start) > 0:
            continue  # within the head of a for
        yield start, match.end("text"), ";", f"deleted: {one_line(source[start:match.end('text')])}"


def depth_of(code: str, at: int) -> int:
    """How many parentheses are open at `at`, since the last brace."""
    begin = max(code.rfind("{", 0, at), code.rfind("}", 0, at)) + 1
    return code.count("(", begin, at) - code.count(")", begin, at)


def mutants_of(source: str) -> list[Mutant]:
    found: list[Mutant] = []
    counts: collections.Counter[tuple[int, str]] = collections.Counter()
    for start, end, text, change in sorted(changes(source)):
        line = source.count("\n", 0, start) + 1
        counts[line, change] += 1
        nth = counts[line, change]
        found.append(Mutant(start, end, text, change if nth == 1 else f"{change} #{nth}", line))
    return found


# -- what is known to change nothing ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Entry:
    file: str
    text: str
    change: str
    reason: str
    where: int  # line in the list

    def fits(self, file: str, text: str, change: str) -> bool:
        return (self.file, self.text, self.change) == (file, one_line(text), change)


def read_entries(text: str) -> list[Entry]:
    entries = []
    for where, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" @ ")]
        if len(parts) != 4 or not all(parts):
            raise ValueError(f"{EQUIVALENT}:{where}: not FILE @ LINE @ CHANGE @ REASON")
        entries.append(Entry(parts[0], parts[1], parts[2], parts[3], where))
    return entries


def stale(entries: list[Entry], file: str, source: str) -> list[Entry]:
    """Those of `file` that fit no mutant of it."""
    lines = source.splitlines()
    mutants = mutants_of(source)
    return [entry for entry in entries if entry.file == file and not any(entry.fits(file, lines[mutant.line - 1], mutant.change) for mutant in mutants)]


# -- compiling and running --------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Program:
    name: str
    link: list[str]
    path: Path = Path()
    seconds: float = 0.0
    lines: frozenset[int] = frozenset()


def commands(build: str, file: str, *variables: str) -> tuple[list[str], list[Program]]:
    """How make compiles the file, and how it links each unit program that has what the file defines."""
    make = ["make", "-s", "-n", "-W", file, f"BUILD={build}", *variables, "V=1", "unit-programs"]
    said = subprocess.run(make, check=True, capture_output=True, text=True).stdout.replace("\\\n", " ")
    compile_command: list[str] = []
    links: list[Program] = []
    for line in said.splitlines():
        words = shlex.split(line) if line.startswith("gcc ") or line.startswith("cc ") else []
        if "-c" in words and words[words.index("-c") + 1] == file and "/asan/" in words[-1] + words[words.index("-o") + 1]:
            compile_command = words
        elif "-lcmocka" in words and f"{build}/unit/" in words[words.index("-o") + 1]:
            links.append(Program(Path(words[words.index("-o") + 1]).name, words))
    if not compile_command:
        raise SystemExit(f"mutants: make does not say how it compiles {file}")
    original = compile_command[compile_command.index("-o") + 1]
    names = symbols(Path(original))
    return compile_command, [program for program in links if symbols(Path(build, "unit", program.name)) & names]


def symbols(path: Path) -> set[str]:
    said = subprocess.run(["nm", "--defined-only", "--extern-only", path], check=True, capture_output=True, text=True).stdout
    return {line.split()[2] for line in said.splitlines() if len(line.split()) == 3}


def run(command: list[str], seconds: float, library: Path | None = None) -> int | None:
    """The exit status; None when the time was up. With everything that the program has started."""
    environment = ENVIRONMENT | ({"LD_LIBRARY_PATH": str(library.parent)} if library else {})
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=environment
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None


class Flavour:
    """The file as a library that takes the place of what the archive has, and the programs linked with it: each once, whatever the library
    says then."""

    def __init__(self, file: str, compile_command: list[str], programs: list[Program]) -> None:
        self.file, self.programs = file, programs
        words = iter(compile_command)
        self.compile = []
        for word in words:
            if word in ("-c", "-o"):
                next(words)
            elif word not in ("-MMD", "-MP", "-g", "-Werror"):  # no line numbers, so that equal code is equal bytes
                self.compile.append(word)

    def library(self, source: str, folder: Path, *more: str) -> Path | None:
        """None: does not compile."""
        folder.mkdir(parents=True, exist_ok=True)
        path, target = folder / Path(self.file).name, folder / LIBRARY
        path.write_text(source, encoding="utf-8")
        command = [*self.compile, "-w", "-fPIC", f"-iquote{Path(self.file).parent}", f"-ffile-prefix-map={folder}=.", *more]
        thing = str(path.with_suffix(".o"))
        if run([*command, "-c", str(path), "-o", thing], 60.0) != 0:
            return None
        return target if run([*command, "-shared", f"-Wl,-soname,{LIBRARY}", thing, "-o", str(target)], 60.0) == 0 else None

    def link(self, library: Path, folder: Path) -> None:
        """The library comes before the archive that has the original, which is then left where it is."""
        folder.mkdir(exist_ok=True)
        for program in self.programs:
            target = folder / program.name
            words = [str(target) if word == program.link[program.link.index("-o") + 1] else word for word in program.link]
            at = next(at for at, word in enumerate(words) if word == "-Wl,--start-group" or word.endswith(".a"))
            if run([*words[:at], "-Wl,--no-as-needed", str(library), "-Wl,--as-needed", *words[at:], "-rdynamic"], 60.0) != 0:
                raise SystemExit(f"mutants: {program.name} cannot be linked with {self.file} as a library")
            program.path = target


class Bench:
    """Programs without sanitizers, which are several times as fast, and for what survives them those with."""

    def __init__(self, plain: str, sanitized: str, file: str, scratch: Path) -> None:
        self.scratch = scratch
        self.source = Path(file).read_text(encoding="utf-8")
        self.plain = Flavour(file, *commands(plain, file, "SANITIZE=-w"))
        self.plain.programs = [program for program in self.plain.programs if re.match(FILES.get(file, ""), program.name)]
        self.sanitized = Flavour(file, *commands(sanitized, file))
        original = self.plain.library(self.source, scratch / "original")
        sanitized_original = self.sanitized.library(self.source, scratch / "sanitized")
        if original is None or sanitized_original is None:
            raise SystemExit(f"mutants: {file} does not compile")
        self.reference = original.with_name(Path(file).with_suffix(".o").name).read_bytes()
        self.plain.link(original, scratch / "programs")
        self.look()
        names = {program.name: program for program in self.plain.programs if program.seconds <= SANITIZED_MAX_S}
        self.sanitized.programs = [program for program in self.sanitized.programs if program.name in names and any("-fsanitize" in word for word in program.link)]
        self.sanitized.link(sanitized_original, scratch / "sanitized-programs")
        for program in self.sanitized.programs:
            program.lines, program.seconds = names[program.name].lines, names[program.name].seconds * SANITIZED_FACTOR
            if run([str(program.path)], 300.0, sanitized_original) != 0:
                raise SystemExit(f"mutants: {program.name} fails with sanitizers and without a fault")

    def look(self) -> None:
        """Which lines each program comes by, and how long it takes without a fault."""
        counted = self.plain.library(self.source, self.scratch / "counted", "--coverage")
        assert counted
        name = Path(self.plain.file).name
        data = counted.with_name(name).with_suffix(".gcda")
        for program in self.plain.programs:
            data.unlink(missing_ok=True)
            started = time.monotonic()
            if run([str(program.path)], 300.0, counted) != 0:
                raise SystemExit(f"mutants: {program.name} fails without a fault")
            program.seconds = time.monotonic() - started
            said = subprocess.run(["gcov", "--json-format", "--stdout", data.name], cwd=data.parent, capture_output=True, text=True).stdout
            files = json.loads(said)["files"] if said and data.exists() else []
            program.lines = frozenset(line["line_number"] for one in files if one["file"].endswith(name) for line in one["lines"] if line["count"] > 0)
        if not any(program.lines for program in self.plain.programs):
            raise SystemExit(f"mutants: no unit program comes by {self.plain.file}")
        theme = Path(self.plain.file).stem.split("-")[0]
        self.plain.programs = sorted(
            (program for program in self.plain.programs if program.lines), key=lambda program: (program.seconds > 1.0, theme not in program.name, program.seconds)
        )

    def try_one(self, number: int, mutant: Mutant) -> str:
        changed = mutant.apply(self.source)
        library = self.plain.library(changed, self.scratch / str(number))
        if library is None:
            return "not compiled"
        if library.with_name(Path(self.plain.file).with_suffix(".o").name).read_bytes() == self.reference:
            return "same code"
        if self.is_noticed(self.plain, mutant, library):
            return "killed"
        library = self.sanitized.library(changed, self.scratch / str(number))
        return "killed" if library and self.is_noticed(self.sanitized, mutant, library) else "survived"

    def is_noticed(self, flavour: Flavour, mutant: Mutant, library: Path) -> bool:
        last = mutant.line + self.source.count("\n", mutant.start, mutant.end)
        concerned = [program for program in flavour.programs if any(line in program.lines for line in range(mutant.line, last + 1))]
        concerned = concerned or flavour.programs  # a table has no lines that are come by
        return any(fails(program, library) for program in concerned)


def fails(program: Program, library: Path) -> bool:
    """Or hangs: where the machine was too busy for it, the program ends well in more time."""
    limit = max(TIME_MIN_S, TIME_FACTOR * program.seconds)
    status = run([str(program.path)], limit, library)
    return (run([str(program.path)], AGAIN_FACTOR * limit, library) if status is None else status) != 0


@dataclasses.dataclass(frozen=True)
class Row:
    file: str
    mutants: int
    compiled: int
    equivalent: int
    killed: int
    survivors: int

    @property
    def share(self) -> float:
        judged = self.killed + self.survivors
        return 100.0 * self.killed / judged if judged else 100.0

    def text(self) -> str:
        return f"{self.file:<34} {self.mutants:>7} {self.compiled:>8} {self.equivalent:>10} {self.killed:>7} {self.survivors:>9} {self.share:>9.1f} %"


HEAD = f"{'file':<34} {'mutants':>7} {'compiled':>8} {'equivalent':>10} {'killed':>7} {'survivors':>9} {'killed of':>11}"
FOOT = "Killed of those that compile and are not equivalent."


def judge(file: str, source: str, results: list[tuple[Mutant, str]], entries: list[Entry]) -> tuple[Row, bool]:
    """Prints what survives; False: the list of equivalents is wrong."""
    lines = source.splitlines()
    alike = [entry for entry in entries if entry.file == file]
    survivors = [mutant for mutant, result in results if result == "survived"]
    excused = {mutant for mutant in survivors for entry in alike if entry.fits(file, lines[mutant.line - 1], mutant.change)}
    wrong = [mutant for mutant, result in results if result == "killed" and any(entry.fits(file, lines[mutant.line - 1], mutant.change) for entry in alike)]
    unexplained = [mutant for mutant in survivors if mutant not in excused]
    killed = sum(result == "killed" for _, result in results)
    for mutant in unexplained:
        print(f"  {file}:{mutant.line}: {mutant.change}\n      {one_line(lines[mutant.line - 1])}")
    for mutant in wrong:
        print(f"  {EQUIVALENT} names a mutant that is killed: {file}:{mutant.line}: {mutant.change}")
    return Row(file, len(results), killed + len(survivors), len(excused), killed, len(unexplained)), not wrong


def look_at(file: str, entries: list[Entry], options: argparse.Namespace) -> tuple[Row, bool]:
    source = Path(file).read_text(encoding="utf-8")
    mutants = mutants_of(source)
    if options.lines:
        spans = [[int(word) for word in span.split("-")] for span in options.lines.split(",")]
        mutants = [mutant for mutant in mutants if any(span[0] <= mutant.line <= span[-1] for span in spans)]
    if 0 < options.limit < len(mutants):
        mutants = sorted(random.Random(SEED).sample(mutants, options.limit), key=lambda mutant: mutant.start)
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        bench = Bench(options.plain, options.build, file, Path(scratch))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(zip(mutants, pool.map(bench.try_one, range(len(mutants)), mutants)))
    return judge(file, source, results, entries)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="where the unit programs are built")
    parser.add_argument("--plain", required=True, help="where they are built without sanitizers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=int, default=0, help="so many of the mutants of a file, always the same ones")
    parser.add_argument("--lines", default="", help="LINE or FIRST-LAST, separated by commas: of these lines alone")
    parser.add_argument("files", nargs="*", help="none: those that have to reach the share")
    options = parser.parse_args()
    files = [str(Path(file)) for file in options.files] or list(FILES)
    entries = read_entries(EQUIVALENT.read_text(encoding="utf-8")) if EQUIVALENT.exists() else []
    old = [entry for file in files for entry in stale(entries, file, Path(file).read_text(encoding="utf-8"))]
    for entry in old:
        print(f"{EQUIVALENT}:{entry.where}: fits no mutant of {entry.file}: {entry.text} @ {entry.change}", file=sys.stderr)
    if old:
        return 1
    os.nice(5)
    rows, right = [], True
    for file in files:
        row, is_right = look_at(file, entries, options)
        rows.append(row)
        right &= is_right
        print(row.text(), flush=True)
    print("", HEAD, *(row.text() for row in rows), FOOT, sep="\n")
    short = [row.file for row in rows if row.share < SHARE_MIN] if not options.files else []
    for name in short:
        print(f"{name}: less than {SHARE_MIN:.0f} %", file=sys.stderr)
    return 0 if right and not short else 1


if __name__ == "__main__":
    sys.exit(main())
