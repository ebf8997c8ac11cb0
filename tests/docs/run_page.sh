#!/usr/bin/env bash
# run_page.sh PAGE.md BUILD-DIRECTORY SOURCE-DIRECTORY: does what a page of the handbook says, from its first line to its last, as a
# stranger would who has the tree, what ./run demo has built, and an empty home. steps.bash tells how a page is read.
set -euo pipefail
page=$(realpath "$1") build=$(realpath "$2") source=$(realpath "$3")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
pid=

# Ends all that the page has started and left behind: it is one process group.
clean() {
  if [ -n "$pid" ]; then
    kill -TERM -- "-$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      kill -0 -- "-$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean EXIT

mkdir "$work/home" "$work/tree" "$work/steps"
ln -s "$source"/* "$work/tree"
rm -f "$work/tree/build"
mkdir "$work/tree/build"
ln -s "$build" "$work/tree/build/release"
awk -v directory="$work/steps" -f "$here/steps.awk" "$page"

# The loopback addresses belong to this run alone, where a user may have a network of its own.
alone=()
for choice in --net "--net --map-root-user"; do
  if unshare $choice ip link set lo up 2>/dev/null; then
    alone=(unshare $choice)
    break
  fi
done

cd "$work/tree"
set -m
env -i HOME="$work/home" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 ASAN_OPTIONS="${ASAN_OPTIONS-}" \
  "${alone[@]}" bash -c '[ "$1" = 0 ] || ip link set lo up; exec bash "$2" "$3" "$4"' run_page "${#alone[@]}" "$here/steps.bash" "$work/steps" \
  "$(basename "$page")" &
pid=$!
set +m
wait "$pid" || { echo "${page##*/} does not do what it says"; exit 1; }
if grep -rqsE --include="*.log" "Sanitizer|runtime error:" "$work/home"; then
  grep -rsE -A20 --include="*.log" "Sanitizer|runtime error:" "$work/home"
  exit 1
fi
