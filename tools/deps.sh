#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# deps.sh: fetches the dependencies named in tools/deps.txt as Debian source packages, checks their SHA-256, unpacks
# them under build/deps/src/ and lays their public headers into build/deps/include/.
#
# The machine's own sources lists are copied, turned into deb-src, into a private lists folder under build/deps/apt/;
# the system's lists are neither read for sources nor changed, and root is not needed. Tarballs already fetched and
# right are not fetched again. `deps.sh --print` prints the checksums of what was fetched (to write tools/deps.txt).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/build/deps
cache=$root/tarballs
mkdir -p "$cache" "$root/src" "$root/include"
# Builds that start together fetch once.
exec 9>"$root/lock"
flock 9

say() { printf 'deps: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
sum_of() { sha256sum "$1" | cut -d' ' -f1; }
is_right() { [ -f "$cache/$1" ] && [ "$(sum_of "$cache/$1")" = "$2" ]; }

# Deb-src copies of the entries that belong to this Debian release (not of third-party archives).
write_sources() {
  local codename
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  [ -n "$codename" ] || fail "no VERSION_CODENAME in /etc/os-release; Debian 12 is what is supported"
  rm -rf "$root/apt"
  mkdir -p "$root/apt/sources.d" "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
  local file out
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [ -f "$file" ] || continue
    out=$root/apt/sources.d/$(basename "$file")
    case $file in
      *.list)
        awk -v code="$codename" '
          /^deb(-src)?[ \t]/ {
            for (i = 1; i <= NF; i++)
              if ($i == code || $i == code "-updates" || $i == code "-security" || $i == code "/updates") {
                sub(/^deb(-src)?/, "deb-src"); print; next
              }
          }' "$file" >"$out" ;;
      *.sources)
        awk -v code="$codename" '
          function emit() { if (ours) printf "%s\n", stanza; stanza = ""; ours = 0 }
          /^[ \t]*$/ { emit(); next }
          /^#/ { next }
          /^Types:/ { $0 = "Types: deb-src" }
          /^Suites:/ {
            for (i = 2; i <= NF; i++)
              if ($i == code || $i == code "-updates" || $i == code "-security" || $i == code "/updates") ours = 1
          }
          { stanza = stanza $0 "\n" }
          END { emit() }' "$file" >"$out" ;;
    esac
  done
}

apt_private() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$root/apt/sources.d" \
    -o Dir::State::lists="$root/apt/lists" -o Dir::Cache="$root/apt/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Get::List-Cleanup=0 "$@"
}

updated=
fetch() {
  local package=$1
  command -v apt-get >/dev/null || fail "apt-get is missing: the dependencies are fetched as Debian source packages"
  if [ -z "$updated" ]; then
    say "reading the lists of Debian's source packages"
    write_sources
    apt_private update || fail "apt-get update failed"
    updated=1
  fi
  say "fetching $package"
  (cd "$cache" && apt_private source --download-only --tar-only "$package" >/dev/null) || fail "could not fetch $package"
}

while read -r package tarball sum; do
  case $package in ''|'#'*) continue ;; esac
  if ! is_right "$tarball" "$sum"; then
    rm -f "$cache/$tarball"
    fetch "$package"
    if [ "${1:-}" = --print ]; then
      for got in "$cache/${package}_"*.orig.tar.*; do
        case $got in *.asc) ;; *) printf '%s %s %s\n' "$package" "$(basename "$got")" "$(sum_of "$got")" ;; esac
      done
      continue
    fi
    [ -f "$cache/$tarball" ] || fail "$package did not bring $tarball: the archive has moved on, see tools/deps.txt"
    is_right "$tarball" "$sum" || fail "$tarball has SHA-256 $(sum_of "$cache/$tarball"), expected $sum"
  fi
  if [ "$(cat "$root/src/$package/.sum" 2>/dev/null)" != "$sum" ]; then
    rm -rf "$root/src/$package"
    mkdir -p "$root/src/$package"
    tar -xf "$cache/$tarball" -C "$root/src/$package" --strip-components=1
    printf '%s\n' "$sum" >"$root/src/$package/.sum"
  fi
done <tools/deps.txt
[ "${1:-}" = --print ] && exit 0

# The headers that Smew's code includes.
cp "$root/src/xxhash/xxhash.h" "$root/include/"
cp "$root/src/utf8proc/utf8proc.h" "$root/include/"
cp "$root/src/zlib/zlib.h" "$root/src/zlib/zconf.h" "$root/include/"
touch "$root/ready"
