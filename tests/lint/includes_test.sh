#!/usr/bin/env bash
# includes_test.sh: the check of includes finds what it is there to find.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{sdk/include/sojourn,plugins/a,plugins/b,schemas/events,host}
echo '#include <stdio.h>' >"$work/sdk/include/sojourn/host.h"
touch "$work/schemas/events/call.lua" "$work/plugins/b/b.h" "$work/host/bus.h" "$work/plugins/a/a.h"
printf '%s\n' '#include <sojourn/host.h>' '#include "events/call.h"' '#include "a.h"' '#include <uv.h>' >"$work/plugins/a/good.c"
bash "$here/includes.sh" "$work" || { echo 'refuses what is right'; exit 1; }
for include in '"host/bus.h"' '<host/bus.h>' '"../b/b.h"' '"b.h"' '"plugins/b/b.h"' '<sojourn/none.h>' '"events/none.h"'; do
  echo "#include $include" >"$work/plugins/a/bad.c"
  said=$(bash "$here/includes.sh" "$work") && { echo "lets $include pass"; exit 1; }
  [[ $said == plugins/a//bad.c:1:* || $said == plugins/a/bad.c:1:* ]] || { echo "does not say where: $said"; exit 1; }
done
