#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# npm_tests.sh: prints the path of a Node that can run the tests in test/js, test/vega and test/differential, after installing what they need
# (test/js/package-lock.json, with its checksums) under build/js. Exit code 3 and one line when npm cannot be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! node=$(tools/setup.sh node 2>/dev/null); then
  printf 'there is no Node >= 20.19 and none could be installed\n'
  exit 3
fi
if ! cmp -s test/js/package-lock.json build/js/installed; then
  mkdir -p build/js
  cp test/js/package.json test/js/package-lock.json build/js/
  if ! (cd build/js && PATH=$(dirname "$node"):$PATH npm ci --silent --no-audit --no-fund --ignore-scripts \
    --fetch-retries=1 --fetch-timeout=30000 >npm.log 2>&1); then
    printf 'npm could not install test/js/package-lock.json (see build/js/npm.log)\n'
    exit 3
  fi
  cp test/js/package-lock.json build/js/installed
fi
printf '%s\n' "$node"
