#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines of each floor did the tests come by? `line_coverage.py --build BUILD --counted RUNS [--lines FILE]...`: reads what programs that
were compiled with --coverage have left in BUILD, by gcov, and prints a table of the floors, the files with the most lines that nobody came by,
and which runs counted. Fails where a floor is below its target, and where a source file was in no build. `make coverage` calls it.

A source file is compiled several times, for the unit programs, for what ships, for the stub on the host: a line counts that any of them
came by."""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

TARGETS = {"common": 97.0, "efi": 97.0, "linux": 92.0, "initrd": 80.0, "reset-tool": 90.0}  # percent
RUNS = {"unit": "unit programs", "tool-test": "tests/tool", "attack": "tests/attack", "uml": "tests/uml"}
WORST = 15
BATCH = 40  # files in one call of gcov
OTHERS = ("efi/ticks-",)  # of another processor

Lines = dict[str, dict[int, int]]  # file -> line -> how often


def add(lines: Lines, document: str) -> None:
    """One JSON document of gcov (gcc's manual, "Invoking gcov", --json-format)."""
    for one in json.loads(document)["files"]:
        name = os.path.normpath(one["file"])
        if name.partition("/")[0] not in TARGETS:
            continue
        counts = lines.setdefault(name, {})
        for line in one["lines"]:
            counts[line["line_number"]] = counts.get(line["line_number"], 0) + line["count"]


def read(build: Path, jobs: int) -> Lines:
    """Of all objects; one whose program never ran has lines as well."""
    notes = sorted(str(path) for path in build.rglob("*.gcno") if path.relative_to(build).parts[0] != "coverage")
    batches = [notes[at : at + BATCH] for at in range(0, len(notes), BATCH)]

    def gcov(batch: list[str]) -> str:
        # Its exit status says that the source of one is gone; what an older tree left in the build is none of ours.
        return subprocess.run(["gcov", "--json-format", "--stdout", *batch], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    lines: Lines = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for said in pool.map(gcov, batches):
            for document in said.splitlines():
                add(lines, document)
    return {name: counts for name, counts in lines.items() if Path(name).exists()}


def share(counts: dict[int, int]) -> tuple[int, int]:
    """Lines come by, lines."""
    return sum(1 for count in counts.values() if count > 0), len(counts)


def percent(by: int, of: int) -> float:
    return 100.0 * by / of if of else 100.0


def ranges(numbers: list[int]) -> str:
    words: list[str] = []
    for number in numbers:
        first, _, last = words[-1].partition("-") if words else ("", "", "")
        if words and int(last or first) == number - 1:
            words[-1] = f"{first}-{number}"
        else:
            words.append(str(number))
    return ", ".join(words)


def floors_below(lines: Lines) -> list[str]:
    """Prints the table."""
    below = []
    print(f"{'floor':<12} {'files':>6} {'lines':>7} {'come by':>8} {'share':>9} {'target':>8}")
    for floor, target in TARGETS.items():
        of_floor = [share(counts) for name, counts in lines.items() if name.startswith(floor + "/")]
        by, of = sum(pair[0] for pair in of_floor), sum(pair[1] for pair in of_floor)
        good = of > 0 and percent(by, of) >= target
        print(f"{floor:<12} {len(of_floor):>6} {of:>7} {by:>8} {percent(by, of):>7.1f} % {target:>6.0f} %{'' if good else '  below'}")
        if not good:
            below.append(floor)
    return below


def print_worst(lines: Lines) -> None:
    missed = collections.Counter({name: share(counts)[1] - share(counts)[0] for name, counts in lines.items()})
    print("\nthe most lines that no test comes by:")
    for name, count in missed.most_common(WORST):
        print(f"  {count:>4} of {len(lines[name]):>4}  {percent(*share(lines[name])):>5.1f} %  {name}")


def unbuilt(lines: Lines, sources: list[str]) -> list[str]:
    return [name for name in sources if name not in lines and not name.startswith(OTHERS)]


def source_files() -> list[str]:
    return sorted(str(path) for floor in TARGETS for path in Path(floor).rglob("*.c") if b"\n{" in path.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True, help="where the programs that ran were built")
    parser.add_argument("--counted", default="", help="the runs of make that count, by spaces")
    parser.add_argument("--failed", default="", help="those of them in which a test failed, which fails all of it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--lines", action="append", default=[], metavar="FILE", help="print this file's lines that no test comes by, and no table")
    options = parser.parse_args()
    lines = read(options.build, options.jobs)
    for name in options.lines:
        print(f"{name}: {ranges([number for number, count in sorted(lines[name].items()) if count == 0]) or 'none'}")
    if options.lines:
        return 0
    below = floors_below(lines)
    print_worst(lines)
    counted = options.counted.split()
    print("\ncounted: " + (", ".join(text for name, text in RUNS.items() if name in counted) or "nothing"))
    left_out = [text for name, text in RUNS.items() if name not in counted]
    if left_out:
        print("left out: " + ", ".join(left_out))
    lost = unbuilt(lines, source_files())
    for name in lost:
        print(f"line_coverage: {name} was in no build", file=sys.stderr)
    for run in options.failed.split():
        print(f"line_coverage: make {run} failed", file=sys.stderr)
    if below:
        print(f"line_coverage: below its target: {', '.join(below)}", file=sys.stderr)
    return 1 if below or lost or options.failed.split() else 0


if __name__ == "__main__":
    sys.exit(main())
