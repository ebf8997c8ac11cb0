#!/usr/bin/env bash
# includes.sh [ROOT]: includes run one way. A plugin, an example and the template may include system headers, the SDK
# (<sojourn/...>), headers made from declarations ("resources/phone.h") and headers of their own folder: nothing of host/, and
# nothing of another plugin. The SDK's headers include each other and system headers. Prints what does otherwise; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"
failed=0

tell() {
  echo "$1"
  failed=1
}

# owned DIRECTORY HEADER: the header is a file of this folder, or made from a declaration of the house or of this folder.
owned() {
  local declaration=${2%.h}.lua
  [ -e "$1/$2" ] || [ -e "schemas/$declaration" ] || [ -e "$1/$declaration" ] || [ -e "$1/schemas/$declaration" ] ||
    [[ $2 == *_schema.h ]] || [[ $2 == schema_index.h ]]
}

for directory in plugins/*/ examples/plugins/*/ sdk/template/; do
  [ -d "$directory" ] || continue
  while IFS=: read -r file line include; do
    header=$(sed -E 's/^ *# *include *[<"]([^>"]*)[>"].*/\1/' <<<"$include")
    case $include in
    *'<sojourn/'*) [ -e "sdk/include/$header" ] || tell "$file:$line: <$header> is no header of the SDK" ;;
    *'<'*) [[ $header != host/* && $header != *..* ]] || tell "$file:$line: $header is not for plugins" ;;
    *)
      case $header in
      host/* | *../* | plugins/*) tell "$file:$line: \"$header\" is not for plugins" ;;
      *) owned "$directory" "$header" || [ -e "$(dirname "$file")/$header" ] || tell "$file:$line: \"$header\" is neither of this plugin nor made from a declaration" ;;
      esac
      ;;
    esac
  done < <(grep -rnE '^ *# *include' "$directory" --include='*.[ch]' --include='*.cpp' 2>/dev/null)
done

while IFS=: read -r file line include; do
  header=$(sed -E 's/^ *# *include *[<"]([^>"]*)[>"].*/\1/' <<<"$include")
  if [[ $include == *'"'* ]] && [ ! -e "$(dirname "$file")/$header" ]; then
    tell "$file:$line: \"$header\" is no header of the SDK"
  fi
done < <(grep -rnE '^ *# *include' sdk/include)
exit $failed
