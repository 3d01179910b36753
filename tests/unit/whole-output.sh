#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# whole-output.sh PROGRAM: runs it and prints what it said in one piece, since others run at the same time. A program that hangs, and what it
# has started, is ended after $UNIT_SECONDS (300; the slowest one takes a tenth of it) and named. What was skipped is said again at the end.
limit=${UNIT_SECONDS:-300}
timeout --kill-after=3 "$limit" "$1" >"$1.log" 2>&1
code=$?
cat "$1.log"
case $code in
0) ;;
124 | 137) echo "$1: FAILED (ended after $limit seconds; the last lines above say what it was at)" >&2 ;;
*) echo "$1: FAILED (exit status $code)" >&2 ;;
esac
[ "$code" -ne 255 ] || code=1 # at which xargs would start no further program
exit "$code"
