# Sourced by the conformance tests: nodes of ours for software that we did not write. Prints TAP.
# Called as: TEST.sh BUILD-DIRECTORY
set -uo pipefail
build=$1
work=$(mktemp -d)
pids=()
tests=0 failures=0

finish() {
  local status=$?
  [ ${#pids[@]} -gt 0 ] && kill "${pids[@]}" 2>/dev/null
  wait 2>/dev/null
  if [ $failures -gt 0 ] || { [ $status -ne 0 ] && [ $status -ne 77 ]; }; then
    for log in "$work"/*.log; do echo "# --- $log"; sed 's/^/# /' "$log" | tail -60; done
  fi
  rm -rf "$work"
  if [ $status -eq 77 ]; then exit 77; fi
  echo "1..$tests"
  [ $failures -eq 0 ] && [ $status -eq 0 ] || exit 1 # a bare exit would end with the status from before the trap
  exit 0
}
trap finish EXIT

# skip REASON: the whole test cannot run here.
skip() {
  echo "1..0 # SKIP $1"
  exit 77
}
# left_out NAME PROGRAM: a part of the test needs a program that is not installed.
left_out() {
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP $2 is not installed"
}
need() {
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}

# ok NAME COMMAND...: one test.
ok() {
  local name=$1
  shift
  tests=$((tests + 1))
  if "$@" >"$work/last.log" 2>&1; then
    echo "ok $tests - $name"
  else
    echo "not ok $tests - $name"
    failures=$((failures + 1))
    sed 's/^/# /' "$work/last.log" | tail -30
  fi
}
# refused NAME COMMAND...: the command must fail.
refused() {
  local name=$1
  shift
  ok "$name" bash -c '! "$@"' -- "$@"
}

# wait_for SECONDS COMMAND...
wait_for() {
  local deadline=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$deadline" ] || { echo "# gave up waiting for: $*"; return 1; }
    sleep 0.05
  done
}

# loopback HOST: an address of this test's own, 127.A.B.HOST.
range=127.$((RANDOM % 100 + 100)).$((RANDOM % 250 + 1))
loopback() { echo "$range.$1"; }

cli() { "$build/bin/sojourn" --node "$work/$node" "$@"; }

# node_start NAME CLUSTER ADDRESSES SERVICE...: the addresses between blanks.
node_start() {
  node=$1
  mkdir -p "$work/$1"
  local addresses=$(printf '"%s", ' $3)
  cat >"$work/$1/node.lua" <<LUA
return { cluster = "$2", node = "$1", role = "publisher", listen = { address = { $addresses }, tftp = ${tftp_port:-69} },
  directories = { state = "$work/$1", plugins = "$build/plugins" }, log = { level = "info" } }
LUA
  "$build/bin/sojournd" -c "$work/$1/node.lua" >"$work/$1.log" 2>&1 &
  pids+=($!)
  node_pid=$!
  wait_for 20 cli service list || return 1
  shift 3
  for service in "$@"; do cli service activate "$service" >/dev/null || return 1; done
}
