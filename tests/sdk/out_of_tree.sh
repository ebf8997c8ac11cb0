#!/usr/bin/env bash
# out_of_tree.sh BUILD-DIRECTORY SOURCE-DIRECTORY: does in an empty home what docs/plugins.md tells a
# third party to do, with the very commands of that page: makes a plugin from the template, builds and tests it, builds it once more
# without CMake, and has a node run it. The example plugins are built and tested as well.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS PKG_CONFIG_PATH
# A machine that knows nothing of Sojourn but the tree and what ./run demo has built.
mkdir -p "$work/tree/build"
ln -s "$build" "$work/tree/build/release"
export HOME=$work
export CFLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"

fail() {
  echo "$1"
  shift
  [ $# -eq 0 ] || cat "$@"
  exit 1
}

# told HEADING: the commands of that part of the page.
told() {
  awk -v want="## $1" '/^## / { inside = ($0 == want) } /^```/ { block = ($0 == "```sh"); next } inside && block' "$source/docs/plugins.md"
}

# The page's first part, from its first line to its last, as somebody would type it.
{ echo "trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT"; echo 'set -euo pipefail'; told 'A first one'; echo 'wait'; } >"$work/page.sh"
(cd "$work/tree" && timeout 200 bash "$work/page.sh") >"$work/log" 2>&1 || fail 'docs/plugins.md: "A first one" fails' "$work/log" "$work/sojourn/node.log"
for line in '100% tests passed' 'weather (Weather) is activated and started, version 1.0.0' 'Good day, World!' \
  'weather (Weather) is activated and started, version 1.1.0' 'weather (Weather) is deactivated'; do
  grep -qF "$line" "$work/log" || fail "docs/plugins.md: \"A first one\" does not say \"$line\"" "$work/log" "$work/sojourn/node.log"
done
export PATH=$work/sojourn/bin:$PATH CMAKE_PREFIX_PATH=$work/sojourn PKG_CONFIG_PATH=$work/sojourn/lib/pkgconfig

for example in "$source"/examples/plugins/*/; do
  cp -r "$example" "$work/example"
  (cd "$work/example" && rm -rf build && cmake -B build -G Ninja && ninja -C build -j 2 && ctest --test-dir build --output-on-failure --no-tests=error) \
    >"$work/log" 2>&1 || fail "$example" "$work/log"
  rm -r "$work/example"
done

cd "$work/weather"
exported=$(nm -D --defined-only build/plugins/weather.so | awk '{ print $3 }')
[ "$exported" = sj_plugin_descriptor ] || fail "the plugin exports: $exported"
# What comes with the SDK as code is linked as well, with CMake and without: nothing may be left undefined.
cat >page.c <<'END'
#include <sojourn/xml_text.h>
void weather_page(sj_xml_text *page);
void weather_page(sj_xml_text *page) {
    sj_xml_text_element(page, "weather", "fine");
}
END
sed -i 's/greeting\.c/greeting.c page.c/' CMakeLists.txt
cmake --build build >"$work/log" 2>&1 || fail 'a plugin that uses the SDK'"'"'s library is not built' "$work/log"
nm build/plugins/weather.so | grep -q ' t sj_xml_text_element' || fail 'the SDK'"'"'s library is not in the plugin'
cat page.c >>plugin.c

bash -euo pipefail -c "$(told 'Without CMake')" >"$work/log" 2>&1 || fail 'docs/plugins.md: "Without CMake" fails' "$work/log"
nm weather.so | grep -q ' t sj_xml_text_element' || fail 'the SDK'"'"'s library is not in the plugin made without CMake'
sojourn plugin check weather.so
for variable in schemac schemadir templatedir annotations; do
  value=$(pkg-config --variable=$variable sojourn)
  [ -e "$value" ] || fail "$variable=$value is not there"
done
[ "$(realpath -m "$(pkg-config --variable=plugindir sojourn)")" = "$(realpath -m "$work/sojourn/lib/sojourn/plugins")" ] || fail 'plugindir is elsewhere'

# On a node: its parameter changed.
rm -rf "$work/sojourn/state"
sojournd -c "$work/sojourn/node.lua" 2>"$work/node.log" &
node=$!
trap 'kill $node 2>/dev/null || true; wait $node 2>/dev/null || true; rm -rf "$work"' EXIT
export SOJOURN_SOCKET=$work/sojourn/state/sojourn.sock
deadline=$((SECONDS + 30))
until sojourn service list >"$work/log" 2>&1; do
  [ $SECONDS -lt $deadline ] || fail 'the node does not answer' "$work/log" "$work/node.log"
  sleep 0.1
done
# says EXPECTED WORDS...: the command succeeds and its output holds EXPECTED.
says() {
  sojourn "${@:2}" >"$work/log" 2>&1 || fail "sojourn ${*:2}: exit $?" "$work/log" "$work/node.log"
  [ -z "$1" ] || grep -qF -- "$1" "$work/log" || fail "sojourn ${*:2}: expected \"$1\"" "$work/log" "$work/node.log"
}
says 'version 1.1.0' service activate weather
says '' param set Weather Salutation Hello
says 'Hello, World!' weather greet World
says '' service deactivate weather
says 'weather is not in memory' plugin unload weather
kill $node
wait $node || fail "the node ended with $?" "$work/node.log"
echo "a new plugin, as docs/plugins.md says"
