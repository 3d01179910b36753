#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# corpus.sh BUILD RUNS NAME: one fuzzer over a copy of its corpus, and RUNS further inputs made of it, the same each time.
set -euo pipefail
build=$1 runs=$2 name=$3
corpus=$build/fuzz/corpus/$name log=$build/fuzz/$name.log
rm -rf "$corpus"
mkdir -p "$corpus"
cp -r "tests/fuzz/corpus/$name/." "$corpus"
if ! "$build/fuzz/fuzz-$name" -seed=1 -runs="$runs" -print_final_stats=1 -timeout=20 -artifact_prefix="$build/fuzz/$name-" "$corpus" >"$log" 2>&1; then
        cat "$log"
        echo "fuzz-$name: FAILED; keep the input above under tests/fuzz/corpus/$name/" >&2
        exit 1
fi
awk -v name="$name" -v seeds="$(find "tests/fuzz/corpus/$name" -type f | wc -l)" '/number_of_executed_units/ { runs = $2 }
        END { printf "fuzz-%s: %d seeds, %d runs, no finding\n", name, seeds, runs }' "$log"
