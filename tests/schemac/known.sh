#!/usr/bin/env bash
# known.sh SCHEMAC SCHEMAS SDK: a plugin's declarations use enums and parts of the house: nothing of those is generated again, the
# types are the house's, and what the house does not have is refused.
set -euo pipefail
schemac=$1 house=$2 sdk=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir own
cat >own/visit.lua <<'END'
return {
  { enum = "visit_mood", of = { "good", "bad" }, doc = "A mood." },
  { event = "visit.ended", doc = "A visit is over.", fields = {
    { "kind", "enum", of = "session_kind", doc = "Which side." },
    { "mood", "enum", of = "visit_mood", doc = "How it was." },
    { "lines", "list", part = "device_line", doc = "The lines." } } },
}
END
known=(--known "$house" "$house"/enums/*.lua "$house"/parts/*.lua)
"$schemac" --external --root own --out made --index visit_schema own/visit.lua "${known[@]}"
[ "$(cd made && find . -type f | LC_ALL=C sort | tr '\n' ' ')" = './visit.c ./visit.h ./visit_schema.c ./visit_schema.h ' ] ||
  { echo 'other files were made:' && find made && exit 1; }
"$schemac" --external --root own --json own/visit.lua "${known[@]}" >all.json
if grep -q '"name": "session_kind"' all.json; then echo 'the house is told as if it were the plugin' && exit 1; fi
mapfile -t all < <(find "$house" -name '*.lua')
"$schemac" --root "$house" --out house "${all[@]}"
cat >use.c <<'END'
#include "events/session.h"
#include "visit.h"
sj_session_kind taken(const sj_session_ended *event, sj_visit_ended *to);
sj_session_kind taken(const sj_session_ended *event, sj_visit_ended *to) {
    to->kind = event->kind;
    to->mood = SJ_VISIT_MOOD_GOOD;
    return to->kind;
}
END
${CC:-cc} -std=c11 -fsyntax-only -Wall -Wextra -Werror -Imade -Ihouse -I"$sdk" use.c made/visit.c made/visit_schema.c

# refused 'sentence' 'sed expression': what must be said of the changed declaration.
refused() {
  sed "$2" own/visit.lua >changed.lua
  if "$schemac" --external --out none changed.lua "${known[@]}" 2>said || ! grep -qF "$1" said; then
    echo "expected: $1" && cat said && exit 1
  fi
}
refused 'visit.ended.kind: there is no enum "session_knid" among the declarations given' 's/"session_kind"/"session_knid"/'
refused 'session_kind: this enum is declared in ' 's/"visit_mood"/"session_kind"/'
if "$schemac" --external --out none own/visit.lua 2>said || ! grep -q 'there is no enum "session_kind"' said; then
  echo 'a house that was not named is known' && exit 1
fi
