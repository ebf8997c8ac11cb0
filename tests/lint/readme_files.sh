#!/usr/bin/env bash
# readme_files.sh [ROOT]: a plugin's README.md whose table has a column of files names each source file of each folder, by its name
# without the ending (`call_leg`), or by its beginning (`register_*`); and none that does not exist. Prints what is missing.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"

for readme in plugins/*/README.md; do
  grep -qE '^\| folder \|.*\| files \|$' "$readme" || continue
  plugin=${readme%/README.md}
  grep -E '^\| `[a-z_]+/` \|' "$readme" | while IFS='|' read -r _ folder _ files; do
    folder=${folder//[\` \/]/}
    names=$(grep -oE '`[a-z_*]+`' <<<"$files" | tr -d '`')
    for stem in $(find "$plugin/$folder" -name '*.[ch]' -printf '%f\n' | sed 's/\.[ch]$//' | sort -u); do
      for name in $names; do
        # shellcheck disable=SC2053
        [[ $stem == $name ]] && continue 2
      done
      echo "$readme does not name $folder/$stem"
    done
    for name in $names; do
      compgen -G "$plugin/$folder/$name.[ch]" >/dev/null || echo "$readme names $folder/$name, which does not exist"
    done
  done
done
