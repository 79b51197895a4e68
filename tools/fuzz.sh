#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fuzz.sh SECONDS [TARGET…]: runs the libFuzzer targets of test/fuzz, all or some, so many seconds each, and ends with "N passed, N failed". What
# they find useful is kept in build/fuzz/corpus/TARGET, and an input that fails in build/fuzz/TARGET-…: `build/fuzz/TARGET FILE` runs it again.
set -u
cd "$(dirname "$0")/.."
seconds=$1
shift

# Statements of test/sql, where the fuzzing of queries begins; the first byte is query.c's.
mkdir -p build/fuzz/corpus/query
[ -f build/fuzz/corpus/query/seed-1 ] || find test/sql -name '*.test' -print0 | sort -z | xargs -0 awk '
  /^(statement|query)/ { file = "build/fuzz/corpus/query/seed-" ++count; printf "0" >file; next }
  /^(----)?$/ { if (file) close(file); file = "" }
  file { print >file }'

[ $# -gt 0 ] || set -- $(basename -s .c test/fuzz/*.c)
passed=0
failed=0
for target in "$@"; do
  corpus=build/fuzz/corpus/$target
  mkdir -p "$corpus"
  log=build/fuzz/$target.log
  if make -s --no-print-directory "build/fuzz/$target" >"$log" 2>&1 &&
    ASAN_OPTIONS=detect_leaks=0 "build/fuzz/$target" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=3000 \
      -print_final_stats=1 -artifact_prefix="build/fuzz/$target-" "$corpus" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf '%-12s %s runs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    failed=$((failed + 1))
    tail -n 40 "$log"
    printf '%-12s failed\n' "$target"
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
