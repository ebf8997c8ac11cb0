#!/usr/bin/env bash
# copies_test.sh: the check of copies finds what it is there to find, says where, and lets the base library have it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{host/store,plugins/a,sdk/library/base,sdk/include/sojourn/base}
echo 'hash * UINT64_C(1099511628211)' >"$work/sdk/include/sojourn/base/hash.h"
echo 'digits = "0123456789abcdef";' >"$work/sdk/library/base/text.c"
echo 'if (rename(temporary, path) != 0) {' >"$work/sdk/library/base/file.c"
printf '%s\n' 'int good;' 'sj_handle_rename(&handle, name);' 'link = link->next;' 'room = count > 0 ? count : 2;' \
  'text = line == NULL ? "" : line->mask;' 'text = at == NULL ? "" : at + 1;' >"$work/host/store/good.c"
bash "$here/copies.sh" "$work" || { echo 'refuses what is right'; exit 1; }

# copy HEADER LINE: the line is found in each tree, and the header is named.
copy() {
  local file said
  for file in host/store/bad.c plugins/a/bad.h; do
    echo "$2" >"$work/$file"
    said=$(bash "$here/copies.sh" "$work") && { echo "lets $2 pass"; exit 1; }
    [ "$said" = "$file:1: use <sojourn/base/$1>" ] || { echo "does not say where: $said"; exit 1; }
    rm "$work/$file"
  done
}
copy hash.h 'hash = 2166136261u;'
copy hash.h 'hash * 0x100000001b3u'
copy hex.h 'static const char hex[] = "0123456789ABCDEF";'
copy list.h '    *link = job->next;'
copy list.h '    *at = (*at)->next;'
copy list.h '    one->previous->next = one->next;'
copy array.h 'size_t capacity = all->capacity > 0 ? all->capacity * 2 : 64;'
copy array.h 'const size_t room = list->room == 0 ? 16 : 2 * list->room;'
copy file.h 'if (file < 0 || rename(part, path) != 0) {'
copy text.h '(void)snprintf(out, room, "%%%02X", (unsigned char)*p);'
copy text.h '"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";'
copy text.h 'print(one->name != NULL ? one->name : "");'
copy text.h 'print(one->name == NULL ? "" : one->name);'
copy big_endian.h 'value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16;'
copy big_endian.h 'return packet[2] << 8 | packet[3];'
