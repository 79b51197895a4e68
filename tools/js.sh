#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# js.sh build|lint|pack: builds js/smew/dist from js/smew/src and build/wasm/smew.wasm, unless it is newer than both; `pack`
# makes build/pack/smew-<version>.tgz of it, `lint`
# asks publint and attw about it. npm's packages are those of js/smew/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/.."
node=$(tools/setup.sh node)
export PATH=$(dirname "$node"):$PATH
cd js/smew
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --silent --no-audit --no-fund --ignore-scripts
  cp package-lock.json node_modules/.installed
fi
wasm=../../build/wasm/smew.wasm
newer=$(find src scripts package.json tsconfig.json "$wasm" -newer dist/built 2>/dev/null || echo all)
if [ -n "$newer" ]; then
  "$node" scripts/build.mjs "$wasm"
  touch dist/built
fi
if [ "$1" = lint ]; then npm run --silent lint; fi
if [ "$1" = pack ]; then
  mkdir -p ../../build/pack
  npm pack --silent --pack-destination ../../build/pack
fi
