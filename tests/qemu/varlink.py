# SPDX-License-Identifier: GPL-2.0-or-later
"""A Varlink client within the machine: a few lines of Perl, which Debian always has."""

from __future__ import annotations

import json
from typing import Any

from tests.qemu.shell import Shell

OURS = "/run/cleanslate/io.cleanslate.FactoryReset"
# call PATH MESSAGE [COMMAND]: sends the message and prints the answer; with a command, runs it then and prints a second answer.
CLIENT = r"""
use IO::Socket::UNIX;
my ($path, $message, $command) = @ARGV;
$/ = "\0";
my $socket = IO::Socket::UNIX->new(Peer => $path) or die "connect: $!";
print $socket "$message\0"; $socket->flush;
sub answer { my $text = <$socket> // die "hung up"; chomp $text; print "$text\n"; }
answer();
if (defined $command) { system($command) == 0 or die; answer(); }
"""


def install(shell: Shell) -> None:
    """Once in each boot, ahead of call()."""
    shell.check(f"cat >/run/client.pl <<'END'{CLIENT}END\nchmod 644 /run/client.pl")


def call(shell: Shell, path: str, method: str, *, then: str = "", user: str = "", **more: Any) -> list[dict[str, Any]]:
    """The answers, one or, with a command to run, `then`, two. `user`: a command that runs the client as somebody else."""
    message = json.dumps({"method": method, **more})
    command = f"{user} perl /run/client.pl {path} '{message}'" + (f" '{then}'" if then else "")
    return [json.loads(line) for line in shell.check(command, 120).splitlines() if line.startswith("{")]
