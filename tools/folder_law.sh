#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# folder_law.sh: checks the law of the folders (ARCHITECTURE.md) on every file of src/ and include/:
#
#   - a folder includes only its own headers and the one public header of folders above it;
#   - each file starts with the SPDX line, an empty comment line, and its contract;
#   - POSIX headers appear in src/io/posix* and src/shell/ only, stdio and setjmp nowhere in the engine.
#
# Prints each breach as file:line: text, and ends with exit code 1 when there is any.
set -u
cd "$(dirname "$0")/.."

find src -name '*.[ch]' | sort | xargs awk '
  BEGIN {
    count = split("base io vector expr store catalog format func sql plan exec api shell wasm", names, " ")
    for (i = 1; i <= count; i++) level[names[i]] = i
    also_public["vector/kernels.h"] # the loops that functions are stamped from
    also_public["vector/keywords.h"] # the words that names are told from
    # Files that may speak to the system, and what the tests of the engine are made of.
    system_file = "^src/(io/posix|shell/)"
    stdio_allowed = "^src/(io/posix|shell/|base/assert\\.c$)"
  }
  function breach(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad = 1 }
  FNR == 1 {
    split(FILENAME, parts, "/")
    folder = parts[2]
    if (!(folder in level)) breach("a folder that the law does not know: " folder)
    if ($0 != "// SPDX-License-Identifier: MIT") breach("does not start with the SPDX line")
  }
  FNR == 2 && $0 != "//" { breach("the SPDX line is not followed by //") }
  FNR == 3 {
    name = parts[length(parts)]
    if (index($0, "// " name ":") != 1) breach("the contract does not start with // " name ":")
  }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    included = quoted[2]
    if (included == "smew.h" || included == "xxhash.h") next
    slash = index(included, "/")
    if (!slash) { breach("include without its folder: " included); next }
    other = substr(included, 1, slash - 1)
    if (other == folder) next
    if (!(other in level)) { breach("includes from an unknown folder: " included); next }
    if (level[other] > level[folder]) breach(folder "/ may not use " other "/, which is below it: " included)
    else if (included != other "/" other ".h" && !(included in also_public)) breach("private header of another folder: " included)
  }
  /^[ \t]*#[ \t]*include[ \t]*<(unistd|fcntl|dirent|pthread|signal|termios|poll|sys\/[a-z]+)\.h>/ {
    if (FILENAME !~ system_file) breach("POSIX outside of io/posix* and shell/: " $0)
  }
  /^[ \t]*#[ \t]*include[ \t]*<(stdio|setjmp|locale|threads)\.h>/ {
    if (FILENAME !~ stdio_allowed) breach("not in the engine: " $0)
  }
  END { exit bad }
'
