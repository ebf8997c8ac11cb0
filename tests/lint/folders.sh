#!/usr/bin/env bash
# folders.sh [ROOT]: the folders of host/, and those of each plugin, include each other one way, without a circle, and only what
# stands above them in the list of host/README.md or of the plugin's README.md. Files outside of the folders (plugin.c, main.c)
# may include all of these; a folder includes one of them only when the README.md names it (`em.h`, a plugin's state). Prints the
# folders of a circle, or what is above, and the includes that make it; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"

# includes TREE: lines "FOLDER FOLDER FILE HEADER", one for each include from a folder of the tree into another.
includes() {
  { find "$1" -name '*.[ch]' && echo && grep -rnoE '^ *# *include *"[^"]+"' "$1" --include='*.[ch]'; } | awk -v tree="$1" '
    function folder(path) { sub("/[^/]*$", "", path); return path }
    function plain(path) { while (sub("[^/]+/\\.\\./", "", path)); return path }
    $0 == "" { listed = 1; next }
    !listed { exists[$0] = 1; next }
    {
      split($0, part, ":"); split($0, quoted, "\"")
      from = folder(part[1])
      header = plain(from "/" quoted[2])
      if (!(header in exists)) header = tree "/" quoted[2]
      if (!(header in exists)) header = quoted[2]
      if (from != tree && header in exists && folder(header) != from) print from, folder(header), part[1], header
    }' | sort -u
}

# rooms TREE: lines "FOLDER LINE", the line of the list in which a room stands.
rooms() {
  awk -F'|' -v tree="$1" '/^\| `/ { row++; n = split($2, part, "`"); for (i = 2; i <= n; i += 2) { sub("/$", "", part[i]); print tree "/" part[i], row } }' "$1/README.md"
}

# above TREE: what is included although it does not stand above, from the lines of `includes`.
above() {
  awk -v tree="$1" 'NR == FNR { row[$1] = $2; next }
    !($1 in row) { print $1 " is not in the list of " tree "/README.md"; next }
    !($2 in row) || row[$2] >= row[$1] { print "  " $3 " includes " $4 ", which does not stand above it in " tree "/README.md" }
  ' <(rooms "$1") - | sort -u
}

# unnamed TREE: the lines of `includes` but for those of a header beside the folders that the README.md names.
unnamed() {
  local from to file header
  while read -r from to file header; do
    [ "$to" = "$1" ] && grep -qF "\`${header##*/}\`" "$1/README.md" || echo "$from $to $file $header"
  done
}

# check TREE: says what is wrong with the folders of a tree; 1 when something is.
check() {
  local found circle wrong from to file header
  found=$(includes "$1" | unnamed "$1")
  [ -n "$found" ] || return 0
  circle=$(cut -d' ' -f1,2 <<<"$found" | tsort 2>&1 >/dev/null | sed -n "s|^tsort: \($1.*\)|\1|p" | sort -u)
  if [ -n "$circle" ]; then
    echo "folders that include each other in a circle:" $circle
    while read -r from to file header; do
      if grep -qxF "$from" <<<"$circle" && grep -qxF "$to" <<<"$circle"; then
        echo "  $file includes $header"
      fi
    done <<<"$found"
    return 1
  fi
  wrong=$(above "$1" <<<"$found")
  [ -z "$wrong" ] && return 0
  echo "$wrong"
  return 1
}

failed=0
for tree in host plugins/*; do
  [ -d "$tree" ] || continue
  check "$tree" || failed=1
done
exit $failed
