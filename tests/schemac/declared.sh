#!/usr/bin/env bash
# declared.sh SCHEMAC DECLARED ROOT EXCEPTIONS: nothing is declared in the house that nothing acts on. Then the test itself is tried: it
# finds a field, a parameter and a word of an enum that no code knows, in a house made for it.
set -euo pipefail
schemac=$1 declared=$2 root=$3 exceptions=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$schemac" --json --root "$root/schemas" $(find "$root/schemas" -name '*.lua' | LC_ALL=C sort) >"$work/house.json"
"$declared" "$work/house.json" "$exceptions" "$root" host plugins schemas/rules sdk/library sdk/include

# Roles stand in no declaration but in a format: each is asked for somewhere. What ends with a blank is part of a longer text.
grep -o '"Standard [A-Za-z ]*[A-Za-z]"' "$root/host/record/formats.c" | grep -v ' or ' | sort -u | while read -r role; do
  if ! grep -rqF --include='*.c' --exclude=formats.c "$role" "$root/host" "$root/plugins"; then
    echo "role $role: no code asks for it"
    exit 1
  fi
done

mkdir -p "$work/schemas/resources" "$work/schemas/parameters" "$work/code"
cat >"$work/schemas/resources/lamp.lua" <<'END'
return { resource = "lamp", key = "name", doc = "A lamp.", fields = {
  { "name", "text", doc = "Its name." },
  { "watts", "integer", doc = "Read." },
  { "colour", "text", doc = "Read by nothing." },
  { "price", "integer", doc = "Only written." },
  { "maker", "text", kept = true, doc = "Kept." },
  { "pin", "text", kept = true, doc = "A secret that is not declared so." },
  { "old_pin", "text", kept = true, sensitive = true, doc = "One that is." },
  { "pinned", "text", kept = true, doc = "None." },
  { "shape", "enum", of = { "round", "square", "oval" }, doc = "Its shape." } } }
END
cat >"$work/schemas/parameters/house.lua" <<'END'
return { parameters = "House", prefix = "house", doc = "The house.", fields = {
  { "storeys", "integer", doc = "Read." }, { "age", "integer", doc = "Read by nothing." } } }
END
cat >"$work/code/lamp.c" <<'END'
#include "resources/lamp.h"
/* lamp->colour is not read in a comment, nor SJ_LAMP_SHAPE_OVAL */
int shine(const sj_lamp *lamp) {
    sj_lamp copy = {.price = 5, .colour = "red"};
    return sj_param_house_storeys(0) > lamp->watts && lamp->shape == SJ_LAMP_SHAPE_SQUARE && use(&copy);
}
END
cat >"$work/expected" <<'END'
field lamp.colour: no code reads it; give it a meaning, or mark it kept in its declaration
field lamp.price: no code reads it; give it a meaning, or mark it kept in its declaration
parameter House.age: no code uses it; give it a meaning, or mark it kept in its declaration
secret lamp.pin: by its name a secret; declare it sensitive, or name it among the exceptions with the reason
word lamp.shape oval: no code uses it; give it a meaning, or mark it kept in its declaration
word lamp.shape round: no code uses it; give it a meaning, or mark it kept in its declaration
END
"$schemac" --json --root "$work/schemas" "$work"/schemas/*/*.lua >"$work/try.json"
: >"$work/none"
"$declared" "$work/try.json" "$work/none" "$work" code >"$work/said" && { echo "what is declared for nothing is let through"; exit 1; }
grep -v '^[0-9]' "$work/said" | LC_ALL=C sort | diff "$work/expected" -
echo 'field lamp.watts: not needed' >"$work/unneeded"
"$declared" "$work/try.json" "$work/unneeded" "$work" code >"$work/said" || true
grep -q 'the exception "field lamp.watts" is not needed any more' "$work/said"
