#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.sh [OPTIONS]: prepares and runs bench/tpch.mjs, whose options these are. What it needs beside Smew itself: Node
# (tools/setup.sh finds or fetches it) and DuckDB, from npm as bench/package-lock.json pins it, under build/bench/.
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
"$node" bench/tpch.mjs "$@"
exec "$node" bench/slices.mjs
