#!/usr/bin/env bash
# compat.sh SCHEMAC HERE: a release is compared with changed declarations; compatible changes pass, others are told by name. Also:
# an appended field keeps all earlier fingerprints, any other change does not.
set -uo pipefail
schemac=$1 here=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
result=0
cp "$here/compat.lua" before.lua
"$schemac" --write-compat release.json before.lua || exit 1

# change 'sed expression' 'what must be said'...: no sentence means that the change is compatible.
change() {
  sed "$1" before.lua >now.lua
  shift
  : >expected
  [ $# -eq 0 ] || printf '%s\n' "$@" >expected
  "$schemac" --compat release.json now.lua >said 2>&1
  local status=$? wanted=$(($# > 0))
  if cmp -s before.lua now.lua || [ $status -ne $wanted ] || ! diff expected said >difference; then
    printf 'change %s: status %s\n' "$(diff before.lua now.lua | grep '^>')" "$status"
    cat difference
    result=1
  fi
}

change 's/-- end of event/{ "why", "text", doc = "New." },/'
change 's/-- start of event/{ "why", "text", doc = "New." },/' \
  'event lamp.switched.lamp: the field has moved: it was number 1' 'event lamp.switched.cause: the field has moved: it was number 2' \
  'event lamp.switched.places: the field has moved: it was number 3'
change 's/{ "lamp", "text"/{ "lamp", "integer"/' 'event lamp.switched.lamp: type was "text" and is "integer"'
change 's/"switch", "timer"/"switch"/' 'event lamp.switched.cause: the word "timer" was removed'
change 's/"switch", "timer"/"switch", "timer", "cat"/' 'event lamp.switched.cause: words were added, which the other side does not know'
change 's/"switch", "timer"/"timer", "switch"/' 'event lamp.switched.cause: the word "switch" has moved' \
  'event lamp.switched.cause: the word "timer" has moved'
change 's/-- end of place/{ "wall", "text", doc = "New." },/' \
  'event lamp.switched.places: a field was added (wall); a struct inside another cannot grow'
change 's/event = "lamp.switched"/event = "lamp.turned"/' 'event lamp.switched: the declaration was removed'
change 's/-- start of resource/{ "wattage", "integer", doc = "New." },/'
change 's/{ "power", "text"/{ "strength", "text"/' 'resource lamp.power: the field was removed'
change 's/"E27", "E14"/"E14", "E27", "GU10"/'
change 's/"E27", "E14"/"E27"/' 'resource lamp.socket: the word "E14" was removed'
change 's/{ "room", "reference", to = "room"/{ "room", "reference", to = "lamp"/' 'resource lamp.room: to was "room" and is "lamp"'
change 's/key = "name", plural/key = "power", plural/' 'resource lamp: key was ["name"] and is ["power"]'
change 's/plural = "lamps"/plural = "lights"/' 'resource lamp: plural was "lamps" and is "lights"'
change 's/command = "lamp switch"/command = "lamp turn"/' 'request lamp.switch: command was "lamp switch" and is "lamp turn"'
change 's/positional = { "lamp", "on" }/positional = { "on" }/' 'request lamp.switch: word 1 of the command was lamp' \
  'request lamp.switch: word 2 of the command was on'
change 's/-- end of reply/{ "after", "boolean", doc = "New." },/'
change 's/{ "was_on", "boolean"/{ "was_off", "boolean"/' 'request lamp.switch.reply.was_on: the field was removed'
change 's/{ "limit", "integer"/{ "limit", "text"/' 'parameters House.limit: type was "integer" and is "text"'
change 's/{ "brightness", "integer"/{ "brightness", "real"/' 'policy lamp.brightness.output.brightness: type was "integer" and is "real"'
change 's/{ "house", "text"/{ "house", "boolean"/' 'message greeting.house: type was "text" and is "boolean"'

echo '{"declarations": [{"kind": "event", "name": "x", "fields": [1]}]}' >broken.json
if "$schemac" --compat broken.json before.lua 2>said || ! grep -q 'broken.json: cannot be read; expected a file written by --write-compat' said; then
  echo 'a broken release passes'
  result=1
fi

# fingerprints FILE: those of the event, in a line.
fingerprints() {
  "$schemac" --json "$1" | awk '/"name": "lamp.switched"/ { here = 1 } here && /"fingerprints"/ { gsub(/[^0-9a-f ]/, ""); print; exit }' |
    sed 's/^ *[a-f]* *//; s/ *$//'
}
old=$(fingerprints before.lua)
[ "$(echo "$old" | wc -w)" = 4 ] || { echo "three fields have the fingerprints $old"; result=1; }
sed 's/-- end of event/{ "why", "text", doc = "New." },/' before.lua >now.lua
case "$(fingerprints now.lua)" in
"$old "*) ;;
*) echo "an appended field changed the earlier fingerprints: $old"; result=1 ;;
esac
for edit in 's/{ "lamp", "text"/{ "light", "text"/' 's/"switch", "timer"/"switch", "clock"/' 's/-- end of place/{ "wall", "text", doc = "New." },/'; do
  sed "$edit" before.lua >now.lua
  [ "$(fingerprints now.lua | awk '{ print $4 }')" != "$(echo "$old" | awk '{ print $4 }')" ] || { echo "no other fingerprint after $edit"; result=1; }
done
sed 's/doc = "Which lamp."/doc = "The lamp.", sensitive = true/' before.lua >now.lua
[ "$(fingerprints now.lua)" = "$old" ] || { echo 'words of documentation change the fingerprint'; result=1; }
exit $result
