#!/usr/bin/env bash
# out_of_tree.sh BUILD-DIRECTORY: installs the SDK into an empty directory, copies the template out of it and builds it there, with
# CMake (its test included) and once more by hand with what pkg-config says. What a third party does first must work.
set -euo pipefail
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS CMAKE_PREFIX_PATH PKG_CONFIG_PATH
cmake --install "$build" --component sdk --prefix "$work/sdk" >"$work/log" || { cat "$work/log"; exit 1; }
cp -r "$work/sdk/share/sojourn/template" "$work/greeter"
cd "$work/greeter"

cmake -S . -B build -G Ninja -DCMAKE_PREFIX_PATH="$work/sdk" -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" >"$work/log" ||
  { cat "$work/log"; exit 1; }
ninja -C build -j 2 >"$work/log" || { cat "$work/log"; exit 1; }
if [ -e "$work/sdk/lib/libsojourn_testkit.a" ]; then
  ctest --test-dir build --output-on-failure --no-tests=error
fi
exported=$(nm -D --defined-only build/plugins/greeter.so | awk '{ print $3 }')
[ "$exported" = sj_plugin_descriptor ] || { echo "the plugin exports: $exported"; exit 1; }
readelf -S build/plugins/greeter.so | grep -q '\.sj_plugin' || { echo "the plugin has no section .sj_plugin"; exit 1; }
cmake --install build --prefix "$work/installed" >/dev/null
[ -e "$work/installed/lib/sojourn/plugins/greeter.so" ] || { echo "the plugin is not installed where nodes look"; exit 1; }

export PKG_CONFIG_PATH=$work/sdk/lib/pkgconfig
mkdir by_hand
$(pkg-config --variable=schemac sojourn) --external --root schemas --out by_hand --index greeter_schema schemas/*.lua
# shellcheck disable=SC2046
cc -std=c11 -fPIC -shared -fvisibility=hidden -Wl,-z,defs -Iby_hand -I. $(pkg-config --cflags sojourn) -o by_hand/greeter.so \
  plugin.c greeting.c by_hand/*.c $(pkg-config --libs sojourn)
for variable in plugindir schemadir templatedir annotations; do
  value=$(pkg-config --variable=$variable sojourn)
  [ $variable = plugindir ] || [ -e "$value" ] || { echo "$variable=$value is not there"; exit 1; }
done
"$(pkg-config --variable=schemac sojourn)" --external --root schemas --json schemas/*.lua >/dev/null
echo "the template builds out of the tree"
