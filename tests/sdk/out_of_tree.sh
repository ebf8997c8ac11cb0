#!/usr/bin/env bash
# out_of_tree.sh BUILD-DIRECTORY EXAMPLES: installs the SDK into an empty directory, makes a new plugin from the template and builds it there,
# with CMake (its test included) and once more by hand with what pkg-config says. What a third party does first must work, and
# so must the example plugins.
set -euo pipefail
build=$1 examples=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS CMAKE_PREFIX_PATH PKG_CONFIG_PATH
cmake --install "$build" --component sdk --prefix "$work/sdk" >"$work/log" || { cat "$work/log"; exit 1; }

build_and_test() {
  cmake -S . -B build -G Ninja -DCMAKE_PREFIX_PATH="$work/sdk" -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" \
    >"$work/log" || { cat "$work/log"; exit 1; }
  ninja -C build -j 2 >"$work/log" || { cat "$work/log"; exit 1; }
  if [ -e "$work/sdk/lib/libsojourn_testkit.a" ]; then
    ctest --test-dir build --output-on-failure --no-tests=error
  fi
}

# The examples, each in a directory of its own.
for example in "$examples"/*/; do
  cp -r "$example" "$work/example"
  (cd "$work/example" && build_and_test)
  rm -r "$work/example"
done

# `sojourn plugin new` as a user would run it; where the shell is not built, the template as it is.
plugin=greeter
cd "$work"
if [ -x "$build/bin/sojourn" ]; then
  plugin=weather
  mkdir -p sdk/bin && cp "$build/bin/sojourn" sdk/bin/
  sdk/bin/sojourn plugin new $plugin
else
  cp -r sdk/share/sojourn/template $plugin
fi
cd $plugin

build_and_test
exported=$(nm -D --defined-only build/plugins/$plugin.so | awk '{ print $3 }')
[ "$exported" = sj_plugin_descriptor ] || { echo "the plugin exports: $exported"; exit 1; }
if [ $plugin = weather ]; then
  "$work/sdk/bin/sojourn" plugin check build/plugins/$plugin.so
fi
readelf -S build/plugins/$plugin.so | grep '\.sj_plugin' >/dev/null || { echo "the plugin has no section .sj_plugin"; exit 1; }
cmake --install build --prefix "$work/installed" >/dev/null
[ -e "$work/installed/lib/sojourn/plugins/$plugin.so" ] || { echo "the plugin is not installed where nodes look"; exit 1; }

# On a node: found, started, asked through the shell, its parameter changed, stopped.
if [ $plugin = weather ] && [ -x "$build/bin/sojournd" ]; then
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
  sojourn=$work/sdk/bin/sojourn
  deadline=$((SECONDS + 30))
  until "$sojourn" service list >"$work/log" 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo 'the node does not answer'; cat "$work/log" "$work/node.log"; exit 1; }
    sleep 0.1
  done
  # asks WORDS... EXPECTED: the command's output holds the last word.
  asks() {
    "$sojourn" "${@:1:$#-1}" >"$work/log" 2>&1 || true
    grep -qF -- "${!#}" "$work/log" || { echo "sojourn ${*:1:$#-1}: expected \"${!#}\""; cat "$work/log" "$work/node.log"; exit 1; }
  }
  asks service list weather
  "$sojourn" service activate weather >"$work/log" 2>&1 || { cat "$work/log" "$work/node.log"; exit 1; }
  asks weather greet World 'Good day, World!'
  "$sojourn" param set Weather Salutation Hello >"$work/log" 2>&1 || { cat "$work/log" "$work/node.log"; exit 1; }
  asks weather greet World 'Hello, World!'
  "$sojourn" service deactivate weather >"$work/log" 2>&1 || { cat "$work/log" "$work/node.log"; exit 1; }
  kill $node
  wait $node || { echo "the node ended with $?"; cat "$work/node.log"; exit 1; }
fi

export PKG_CONFIG_PATH=$work/sdk/lib/pkgconfig
mkdir by_hand
$(pkg-config --variable=schemac sojourn) --external --root schemas --out by_hand --index ${plugin}_schema schemas/*.lua
# shellcheck disable=SC2046
cc -std=c11 -fPIC -shared -fvisibility=hidden -Wl,-z,defs -Iby_hand -I. $(pkg-config --cflags sojourn) -o by_hand/$plugin.so \
  plugin.c greeting.c by_hand/*.c $(pkg-config --libs sojourn)
for variable in plugindir schemadir templatedir annotations; do
  value=$(pkg-config --variable=$variable sojourn)
  [ $variable = plugindir ] || [ -e "$value" ] || { echo "$variable=$value is not there"; exit 1; }
done
"$(pkg-config --variable=schemac sojourn)" --external --root schemas --json schemas/*.lua >/dev/null
echo "the template builds out of the tree"
