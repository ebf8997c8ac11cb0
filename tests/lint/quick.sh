#!/usr/bin/env bash
# quick.sh: the rules of the house that take seconds to check. One line each: "ok" or "not ok", and what is against it; exit 1.
# Called by ./run lint and by the tests.
set -uo pipefail
cd "$(dirname "$0")/../.."
failed=0

report() {
  if [ -n "$2" ]; then
    printf 'not ok: %s\n%s\n' "$1" "$2"
    failed=1
  else
    printf 'ok: %s\n' "$1"
  fi
}

# files PATTERN...: what belongs to the project; a tree without its history has all files but what was built.
files() {
  git ls-files -- "$@" 2>/dev/null || { for pattern; do find . -path ./build -prune -o -path "*/$pattern" -print; done | sed 's|^\./||'; }
}

report "sources are formatted (.clang-format)" \
  "$(files '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | grep -E 'warning: code should' | cut -d: -f1 | sort -u)"
report "no plugin includes the host, another plugin, or anything that a third party could not" "$(bash tests/lint/includes.sh)"
report "folders include each other one way" "$(bash tests/lint/folders.sh)"
report "a README that lists the files of a plugin lists them all" "$(bash tests/lint/readme_files.sh)"
report "the ground of the host knows no resource of the domain by name" "$(bash tests/lint/domain.sh)"
report "what the base library has is not written again" "$(bash tests/lint/copies.sh)"
report "no source file above 1,000 lines" \
  "$(files '*.c' '*.h' '*.lua' '*.sh' | xargs wc -l | awk '$2 != "total" && $1 > 1000 {print $2 ": " $1}')"
report "no unfinished marks" \
  "$(files '*.c' '*.h' '*.lua' '*.md' | xargs grep -nIE '\b(TODO|FIXME|XXX)\b')"
report "every C file begins with what it is for" \
  "$(files '*.c' '*.h' | xargs awk 'FNR == 1 && !/^\/\*/ {print FILENAME}')"
report "a file's first comment says what the file is for, not where a header says it" \
  "$(files '*.c' '*.h' | xargs perl -0777 -ne 'print "$ARGV\n" if m|^/\*(.*?)\*/|s && $1 =~ m|\b[Ss]ee[\s*]+[^\s*]+\.h\b|')"
report "structs, unions and enums are written with their keyword; only the SDK's public names are typedefs" \
  "$(files '*.c' '*.h' | grep -v '^sdk/include/' | xargs grep -nE '^ *typedef (struct|union|enum \w+ *[{;]|enum *\{)')"
report "an include names the path from the root of its tree" \
  "$(files 'host/*.c' 'host/*.h' 'plugins/*.c' 'plugins/*.h' | xargs perl -ne '
    next unless m|^#include "([^"]+)"|;
    my $header = $1;
    my $folder = $ARGV =~ s|/[^/]*$||r;
    print "$ARGV: $header\n"
      if $header =~ m|^\.\./| || ($header !~ m|/| && $folder !~ m|^plugins/[^/]+$| && -e "$folder/$header")')"
report "lines of C have at most 100 columns (but where clang-format is off)" \
  "$(files '*.c' '*.h' | xargs perl -CSD -ne '
    $off = 1 if /clang-format off/; $off = 0 if /clang-format on/; chomp;
    print "$ARGV: $.\n" if !$off && length > 100;
    if (eof) { close ARGV; $off = 0 }')"
report "objects of the call manager are named by nouns" \
  "$(files 'plugins/callmanager/*.c' 'plugins/callmanager/*.h' | xargs grep -nE '\b(struct \w+ \**|sj_\w+ \**|_EACH(_OF)?\()(of|with|by|made|met|one|gone)( =|[,;)[])')"
report "places of installation are named by GNUInstallDirs" \
  "$(files 'CMakeLists.txt' '*.cmake' | xargs grep -nE 'DESTINATION +"?(bin|lib|share|include)\b')"
exit $failed
