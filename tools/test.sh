#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test.sh FLAVOUR PART…: builds and runs parts of the tests and ends with the plain line "N passed, N failed".
#
#   unit        every test/unit/*.c
#   sql         test/sql through the SQL test runner
#   hostile     the same in each of its hostile modes, with assertions
#   arrow       test/js/arrow_check.mjs: results as Arrow streams, read by Arrow's own libraries; skipped without npm
#   vega        test/vega: questions to npm's vega-datasets with DuckDB's answers; skipped without npm
#   differential  test/differential: random queries of a fixed seed, compared with DuckDB; skipped without npm
#   shell       test/shell/shell.sh: the command-line program, and the README's first session
#   crash       the crash test (test/crash), short;  crash-long: 20,000 points, 2,000 of SQL, then the mutations; the shell killed 10 or 100 times
#   wasm        test/sql through the runner in wasm, on Node
#   js          the package `smew` in Node;  browser: in Chromium
#
# Each program says "N passed, N failed" (", N skipped") itself; the sums are made here. What does not build, or dies
# without that line, counts as one failure. Exit code 1 when anything failed.
set -u
cd "$(dirname "$0")/.."
flavour=$1
shift
passed=0
failed=0

# build TARGET: false when it does not build, which is one failure.
build() {
  local log
  if log=$(make -s --no-print-directory "$1" 2>&1); then return 0; fi
  printf '%s\n' "$log" | tail -n 40
  printf '%-32s does not build\n' "$1"
  failed=$((failed + 1))
  return 1
}

# run NAME COMMAND…: adds what the last "N passed, N failed" line of its output says.
run() {
  local name=$1 log code line
  shift
  log=$("$@" 2>&1)
  code=$?
  line=$(printf '%s\n' "$log" | grep -aE '^[0-9]+ passed, [0-9]+ failed' | tail -n 1)
  if [ -z "$line" ]; then
    printf '%s\n' "$log" | tail -n 60
    line="0 passed, 1 failed"
    printf '%-32s died with exit code %s\n' "$name" "$code"
  elif [ "$code" -ne 0 ]; then
    printf '%s\n' "$log" | tail -n 200
    case $line in *" 0 failed"*) line="${line%% *} passed, 1 failed" ;; esac
  fi
  printf '%-32s %s\n' "$name" "$line"
  local words
  read -r -a words <<<"${line//,/}"
  passed=$((passed + words[0]))
  failed=$((failed + words[2]))
}

# The Node of the parts that need npm's packages. False: skipped, and says why.
npm_node() {
  node=$(tools/npm_tests.sh) && return 0
  printf '%-32s skipped: %s\n' "$1" "$node"
  return 1
}

# make_js: builds the package once.
made_js=
make_js() {
  [ -n "$made_js" ] && return 0
  build js && made_js=yes
}

for part in "$@"; do
  # The engine counts its own memory (closing a database asserts that nothing leaked); test programs keep their texts to their ends.
  case $part in
    unit) unset ASAN_OPTIONS ;;
    *) export ASAN_OPTIONS=detect_leaks=0 ;;
  esac
  case $part in
    unit)
      for source in test/unit/*.c; do
        [ -f "$source" ] || continue
        name=$(basename "$source" .c)
        build "build/$flavour/unit/$name" && run "unit $name" "build/$flavour/unit/$name"
      done
      ;;
    sql)
      mapfile -t files < <(find test/sql -name '*.test' 2>/dev/null | sort)
      if [ -d test/sqllogic ] && [ "${#files[@]}" -gt 0 ]; then
        # Natively as users have it, unless a sanitizer is asked for.
        runner=build/native/sqllogic
        [ "$flavour" = asan ] && runner=build/asan/sqllogic
        build "$runner" && run "sql (${#files[@]} files)" "$runner" "${files[@]}"
      fi
      ;;
    hostile)
      mapfile -t files < <(find test/sql -name '*.test' 2>/dev/null | sort)
      build "build/$flavour/sqllogic" || continue
      for mode in late slice pool constant dictionary reopen; do
        run "sql, $mode (${#files[@]} files)" "build/$flavour/sqllogic" --hostile "$mode" "${files[@]}"
      done
      # Each statement runs as often as it allocates: not the files with many rows, nor DETACH, which closes at once, nor IMPORT
      # DATABASE, which is several statements, nor time zones, of which one that cannot be loaded is not known, nor numbers of sequences and
      # random ones, which go on. Closing a database asserts that nothing leaked.
      mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -vE '/(many_rows|many_keys|large_groups|borders|list_borders|recursive|attach|export_import|time_zones|timestamptz_session_zone|copy_database|random_seed)\.test$')
      run "sql, allocations (${#files[@]} files)" "build/$flavour/sqllogic" --hostile allocations "${files[@]}"
      ;;
    arrow)
      dump=build/native/arrow_dump
      [ "$flavour" = asan ] && dump=build/asan/arrow_dump
      npm_node arrow && build "$dump" && run arrow "$node" test/js/arrow_check.mjs "$dump"
      ;;
    shell)
      program=build/native/smew
      [ "$flavour" = asan ] && program=build/asan/smew
      build build/native/libsmew.a && build "$program" && run shell test/shell/shell.sh "$program"
      ;;
    vega)
      runner=build/native/sqllogic
      [ "$flavour" = asan ] && runner=build/asan/sqllogic
      npm_node vega && build "$runner" &&
        run vega "$runner" --root build/js/node_modules/vega-datasets/data "$PWD/test/vega/vega.test"
      ;;
    differential)
      pipe=build/native/query_pipe
      [ "$flavour" = asan ] && pipe=build/asan/query_pipe
      npm_node differential && build "$pipe" &&
        run differential "$node" test/differential/main.mjs --smew "$pipe" --packages build/js --seed 1 --rounds 20
      ;;
    wasm)
      mapfile -t files < <(find test/sql -name '*.test' 2>/dev/null | sort)
      npm_node wasm && make_js && build build/wasm/sqllogic.wasm &&
        run "sql in wasm (${#files[@]} files)" "$node" --no-warnings test/js/wasm_sqllogic.mjs build/wasm/sqllogic.wasm "${files[@]}"
      ;;
    js)
      npm_node js && make_js && run js "$node" test/js/package.mjs js/smew/dist && run examples "$node" test/js/examples.mjs &&
        run workbench "$node" test/js/workbench.mjs
      ;;
    browser)
      npm_node browser && make_js && build workbench && build build/native/smew && tools/setup.sh browser &&
        run browser "$node" test/browser/main.mjs js/smew/dist build/js/node_modules/vega-datasets/data build/workbench
      ;;
    crash | crash-long)
      if compgen -G 'test/crash/*.c' >/dev/null; then
        build "build/$flavour/crash" || continue
        if [ "$part" = crash-long ]; then
          run "crash points" "build/$flavour/crash" points 20000
          run "crash points of SQL" "build/$flavour/crash" sql 2000
          run "crash mutations" "build/$flavour/crash" mutations 20000
        else
          run crash "build/$flavour/crash"
        fi
        kills=10
        [ "$part" = crash-long ] && kills=100
        build build/native/smew && run "shell killed $kills times" test/crash/kill.sh build/native/smew "$kills"
      fi
      ;;
    *)
      printf 'test.sh: no part %s\n' "$part" >&2
      exit 2
      ;;
  esac
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
