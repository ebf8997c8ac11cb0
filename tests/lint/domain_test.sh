#!/usr/bin/env bash
# domain_test.sh: domain.sh finds a resource's type, its metadata and its header in the ground of the host, and nothing else.
set -euo pipefail
lint=$(realpath "$(dirname "$0")")/domain.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/schemas/resources "$work"/host/{core,record,bus,store,rest}
echo 'return { resource = "lamp", key = "name", doc = "A lamp." }' >"$work/schemas/resources/lamp.lua"
echo 'int fine(const sj_lamp_shade *shade); /* sj_lamps */' >"$work/host/store/fine.c"
echo 'const sj_lamp *lamp;' >"$work/host/rest/above.c"
bash "$lint" "$work"
for line in 'const sj_lamp *lamp;' 'use(&sj_lamp_meta);' '#include "resources/lamp.h"'; do
  echo "$line" >"$work/host/store/known.c"
  if bash "$lint" "$work" >"$work/said" || ! grep -q 'host/store/known.c:1:' "$work/said"; then
    echo "not found: $line"
    exit 1
  fi
done
