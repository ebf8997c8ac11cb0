#!/usr/bin/env bash
# folders_test.sh: the check of folders finds a circle, of two and of three, and says which include makes it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/host/{core,log,store}
touch "$work"/host/{core/node.h,log/log.h,store/store.h}
echo '#include "host/core/node.h"' >"$work/host/log/log.c"
printf '#include "../log/log.h"\n#include "store.h"\n' >"$work/host/store/store.c"
bash "$here/folders.sh" "$work" || { echo 'refuses what is right'; exit 1; }
for include in host/log/log.h ../store/store.h; do
  echo "#include \"$include\"" >"$work/host/core/node.c"
  said=$(bash "$here/folders.sh" "$work") && { echo "lets $include pass"; exit 1; }
  [[ $said == *"host/core/node.c includes host/"* ]] || { echo "does not say where: $said"; exit 1; }
done
