# SPDX-License-Identifier: GPL-2.0-or-later
"""PhotoRec, which a stranger with the disk would use: recovers files by their form, without any file system."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.qemu.disk import Disk

# The whole disk as one space, and no format but those: PhotoRec would otherwise recover the programs of the image's root.
_COMMANDS = "partition_none,options,paranoid,keep_corrupted_file,wholespace,fileopt,everything,disable,png,enable,pdf,enable,search"


def photorec(disk: Disk, folder: Path) -> Path:
    """Fills `folder`, which is made anew, with what can be carved out of the raw disk, and returns it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = ["photorec", "/log", "/logname", str(folder.parent / "photorec.log"), "/d", str(folder / "found")]
    command += ["/cmd", str(disk.path), _COMMANDS]
    environment = {**os.environ, "TERM": "linux"}  # it draws, even where nobody looks
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return folder
