#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shell.sh [SMEW]: tests of the command-line program as a person meets it: the README's first session word for word, forms of results, dot
# commands, errors and exit codes, files, and in a terminal: prompts, history, completion, progress, Ctrl-C. Ends with "N passed, N failed".
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
smew=$(realpath "${1:-$root/build/native/smew}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export HOME=$folder
passed=0
failed=0

# same NAME EXPECTED ACTUAL
same() {
  if [ "$2" == "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\n--- expected\n%s\n--- actual\n%s\n' "$1" "$2" "$3"
  fi
}
# contains NAME PART ACTUAL
contains() {
  case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *)
      failed=$((failed + 1))
      printf '%s\n--- expected somewhere\n%s\n--- actual\n%s\n' "$1" "$2" "$3"
      ;;
  esac
}

# ---- The README: the first file of its session, its commands with what they print, its program in C.

readme=$root/README.md
awk '/^Save this as `ducks.csv`/ { wanted = 1 } /^```/ { if (inside) exit; inside = wanted; next } inside' "$readme" >ducks.csv
command=
expected=
while IFS= read -r line; do
  if [[ $line == '$ build/native/smew '* ]]; then
    command=${line#'$ build/native/smew '}
    expected=
  elif [[ $line == '```' && -n $command ]]; then
    same "README: $command" "${expected%$'\n'}" "$(eval "'$smew' $command" 2>&1)"
    command=
  elif [[ -n $command ]]; then
    expected+=$line$'\n'
  fi
done <"$readme"
same 'README: commands were found' '' "$command"
library=$(dirname "$smew")/libsmew.a
if [ -f "$library" ] && command -v cc >/dev/null; then
  awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$readme" >ducks.c
  cc -Wall -Wextra -Werror -I"$root/include" ducks.c "$library" -lm -o ducks 2>&1 | head -n 20
  same 'README: the program' $'mallard\nmallard\nsmew' "$(./ducks 2>&1)"
fi

# ---- Forms of results

query="SELECT 1 AS a, 'x,y \"z\"' AS b, NULL AS c, [1, NULL] AS d, {'k': 'v|w'} AS e, 'two
lines' AS f, 1.50::DECIMAL(4,2) AS g, true AS h"
same 'csv' $'a,b,c,d,e,f,g,h\n1,"x,y ""z""",NULL,"[1, NULL]","{\'k\': v|w}","two\nlines",1.50,true' "$("$smew" -csv -c "$query")"
same 'json' $'[{"a":1,"b":"x,y \\"z\\"","c":null,"d":[1,null],"e":{"k":"v|w"},"f":"two\\nlines","g":1.50,"h":true}]' "$("$smew" -json -c "$query")"
same 'jsonlines' $'{"i":0}\n{"i":1}' "$("$smew" -jsonlines -c 'FROM range(2) t(i)')"
same 'box' $'┌───┬──────────┬──────┐\n│ a │    b     │  c   │\n├───┼──────────┼──────┤\n│ 1 │ größe 🦆 │ NULL │\n└───┴──────────┴──────┘' \
  "$("$smew" -box -c "SELECT 1 AS a, 'größe 🦆' AS b, NULL AS c")"
same 'table' $'+---+\n| a |\n+---+\n| 1 |\n+---+' "$("$smew" -table -c 'SELECT 1 AS a')"
same 'markdown' $'|  a   | b |\n|------|--:|\n| x\\|y | 1 |' "$("$smew" -markdown -c "SELECT 'x|y' AS a, 1 AS b")"
same 'line' $'     a = 1\nlonger = two' "$("$smew" -line -c "SELECT 1 AS a, 'two' AS longer")"
same 'column' $'a  longer\n-  ------\n1  xy    ' "$("$smew" -column -c "SELECT 1 AS a, 'xy' AS longer")"
same 'list' $'a|b\n1|x' "$("$smew" -list -c "SELECT 1 AS a, 'x' AS b")"
same 'separator, no header' '1;x' "$("$smew" -list -separator ';' -noheader -c "SELECT 1, 'x'")"
same 'table and markdown: all to the left' $'| n  |\n|---:|\n| 7  |\n| 42 |' "$("$smew" -markdown -c "SELECT unnest([7, 42]) AS n")"
same 'column: NULL' $'n   \n----\nNULL' "$("$smew" -column -c 'SELECT NULL AS n')"
same 'insert' "INSERT INTO t(i,\"a b\",\"NULL\") VALUES(1,'it''s',NULL);" \
  "$(printf ".mode insert t\nSELECT 1 AS i, 'it''s' AS \"a b\", NULL;\n" | "$smew")"
same 'insert on one line, into no table in particular' "INSERT INTO \"table\" VALUES(concat('two', chr(10), 'li''nes'),'true');" \
  "$("$smew" -insert -noheader -c "SELECT 'two' || chr(10) || 'li''nes', true")"
same 'quote' $'\'a\',\'it\'\'s\'\n\'x\',true' "$("$smew" -quote -c "SELECT 'x' AS a, true AS \"it's\"")"
same 'html' $'<tr><th>a</th>\n<th>b</th>\n</tr>\n<tr><td>&lt;&amp;&quot;</td>\n<td>NULL</td>\n</tr>' "$("$smew" -html -c "SELECT '<&\"' AS a, NULL AS b")"
same 'latex' $'\\begin{tabular}{|rl|}\n\\hline\ni  & t \\\\\n\\hline\n10 & x \\\\\n\\hline\n\\end{tabular}' "$("$smew" -latex -c "SELECT 10 AS i, 'x' AS t")"
same 'no rows' 'a' "$("$smew" -csv -c 'SELECT 1 AS a WHERE false')"
same 'null value' $'a\nnone' "$("$smew" -csv -nullvalue none -c 'SELECT NULL AS a')"
same 'duckbox: the first and the last rows' "$(seq 0 19; echo ···; seq 99980 99999)" \
  "$("$smew" -c 'FROM range(100000)' | sed -n '5,47p' | tr -d '│ ' | sed ':a;N;$!ba;s/·\n·\n·/···/')"
contains 'duckbox hides rows and says so' '1000 rows' "$("$smew" -c 'FROM range(1000)')"
same 'a pipe is a file' $'a,b\n1,x\n2,y' "$(printf 'a,b\n1,x\n2,y\n' | "$smew" -csv -c "FROM read_csv('/dev/stdin')")"
same 'from pipe to pipe' $'s\n1784284453' \
  "$("$smew" -c "COPY (SELECT range AS i FROM range(59738)) TO '/dev/stdout'" | "$smew" -csv -c "SELECT sum(i) AS s FROM read_csv('/dev/stdin')")"
same 'help for nothing' 'Nothing matches "nope"' "$("$smew" -c '.help nope')"
contains 'EXPLAIN is printed as it is' 'PROJECTION' "$("$smew" -c 'EXPLAIN SELECT i + 1 FROM range(3) t(i)')"

# ---- Errors and exit codes

output=$("$smew" -csv -c 'SELECT 1; SELECT nope FROM range(3); SELECT 2' 2>errors)
same 'an error ends with 1' 1 $?
same 'what came before an error' $'1\n1' "$output"
same 'the error points at its place' $'LINE 1:  SELECT nope FROM range(3);\n                ^' "$(tail -n 2 errors)"
printf 'SELECT 1 AS a;\nSELEC;\nSELECT 2 AS a;\n' | "$smew" -csv >out 2>errors
same 'input goes on after an error' $'a\n1\na\n2' "$(cat out)"
printf 'SELECT 1 AS a;\nSELEC;\nSELECT 2 AS a;\n' | "$smew" -csv -bail >out 2>errors
same '-bail stops' $'a\n1' "$(cat out)"
"$smew" -c .nope >/dev/null 2>&1
same 'an unknown dot command ends with 1' 1 $?
"$smew" -nope >/dev/null 2>errors
same 'an unknown option ends with an error' 1 "$(($? != 0))"
contains 'an unknown option is named' '-nope' "$(cat errors)"
same '.exit with a code' 7 "$(printf '.exit 7\n' | "$smew"; echo $?)"

# ---- Dot commands and files

"$smew" shop.smew >out 2>errors <<'END'
.import ducks.csv ducks
.import ducks.csv ducks
CREATE VIEW places AS SELECT DISTINCT place FROM ducks;
create index  if not exists kinds on ducks using art (species, "count");
.mode csv
SELECT count(*) AS n FROM ducks;
.headers off
.tables
.tables p%
.schema places
.indexes
.print done
.once once.csv
FROM places ORDER BY 1;
SELECT 'on the screen';
.output all.csv
SELECT 1;
SELECT 2;
.output
.read more.sql
.import missing.csv m
.mode nope
END
contains '.import twice appends' $'n\n12' "$(cat out)"
contains '.tables' 'ducks' "$(cat out)"
contains '.schema' 'CREATE VIEW places AS SELECT DISTINCT place FROM ducks;' "$(cat out)"
contains '.indexes' 'kinds' "$(cat out)"
contains '.schema of an index' 'CREATE INDEX kinds ON ducks(species, count);' "$("$smew" shop.smew .schema | sed 's/"//g')"
contains '.print' 'done' "$(cat out)"
same '.once' $'Havel\nOder' "$(cat once.csv)"
contains 'after .once' 'on the screen' "$(cat out)"
same '.output' $'1\n2' "$(cat all.csv)"
contains '.read names what is missing' 'more.sql' "$(cat errors)"
contains '.import names what is missing' 'missing.csv' "$(cat errors)"
contains '.mode lists the modes' 'markdown' "$(cat errors)"
same 'the file is there afterwards' 12 "$("$smew" -csv -noheader shop.smew 'SELECT count(*) FROM ducks')"
"$smew" shop.smew .dump >dump.sql
long=$(printf 'n%.0s' $(seq 200))
contains '.dump of a long name' "INSERT INTO $long VALUES(7);" "$("$smew" -c "CREATE TABLE $long AS SELECT 7 AS i" -c .dump)"
same '.dump makes it again' $'12\n2' "$("$smew" -csv -noheader -c '.read dump.sql' -c 'SELECT count(*) FROM ducks; SELECT count(*) FROM places')"
contains '-readonly' 'read-only' "$("$smew" -readonly shop.smew 'DROP TABLE ducks' 2>&1)"
printf 'SELECT 40 + 2 AS a;\n' >script.sql
same '-f' $'a\n42' "$("$smew" -csv -f script.sql)"
printf '.mode csv\n.headers off\n' >start.sql
same '-init' 3 "$(printf 'SELECT 3;\n' | "$smew" -init start.sql)"
printf 'not a database, but long enough to be taken for one %04096d' 0 >text.smew
contains 'a file that is no database' 'text.smew' "$("$smew" text.smew 'SELECT 1' 2>&1)"
contains '.help' '.import' "$("$smew" -c .help)"
contains '-help' '-markdown' "$("$smew" -help)"

# ---- In a terminal. Keys are sent one line after the other; what the terminal shows is looked at.

terminal() { # pairs: SECONDS KEYS
  while [ $# -gt 0 ]; do
    sleep "$1"
    printf '%b' "$2"
    shift 2
  done | TERM=xterm script -qec "$smew" /dev/null 2>&1
}
if command -v script >/dev/null; then
  printf '.prompt "duck> "\n' >.smewrc
  contains '~/.smewrc' 'duck> ' "$(terminal 0.5 '.quit\n' 0.3 '')"
  rm .smewrc
  shown=$(terminal 0.5 'SELECT 40\n' 0.2 ' + 2 AS answer;\n' 0.3 '.quit\n' 0.3 '')
  contains 'a prompt' 'smew> ' "$shown"
  contains 'a statement over two lines' 'answer' "$shown"
  contains 'and its prompt' '...> ' "$shown"
  contains 'history is kept' 'SELECT 40  + 2 AS answer;' "$(cat .smew_history)"
  shown=$(terminal 0.5 '\x1b[A\x1b[A' 0.2 '\n' 0.3 '.quit\n' 0.3 '')
  contains 'and comes back with the arrow' '42' "$shown"
  contains 'Tab completes' 'SELECT ' "$(terminal 0.5 'SELEC\t' 0.3 '1;\n' 0.3 '.quit\n' 0.3 '')"
  shown=$(terminal 0.5 'SELECT count(*) FROM range(100000000000) r(i) WHERE i * i < 0;\n' 4 '\x03' 1 'SELECT 6 * 7 AS after;\n' 0.3 '.quit\n' 0.3 '')
  contains 'a long statement shows its progress' '% ▕' "$shown"
  contains 'Ctrl-C ends it' 'INTERRUPT Error: Interrupted!' "$shown"
  contains 'and the session goes on' '42' "$shown"
fi

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
