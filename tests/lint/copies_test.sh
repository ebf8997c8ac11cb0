#!/usr/bin/env bash
# copies_test.sh: the check of copies finds what it is there to find, says where, and lets the base library have it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{host/store,plugins/a,sdk/library/base,sdk/include/sojourn/base}
echo 'hash * UINT64_C(1099511628211)' >"$work/sdk/include/sojourn/base/hash.h"
echo 'digits = "0123456789abcdef";' >"$work/sdk/library/base/text.c"
echo 'int good;' >"$work/host/store/good.c"
bash "$here/copies.sh" "$work" || { echo 'refuses what is right'; exit 1; }
for line in 'hash = 2166136261u;' 'hash * 0x100000001b3u' 'static const char hex[] = "0123456789ABCDEF";'; do
  for file in host/store/bad.c plugins/a/bad.h; do
    echo "$line" >"$work/$file"
    said=$(bash "$here/copies.sh" "$work") && { echo "lets $line pass"; exit 1; }
    [[ $said == "$file:1: use <sojourn/base/"* ]] || { echo "does not say where: $said"; exit 1; }
    rm "$work/$file"
  done
done
