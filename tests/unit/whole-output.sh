#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# whole-output.sh PROGRAM: runs it and prints what it said in one piece, since others run at the same time.
"$1" >"$1.log" 2>&1
code=$?
cat "$1.log"
[ $code -eq 0 ] || echo "$1: FAILED (exit status $code)" >&2
exit $code
