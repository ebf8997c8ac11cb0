#!/usr/bin/env bash
# folders_test.sh: the check of folders finds a circle, of two and of three, and says which include makes it; and an include against
# the list of host/README.md, which makes none.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/host/{core,log,store}
touch "$work"/host/{core/node.h,log/log.h,store/store.h}
printf '| room | what |\n| --- | --- |\n| `core/` | a |\n| `log/` | b |\n| `store/`, `tls/` | c |\n' >"$work/host/README.md"
echo '#include "host/core/node.h"' >"$work/host/log/log.c"
printf '#include "../log/log.h"\n#include "store.h"\n' >"$work/host/store/store.c"
bash "$here/folders.sh" "$work" || { echo 'refuses what is right'; exit 1; }
for include in host/log/log.h ../store/store.h; do
  echo "#include \"$include\"" >"$work/host/core/node.c"
  said=$(bash "$here/folders.sh" "$work") && { echo "lets $include pass"; exit 1; }
  [[ $said == *"host/core/node.c includes host/"* ]] || { echo "does not say where: $said"; exit 1; }
done
rm "$work/host/core/node.c"
mkdir "$work/host/tls" "$work/host/new"
touch "$work/host/tls/tls.h"
for folder in store core; do
  echo '#include "host/tls/tls.h"' >"$work/host/$folder/other.c"
  said=$(bash "$here/folders.sh" "$work") && { echo "lets $folder include what stands below it pass"; exit 1; }
  [[ $said == *"host/$folder/other.c includes host/tls/tls.h, which does not stand above it"* ]] || { echo "does not say where: $said"; exit 1; }
  rm "$work/host/$folder/other.c"
done
echo '#include "host/core/node.h"' >"$work/host/new/new.c"
said=$(bash "$here/folders.sh" "$work") && { echo 'lets a room that is not listed pass'; exit 1; }
[[ $said == *"host/new is not in the list"* ]] || { echo "does not say which: $said"; exit 1; }
