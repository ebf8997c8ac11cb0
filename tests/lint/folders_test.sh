#!/usr/bin/env bash
# folders_test.sh: the check of folders finds a circle, of two and of three, and says which include makes it; and an include against
# the list of host/README.md, which makes none; and the same in a plugin.
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
rm -r "$work/host/new"

# The same for plugins, by the README.md of each.
plugin=$work/plugins/exchange
mkdir -p "$plugin"/{wire,calls} "$work/plugins/plain"
touch "$work/plugins/plain/plugin.c" "$plugin"/{wire/wire.h,calls/calls.h,exchange.h}
printf '| folder | what |\n| --- | --- |\n| `wire/` | a |\n| `calls/` | b |\n' >"$plugin/README.md"
printf '#include "calls/calls.h"\n#include "wire/wire.h"\n#include "exchange.h"\n' >"$plugin/plugin.c"
echo '#include "wire/wire.h"' >"$plugin/calls/calls.c"
bash "$here/folders.sh" "$work" || { echo 'refuses a plugin that is right'; exit 1; }
echo '#include "calls/calls.h"' >"$plugin/wire/wire.c"
said=$(bash "$here/folders.sh" "$work") && { echo "lets the circle of a plugin pass"; exit 1; }
[[ $said == *"plugins/exchange/wire/wire.c includes plugins/exchange/calls/calls.h"* ]] || { echo "does not say where: $said"; exit 1; }
rm "$plugin/calls/calls.c"
said=$(bash "$here/folders.sh" "$work") && { echo "lets an upward include of a plugin pass"; exit 1; }
[[ $said == *"which does not stand above it in plugins/exchange/README.md"* ]] || { echo "does not say where: $said"; exit 1; }
rm "$plugin/wire/wire.c"
echo '#include "exchange.h"' >"$plugin/wire/wire.c"
rm "$plugin/plugin.c"
said=$(bash "$here/folders.sh" "$work") && { echo "lets a folder include what stands outside of the folders pass"; exit 1; }
[[ $said == *"plugins/exchange/wire/wire.c includes plugins/exchange/exchange.h"* ]] || { echo "does not say where: $said"; exit 1; }
sed -i '1i `exchange.h` is the state.' "$plugin/README.md"
bash "$here/folders.sh" "$work" || { echo 'refuses the header that the README names'; exit 1; }
