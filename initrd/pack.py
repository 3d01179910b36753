# SPDX-License-Identifier: GPL-2.0-or-later
"""Packs the initrd: PID 1, the libraries it needs by dependency, kernel modules with theirs. Reproducible and rootless."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

# opened by name at run time, so that no dependency names them
RUNTIME_LIBRARIES = ("libtss2-tcti-device.so.0", "libgcc_s.so.1")
DIRECTORIES = ("dev", "proc", "sys", "run", "sysroot", "etc", "usr")


@dataclass
class Archive:
    """A newc cpio archive in memory, all times zero."""

    data: bytearray = field(default_factory=bytearray)
    seen: set[str] = field(default_factory=set)
    inode: int = 1

    def _entry(self, path: str, mode: int, content: bytes) -> None:
        name = path.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        self.inode += 1
        self.data += b"070701" + b"".join(b"%08X" % value for value in fields) + name
        self.data += b"\0" * (-len(self.data) % 4) + content
        self.data += b"\0" * (-len(self.data) % 4)

    def directory(self, path: str) -> None:
        if not path or path in self.seen:
            return
        self.directory(os.path.dirname(path))
        self.seen.add(path)
        self._entry(path, 0o040755, b"")

    def file(self, path: str, content: bytes, mode: int = 0o100644) -> None:
        if path in self.seen:
            return
        self.directory(os.path.dirname(path))
        self.seen.add(path)
        self._entry(path, mode, content)

    def link(self, path: str, target: str) -> None:
        if path in self.seen:
            return
        self.directory(os.path.dirname(path))
        self.seen.add(path)
        self._entry(path, 0o120777, target.encode())

    def finish(self) -> bytes:
        self._entry("TRAILER!!!", 0, b"")
        return bytes(self.data)


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def library_paths(program: Path) -> dict[str, Path]:
    """Name -> path of every library the program needs, and the loader under its own path."""
    found: dict[str, Path] = {}
    for line in run("ldd", str(program)).splitlines():
        match = re.match(r"\s*(\S+) => (/\S+)", line) or re.match(r"\s*(/\S+)()", line)
        if match:
            found[match.group(1)] = Path(match.group(2) or match.group(1))
    return found


def runtime_library(name: str) -> Path:
    for line in run("/sbin/ldconfig", "-p").splitlines():
        match = re.match(r"\s*(\S+) .* => (/\S+)", line)
        if match and match.group(1) == name:
            return Path(match.group(2))
    raise SystemExit(f"pack.py: the library {name} is not installed; it goes into the initrd")


def add_libraries(archive: Archive, program: Path) -> None:
    pending, known = [program], {}
    while pending:
        for name, path in library_paths(pending.pop()).items():
            known[name] = path
    for name in RUNTIME_LIBRARIES:
        path = runtime_library(name)
        known[name] = path
        known.update(library_paths(path))
    for name, path in sorted(known.items()):
        target = name.lstrip("/") if name.startswith("/") else f"usr/lib/{name}"
        archive.file(target if not name.startswith("/lib") else f"usr{name}", path.resolve().read_bytes(), 0o100755)


def without_symbols(program: Path) -> bytes:
    """The program as it runs: what debuggers read stays with the build."""
    with tempfile.TemporaryDirectory() as directory:
        stripped = Path(directory) / program.name
        run("strip", "-o", str(stripped), str(program))
        return stripped.read_bytes()


def module_closure(kernel: Path, release: str, names: list[str]) -> list[Path]:
    files: dict[Path, None] = {}
    for name in names:
        command = ("modprobe", "-d", str(kernel), "-S", release, "--show-depends", name)
        result = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        for line in result.stdout.splitlines():
            if line.startswith("insmod "):
                files[Path(line.split()[1]).resolve()] = None
    return list(files)


def add_modules(archive: Archive, kernel: Path, names: list[str]) -> None:
    release = (kernel / "release").read_text().strip()
    base = (kernel / "lib/modules" / release).resolve()
    kept = module_closure(kernel, release, names)
    relative = sorted(str(path.relative_to(base)) for path in kept)
    for path in relative:
        archive.file(f"usr/lib/modules/{release}/{path}", (base / path).read_bytes())
    write_index(archive, base, release, set(relative))


def write_index(archive: Archive, base: Path, release: str, kept: set[str]) -> None:
    """depmod over just the kept modules, so that lookups in the initrd never name a file that is not there."""
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "lib/modules" / release
        for path in kept:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).symlink_to(base / path)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            if (base / name).exists():
                (tree / name).write_bytes((base / name).read_bytes())
        run("/sbin/depmod", "-b", directory, release)
        for name in ("modules.dep.bin", "modules.alias.bin", "modules.builtin.bin", "modules.builtin.alias.bin", "modules.symbols.bin", "modules.softdep"):
            if (tree / name).exists():
                archive.file(f"usr/lib/modules/{release}/{name}", (tree / name).read_bytes())


def read_list(path: Path) -> list[str]:
    lines = (line.split("#", 1)[0] for line in path.read_text().splitlines())
    return [name for line in lines for name in line.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--shutdown", type=Path, help="what comes to the system's end with it; statically linked")
    parser.add_argument("--kernel", type=Path, required=True, help="directory with release and lib/modules")
    parser.add_argument("--modules", type=Path, required=True, help="list of module names")
    parser.add_argument("--module-names", default="", help="further names, of this processor")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()

    archive = Archive()
    for directory in DIRECTORIES:
        archive.directory(directory)
    archive.directory("usr/lib")
    archive.directory("usr/lib64")
    archive.link("lib", "usr/lib")
    archive.link("lib64", "usr/lib64")
    archive.file("init", without_symbols(arguments.program), 0o100755)
    if arguments.shutdown:
        archive.file("usr/lib/cleanslate/shutdown", without_symbols(arguments.shutdown), 0o100755)
    add_libraries(archive, arguments.program)
    add_modules(archive, arguments.kernel, read_list(arguments.modules) + arguments.module_names.split())
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(("zstd", "-19", "--no-progress", "-q", "-c"), input=archive.finish(), check=True, capture_output=True).stdout
    arguments.output.write_bytes(packed)
    print(f"{arguments.output}: {len(packed) / 1e6:.1f} MB compressed, {len(archive.data) / 1e6:.1f} MB unpacked")


if __name__ == "__main__":
    main()
