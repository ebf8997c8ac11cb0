#!/usr/bin/env bash
# quick_test.sh: each rule of quick.sh finds what is against it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests" "$work/host"
cp -r "$here" "$work/tests/lint"
cp "$here/../../.clang-format" "$work/"
cp "$here/../../host/README.md" "$work/host/"
cd "$work"

# wrong RULE FILE CONTENT: a file that the rule is against.
rules=()
wrong() {
  rules+=("$1")
  mkdir -p "$(dirname "$2")"
  printf '%b' "$3" >"$2"
}

good='/* A file. */\n'
wrong 'sources are formatted' host/spaces.c "${good}int  a;\n"
wrong 'no source file above 1,000 lines' host/long.c "$good$(printf '\\n%.0s' $(seq 1000))"
wrong 'no unfinished marks' host/mark.c "$good/* TO""DO */\n"
wrong 'every C file begins with what it is for' host/begin.c 'int a;\n'
wrong "a file's first comment says what the file is for" host/see.c '/* A list. Pure. See\n * <sojourn/list.h>. */\n'
wrong "structs, unions and enums are written with their keyword" host/typedef.c "${good}typedef struct a a;\n"
mkdir -p host/core
printf '%b' "$good" >host/core/a.h
wrong 'an include names the path from the root of its tree' host/core/bare.c "$good#include \"a.h\"\n"
wrong 'lines of C have at most 100 columns' host/wide.c "$good/* clang-format off */\n/* clang-format on */\n// $(printf 'x%.0s' $(seq 100))\n"
wrong 'places of installation are named by GNUInstallDirs' host/CMakeLists.txt 'install(TARGETS a RUNTIME DESTINATION bin)\n'
wrong 'objects of the call manager are named by nouns' plugins/callmanager/sip/of.c "${good}void f(struct a *of);\n"
wrong 'a README that lists the files of a plugin lists them all' plugins/callmanager/README.md '| folder | what | files |\n| --- |\n| `sip/` | SIP | `other` |\n'
bash tests/lint/quick.sh >found 2>&1 && { echo 'nothing is found'; exit 1; }
rm -r host/*.c host/core/bare.c host/CMakeLists.txt plugins/callmanager
bash tests/lint/quick.sh >clean 2>&1 || true
for rule in "${rules[@]}"; do
  grep -qF "not ok: $rule" found || { echo "\"$rule\" finds nothing"; cat found; exit 1; }
  grep -qF "ok: $rule" clean && ! grep -qF "not ok: $rule" clean || { echo "\"$rule\" finds something where nothing is"; cat clean; exit 1; }
done
