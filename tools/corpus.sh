#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# corpus.sh [ARGUMENT…]: runs DuckDB's own test files (../shared/corpus/duckdb) with build/native/sqllogic and counts by area. The files that passed
# are listed in build/corpus-passes.txt; what passed in the run before and does not now is printed. Arguments go to sqllogic.
set -u
cd "$(dirname "$0")/.."
corpus=${SMEW_CORPUS:-../shared/corpus/duckdb}
if [ ! -d "$corpus/test" ]; then
  printf 'corpus.sh: there is no %s; set SMEW_CORPUS\n' "$corpus" >&2
  exit 1
fi
passes=build/corpus-passes.txt
[ -f "$passes" ] && cp "$passes" "$passes.before"
build/native/sqllogic --root "$corpus" -j 2 --by-area --passes "$passes" "$@" "$corpus/test" >build/corpus.log 2>&1
code=$?
sed -n '/^area /,$p' build/corpus.log
if [ -f "$passes.before" ]; then
  lost=$(comm -23 <(sort "$passes.before") <(sort "$passes"))
  [ -n "$lost" ] && printf 'passed before, not now:\n%s\n' "$lost"
fi
exit "$code"
