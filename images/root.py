# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the read-only file system and its verity tree, both plain files, from a tar."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import uuid
from pathlib import Path

# lz4: the fastest to read on a slow processor; and sqfstar, because tar2sqfs 1.2 writes lz4 tables that Linux refuses.
# Small blocks: the running system reads little bits of many files, and every block is hashed and unpacked whole.
_SQUASHFS = ("sqfstar", "-comp", "lz4", "-b", "32768", "-root-mode", "755", "-processors", "2", "-quiet", "-no-progress")
_SEED = b"cleanslate-reference"


def make_squashfs(tar: Path, output: Path) -> None:
    output.unlink(missing_ok=True)
    # sqfstar 4.5 gives the root directory to whoever runs it, whatever -root-uid says: be root in a user namespace.
    become_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--"]
    command = [*become_root, *_SQUASHFS, str(output)]
    with tar.open("rb") as stream:
        # It mentions PAX keywords that it does not need; what matters is its exit status.
        result = subprocess.run(command, stdin=stream, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"images: sqfstar failed on {tar}:\n{result.stderr}")


def root_hash(veritysetup_output: str) -> str:
    match = re.search(r"(?m)^Root hash:\s*([0-9a-f]{64})$", veritysetup_output)
    if not match:
        raise SystemExit("images: veritysetup printed no root hash")
    return match.group(1)


def make_verity(data: Path, output: Path) -> str:
    """Salt and UUID come from a fixed seed: equal data gives an equal tree."""
    salt = hashlib.sha256(_SEED).hexdigest()
    name = uuid.uuid5(uuid.NAMESPACE_DNS, _SEED.decode())
    output.unlink(missing_ok=True)
    output.touch()
    command = ["veritysetup", "format", "--salt", salt, "--uuid", str(name), str(data), str(output)]
    return root_hash(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tar", type=Path, required=True)
    parser.add_argument("--verity", type=Path, required=True)
    parser.add_argument("--root-hash", type=Path, required=True)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    make_squashfs(options.tar, options.output)
    options.root_hash.write_text(make_verity(options.output, options.verity) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
