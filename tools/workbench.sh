#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# workbench.sh: builds the page into build/workbench from js/workbench and the packed package (build/pack, `make pack`), with
# the examples out of npm's vega-datasets, unless it is newer than all of these. npm's packages are those of
# js/workbench/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/../js/workbench"
node=$(../../tools/setup.sh node)
export PATH=$(dirname "$node"):$PATH
wanted=$(cat package-lock.json ../../build/pack/smew-*.tgz | cksum)
if [ "$wanted" != "$(cat node_modules/.installed 2>/dev/null)" ]; then
  npm ci --silent --no-audit --no-fund --ignore-scripts
  printf '%s\n' "$wanted" >node_modules/.installed
fi
built=../../build/workbench/index.html
newer=$(find src scripts index.html vite.config.ts tsconfig.json node_modules/.installed -newer "$built" 2>/dev/null || echo all)
[ -n "$newer" ] || exit 0
"$node" scripts/examples.mjs ../../build/public/examples
"$node" node_modules/typescript/bin/tsc -p tsconfig.json
"$node" node_modules/vite/bin/vite.js build --logLevel warn
