#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kill.sh SHELL TIMES: the shell is killed (-9) at random moments of a run of commits, so many times over one database. Each time
# what it had acknowledged is there, nothing is there twice or in half, and it goes on from where it was. Ends with "N passed, N failed".
#
# A transaction puts number n into `a` and into `b`, every hundredth with 20,000 rows in `c`; when COMMIT has returned, n is printed.
set -u
shell=$1
times=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0
failed=0

ask() { "$shell" -csv "$folder/kill.smew" -c "$1" 2>&1 | tail -n 1 | tr -d '\r'; }

statements() { # from a number on
  local n
  for ((n = $1; n < $1 + 3000; n++)); do
    printf 'BEGIN; INSERT INTO a VALUES (%d); INSERT INTO b VALUES (%d);' "$n" "$n"
    ((n % 100)) || printf ' INSERT INTO c SELECT %d FROM range(20000);' "$n"
    printf ' COMMIT; SELECT %d;\n' "$n"
    ((n % 250)) || printf 'CHECKPOINT;\n'
  done
}

"$shell" "$folder/kill.smew" -c 'CREATE TABLE a (n INTEGER PRIMARY KEY); CREATE TABLE b (n INTEGER); CREATE TABLE c (n INTEGER)'
next=1
for ((i = 0; i < times; i++)); do
  statements "$next" >"$folder/in"
  "$shell" -csv "$folder/kill.smew" <"$folder/in" >"$folder/out" 2>"$folder/error" &
  child=$!
  sleep "0.$(printf '%03d' $((RANDOM % 400 + 20)))"
  kill -9 "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  # The last line may be cut; a number that is not whole is smaller.
  acknowledged=$(grep -aE '^[0-9]+$' "$folder/out" | grep -avx -- '0' | sort -n | tail -n 1)
  acknowledged=${acknowledged:-$((next - 1))}
  found=$(ask "SELECT concat_ws(' ', (SELECT count(*) FROM a), (SELECT coalesce(max(n), 0) FROM a), (SELECT count(*) FROM b), (SELECT coalesce(max(n), 0) FROM b), (SELECT count(*) FROM c))")
  found=${found//\"/}
  read -r count_a most_a count_b most_b count_c <<<"$found"
  if [ "$count_a" = "$most_a" ] && [ "$count_b" = "$most_a" ] && [ "$most_b" = "$most_a" ] &&
    [ "$count_c" = $((most_a / 100 * 20000)) ] && [ "$most_a" -ge "$acknowledged" ] && [ ! -s "$folder/error" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'acknowledged %s, found %s; %s\n' "$acknowledged" "$found" "$(head -c 300 "$folder/error")"
  fi
  next=$((most_a + 1))
done
printf 'up to number %d\n%d passed, %d failed\n' "$((next - 1))" "$passed" "$failed"
[ "$failed" -eq 0 ]
