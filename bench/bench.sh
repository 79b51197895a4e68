#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.sh [[tpch|wasm] OPTIONS]: prepares and runs bench/tpch.mjs with bench/slices.mjs, and bench/wasm.mjs; or the one named. What
# they need beside Smew itself: Node (tools/setup.sh finds or fetches it) and DuckDB, from npm as bench/package-lock.json pins it, under build/bench/.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -d ../shared/data/tpch ]; then
  printf 'bench: skipped, the TPC-H tables are not here (../shared/data/tpch)\n'
  exit 0
fi
node=$(tools/setup.sh node)
if ! cmp -s bench/package-lock.json build/bench/installed; then
  printf 'bench: installing DuckDB from npm under build/bench\n'
  mkdir -p build/bench
  cp bench/package.json bench/package-lock.json build/bench/
  (cd build/bench && PATH=$(dirname "$node"):$PATH npm ci --silent --no-audit --no-fund)
  cp bench/package-lock.json build/bench/installed
fi
which=${1:-}
case $which in
  tpch | wasm) shift ;;
  *) which= ;;
esac
code=0
if [ "$which" != wasm ]; then
  "$node" bench/tpch.mjs "$@" || code=1
  "$node" bench/slices.mjs || code=1
fi
if [ "$which" = wasm ]; then
  [ -f build/bench/load.sql ] || "$node" bench/tpch.mjs --check # makes the tables as CSV, and load.sql
fi
if [ "$which" != tpch ] && [ -n "$which" -o $# -eq 0 ]; then
  "$node" --no-warnings bench/wasm.mjs "$@" || code=1
fi
# The page: from navigation to the first answer.
if [ $# -eq 0 ] && [ -z "$which" ]; then
  make -s --no-print-directory js && tools/setup.sh browser && tools/npm_tests.sh >/dev/null && "$node" bench/browser.mjs || code=1
fi
"$node" bench/report.mjs
exit "$code"
