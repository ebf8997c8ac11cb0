#!/usr/bin/env bash
# folders.sh [ROOT]: the folders of host/ include each other one way, without a circle, and only what stands above them in the list
# of host/README.md. Prints the folders of a circle, or what is above, and the includes that make it; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"

# Lines "FOLDER FOLDER FILE HEADER", one for each include from a folder into another.
includes() {
  { find host -name '*.[ch]' && echo && grep -rnoE '^ *# *include *"[^"]+"' host --include='*.[ch]'; } | awk '
    function folder(path) { sub("/[^/]*$", "", path); return path }
    function plain(path) { while (sub("[^/]+/\\.\\./", "", path)); return path }
    $0 == "" { listed = 1; next }
    !listed { exists[$0] = 1; next }
    {
      split($0, part, ":"); split($0, quoted, "\"")
      from = folder(part[1])
      header = plain(from "/" quoted[2])
      if (!(header in exists)) header = quoted[2]
      if (header in exists && folder(header) != from) print from, folder(header), part[1], header
    }' | sort -u
}

found=$(includes)
circle=$(cut -d' ' -f1,2 <<<"$found" | tsort 2>&1 >/dev/null | sed -n 's/^tsort: \(host.*\)/\1/p' | sort -u)

# Lines "FOLDER LINE", the line of the list in which a room stands.
rooms() { awk -F'|' '/^\| `/ { row++; n = split($2, part, "`"); for (i = 2; i <= n; i += 2) { sub("/$", "", part[i]); print "host/" part[i], row } }' host/README.md; }

above() {
  awk 'NR == FNR { row[$1] = $2; next }
    $1 == "host" { next }
    !($1 in row) { print $1 " is not in the list of host/README.md"; next }
    row[$2] >= row[$1] { print "  " $3 " includes " $4 ", which does not stand above it in host/README.md" }' <(rooms) - <<<"$found" | sort -u
}

if [ -z "$circle" ]; then
  wrong=$(above)
  [ -n "$wrong" ] || exit 0
  echo "$wrong"
  exit 1
fi
echo "folders that include each other in a circle:" $circle
while read -r from to file header; do
  if grep -qxF "$from" <<<"$circle" && grep -qxF "$to" <<<"$circle"; then
    echo "  $file includes $header"
  fi
done <<<"$found"
exit 1
