#!/usr/bin/env bash
# out_of_tree.sh BUILD-DIRECTORY SOURCE-DIRECTORY: installs the SDK into an empty directory and does there what docs/plugins.md tells a
# third party to do, with the very commands of that page: makes a plugin from the template, builds and tests it, builds it once more
# without CMake, and has a node run it. The example plugins are built and tested as well.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS PKG_CONFIG_PATH
cmake --install "$build" --component sdk --prefix "$work/sdk" >"$work/log" || { cat "$work/log"; exit 1; }
cp "$build/bin/sojourn" "$work/sdk/bin/"
export PATH=$work/sdk/bin:$PATH CMAKE_PREFIX_PATH=$work/sdk PKG_CONFIG_PATH=$work/sdk/lib/pkgconfig
export CFLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"

fail() {
  echo "$1"
  shift
  [ $# -eq 0 ] || cat "$@"
  exit 1
}

# told NUMBER: the page's block of commands of that number.
told() {
  awk -v want="$1" '/^    / { if (!inside) number++; inside = 1; if (number == want) print substr($0, 5); next } { inside = 0 }' \
    "$source/docs/plugins.md"
}
run_told() {
  local commands
  commands=$(told "$1")
  [[ $commands == *"$2"* ]] || fail "docs/plugins.md: block $1 has no \"$2\": $commands"
  bash -euo pipefail -c "$commands" >"$work/log" 2>&1 || fail "docs/plugins.md: this fails: $commands" "$work/log"
}

for example in "$source"/examples/plugins/*/; do
  cp -r "$example" "$work/example"
  (cd "$work/example" && rm -rf build && cmake -B build -G Ninja && ninja -C build -j 2 && ctest --test-dir build --output-on-failure --no-tests=error) \
    >"$work/log" 2>&1 || fail "$example" "$work/log"
  rm -r "$work/example"
done

cd "$work"
run_told 1 'sojourn plugin new weather'
grep -q '100% tests passed' "$work/log" || fail 'the new plugin was not tested' "$work/log"
cd weather
sojourn plugin check build/plugins/weather.so
exported=$(nm -D --defined-only build/plugins/weather.so | awk '{ print $3 }')
[ "$exported" = sj_plugin_descriptor ] || fail "the plugin exports: $exported"
cmake --install build --prefix "$work/installed" >/dev/null
[ -e "$work/installed/lib/sojourn/plugins/weather.so" ] || fail 'the plugin is not installed where nodes look'

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

run_told 3 'pkg-config --libs sojourn'
nm weather.so | grep -q ' t sj_xml_text_element' || fail 'the SDK'"'"'s library is not in the plugin made without CMake'
sojourn plugin check weather.so
for variable in schemac schemadir templatedir annotations; do
  value=$(pkg-config --variable=$variable sojourn)
  [ -e "$value" ] || fail "$variable=$value is not there"
done
[ "$(realpath -m "$(pkg-config --variable=plugindir sojourn)")" = "$(realpath -m "$work/sdk/lib/sojourn/plugins")" ] || fail 'plugindir is elsewhere'

# On a node: found, started, asked through the shell, its parameter changed, stopped.
cat >"$work/node.lua" <<END
return {
  cluster = "SDK", node = "sdk-1", role = "publisher",
  listen = { address = "127.0.93.1", tftp = 16969 },
  directories = { state = "$work/state", plugins = "$work/installed/lib/sojourn/plugins" },
}
END
"$build/bin/sojournd" -c "$work/node.lua" 2>"$work/node.log" &
node=$!
trap 'kill $node 2>/dev/null || true; wait $node 2>/dev/null || true; rm -rf "$work"' EXIT
export SOJOURN_SOCKET=$work/state/sojourn.sock
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
says weather service list
run_told 2 'sojourn service activate weather'
says 'Good day, World!' weather greet World
says '' param set Weather Salutation Hello
says 'Hello, World!' weather greet World
says '' service deactivate weather
kill $node
wait $node || fail "the node ended with $?" "$work/node.log"
echo "a new plugin, as docs/plugins.md says"
