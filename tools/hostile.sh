#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# hostile.sh [MODE…]: runs DuckDB's own test files (../shared/corpus) plainly and in hostile modes of the SQL test runner, with assertions, and prints
# what failed in a mode only, or died. Exit code 1 when there is such a file. Long: minutes for each mode.
set -u
cd "$(dirname "$0")/.."
corpus=${SMEW_CORPUS:-../shared/corpus/duckdb}
if [ ! -d "$corpus/test" ]; then
  printf 'hostile.sh: there is no %s; set SMEW_CORPUS\n' "$corpus" >&2
  exit 1
fi
[ $# -gt 0 ] || set -- late,slice constant dictionary
code=0

# failures ARGUMENT…: "file: first line" of each file that failed; what a death leaves is told by its signal.
failures() {
  build/debug/sqllogic --root "$corpus" -j 2 "$@" "$corpus/test/sql" | grep '^FAIL' | sort
}

failures >build/hostile-plain.txt
for mode in "$@"; do
  failures --hostile "$mode" >"build/hostile-$mode.txt"
  worse=$({ comm -13 <(cut -d: -f1 build/hostile-plain.txt) <(cut -d: -f1 "build/hostile-$mode.txt"); grep 'died of' "build/hostile-$mode.txt"; } | sort -u)
  printf '%-32s %d failed, %d plainly\n' "$mode" "$(wc -l <"build/hostile-$mode.txt")" "$(wc -l <build/hostile-plain.txt)"
  [ -z "$worse" ] && continue
  printf '%s\n' "$worse"
  code=1
done
exit "$code"
