#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# setup.sh WHAT…: installs the Debian packages that are missing, as root or through sudo, and says which. Does nothing
# and says nothing when all is there. Made for Debian 12; elsewhere it says in one line what is missing.
#
#   build   a C compiler, archiver, and what fetching the dependencies needs
#   fuzz    clang with libFuzzer
#   lint    clang-format, cppcheck
#   wasm    clang-19 with its wasm32-wasi parts
#   browser Chromium, for the tests of pages; $CHROMIUM names another
#   node    prints the path of a Node >= 20.19: the machine's, else the one of npm's package `node` under build/node
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# need COMMAND PACKAGE…: the packages are wanted when the command is not there.
wanted=()
need() {
  local command=$1
  shift
  have "$command" || wanted+=("$@")
}

need_file() {
  local file=$1
  shift
  [ -e "$file" ] || wanted+=("$@")
}

install_wanted() {
  [ "${#wanted[@]}" -gt 0 ] || return 0
  if ! have apt-get; then
    say "missing: ${wanted[*]} (Debian's package names; there is no apt-get here to install them)"
    exit 1
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! have sudo; then
      say "missing: ${wanted[*]} (neither root nor sudo to install them)"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "installing ${wanted[*]}"
  local log
  log=$(mktemp)
  # The lists may be missing or old: read them only when the first attempt fails.
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${wanted[@]}" >"$log" 2>&1; then
    "${as_root[@]}" apt-get update >"$log" 2>&1 || true
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${wanted[@]}" >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      say "could not install ${wanted[*]}"
      exit 1
    fi
  fi
  rm -f "$log"
  wanted=()
}

node_is_new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

find_node() {
  local own=build/node/node_modules/node/bin/node
  if have node && node_is_new_enough node; then
    need npm npm
    install_wanted
    command -v node
    return
  fi
  if ! [ -x "$own" ]; then
    need npm npm
    install_wanted
    say "installing npm's package node (>= 20.19) under build/node"
    mkdir -p build/node
    npm install --silent --no-audit --no-fund --prefix build/node "node@>=20.19.0 <23" >&2
  fi
  printf '%s\n' "$PWD/$own"
}

for what in "$@"; do
  case $what in
    build)
      if ! have gcc && ! have clang; then wanted+=(gcc libc6-dev); fi
      if have gcc || have clang; then need_file /usr/include/stdlib.h libc6-dev; fi
      need ar binutils
      need make make
      need flock util-linux
      need tar tar
      need bzip2 bzip2
      need gzip gzip
      ;;
    fuzz) need clang clang ;;
    lint)
      need clang-format clang-format
      need cppcheck cppcheck
      ;;
    wasm)
      need clang-19 clang-19
      need wasm-ld-19 lld-19
      need llvm-ar-19 llvm-19
      need_file /usr/include/wasm32-wasi/stdlib.h wasi-libc
      need_file /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a libclang-rt-19-dev-wasm32
      ;;
    browser)
      [ -n "${CHROMIUM:-}" ] || need chromium chromium
      ;;
    node) find_node ;;
    *)
      say "no part $what"
      exit 2
      ;;
  esac
done
install_wanted
