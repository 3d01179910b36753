# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench`: measures, prints one table, writes figures.json. Nothing is asserted about any figure."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from bench import boots, erasing, initrds, resets, stubs
from bench.context import Context
from bench.table import Section, render, write_json
from tests.qemu import accel

SECTIONS: dict[str, Callable[[Context], Section]] = {
    "initrd": initrds.measure,
    "stub": stubs.measure,
    "boot": boots.measure,
    "reset": resets.measure,
    "erase": erasing.measure,
}


def run(context: Context, name: str) -> Section:
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"bench: {name} ...", flush=True)
    try:
        section = SECTIONS[name](context)
    except Exception as error:  # what the other sections have found is not lost with this one's
        traceback.print_exc()
        said = (getattr(error, "stderr", None) or "").strip().splitlines()[-1:]
        section = Section(name, [], [f"FAILED: {error}{': ' if said else ''}{''.join(said)}"], failed=True)
    section.load, section.seconds = (load, os.getloadavg()[0]), time.monotonic() - began
    return section


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("sections", nargs="*", default=list(SECTIONS), metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that machines are switched off on the way out
    context = Context(options.build.resolve(), options.repeat)
    sections: list[Section] = []
    for name in options.sections:
        sections.append(run(context, name))
        write_json(sections, context.bench / "figures.json")  # each as soon as it is there: a run takes its time
    print(f"\n{render(sections)}\n\nQEMU with {accel.options()[1].split(',')[0]}, {os.cpu_count()} processors; medians (lowest-highest)")
    print(f"as JSON: {context.bench / 'figures.json'}", flush=True)
    if any(section.failed for section in sections):
        sys.exit(1)


if __name__ == "__main__":
    main()
