#!/usr/bin/env bash
# hardening.sh BUILD-DIRECTORY SOURCE-DIRECTORY: the programs and plugins are hardened as the build says, and tell nobody where they were built.
set -u
build=$1 source=$2
failed=0 seen=0

tell() {
  echo "$1"
  failed=1
}

shopt -s nullglob
for file in "$build"/bin/sojournd "$build"/bin/sojourn "$build"/bin/sojourn-lab "$build"/plugins/*.so; do
  [ -e "$file" ] || tell "$file is not built"
  seen=$((seen + 1))
  name=${file#"$build"/}
  elf=$(readelf --wide --file-header --program-headers --dynamic --symbols "$file")
  grep -q 'Type: *DYN' <<<"$elf" || tell "$name: not position-independent"
  grep -q GNU_RELRO <<<"$elf" || tell "$name: no RELRO"
  grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$elf" || tell "$name: symbols are bound late, which leaves RELRO partial"
  grep -q __stack_chk_fail <<<"$elf" || tell "$name: no stack protector"
  grep -qE '__(vsn|sn|mem|str|v?f?print)[a-z]*_chk' <<<"$elf" || tell "$name: no _FORTIFY_SOURCE"
  grep -qE 'GNU_STACK.* RWE' <<<"$elf" && tell "$name: an executable stack"
  grep -qE 'RUNPATH|RPATH' <<<"$elf" && tell "$name: looks for libraries in a directory of the machine that built it"
  strings -a "$file" | grep -m 1 -F "$source" && tell "$name: names the directory it was built from"
done
[ "$seen" -ge 8 ] || tell "only $seen programs and plugins found in $build"
exit $failed
