#!/bin/sh
# SPDX-License-Identifier: MIT
#
# function_index.sh: rebuilds src/func/library_index.h after functions were added to or moved within the tables of src/func/.
# The tables alone are compiled; what their kernels call is left unresolved, for only names are read.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=gnu17 -Isrc -Iinclude -isystem build/deps/include -O0 -static -no-pie -fno-pie -o "$work/function_index" tools/function_index.c \
  $(find src/func -name '*.c' ! -name library.c) -Wl,--unresolved-symbols=ignore-all -lm
"$work/function_index" >"$work/library_index.h"
mv "$work/library_index.h" src/func/library_index.h
