# Sourced by run, logins and sessions: starts and fills nodes for measurements. Needs $build, $work, $node (address), server().

# node_file NAME ADDRESS CLUSTER: writes the node file and prints its path. $node_dns is its name server, when it is set.
node_file() {
  local dns=${node_dns:+"dns = { servers = \"$node_dns\" },"}
  mkdir -p "$work/$1"
  cat >"$work/$1/node.lua" <<LUA
return {
  cluster = "$3", node = "$1", role = "publisher",
  listen = { address = "$2" }, $dns
  directories = { state = "$work/$1", plugins = "$build/plugins" },
  log = { level = "warning" },
}
LUA
  echo "$work/$1/node.lua"
}

node_up() { "$build/bin/sojourn" --node "$work/$1" service list >/dev/null 2>&1; }

# node_start NAME [ADDRESS CLUSTER]: a node on core 0 with the services that phones need.
node_start() {
  local file
  node_name=$1
  file=$(node_file "$1" "${2:-$node}" "${3:-BENCH}")
  server "$build/bin/sojournd" -c "$file"
  node_pid=$last_pid
  wait_for node_up "$1" || { tail -20 "$work/peers.log" >&2; return 1; }
  for service in callmanager tftp extension-mobility bulk certificates; do
    cli service activate $service >/dev/null || return 1
  done
}
node_restart() {
  node_name=$1
  server "$build/bin/sojournd" -c "$work/$1/node.lua"
  node_pid=$last_pid
  for _ in $(seq 2000); do
    curl -sf --unix-socket "$work/$1/sojourn.sock" http://node/readyz >/dev/null 2>&1 && return 0
    sleep 0.005
  done
  echo "the node did not become ready" >&2
  return 1
}
node_stop() {
  kill "$node_pid" 2>/dev/null
  wait "$node_pid" 2>/dev/null
}
cli() { "$build/bin/sojourn" --node "$work/$node_name" "$@"; }

# Resident memory of the node's worker.
node_memory_kb() {
  local total=0 pid
  for pid in $node_pid $(pgrep -P "$node_pid"); do
    total=$((total + $(awk '/^RssAnon:/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 0)))
  done
  echo "$total"
}

# Processor time that the node's worker has used, in ticks of 10 ms.
node_ticks() { awk '{print $14 + $15}' "/proc/$(pgrep -P "$node_pid" | head -1)/stat"; }

# register_site COUNT: third-party phones p0..., each with a digest user u0... and a number.
register_site() {
  awk -v n="$1" 'BEGIN {
    print "return { partitions = { { name = \"Phones\" } },"
    print "directory_numbers = {"; for (i = 0; i < n; i++) printf "{pattern=\"%d\",partition=\"Phones\"},\n", 100000 + i; print "},"
    print "end_users = {"; for (i = 0; i < n; i++) printf "{user_id=\"u%d\",last_name=\"U\",digest_credentials=\"secret\"},\n", i; print "},"
    print "phones = {"; for (i = 0; i < n; i++) printf "{name=\"p%d\",model=\"Third-party SIP Device (Basic)\",phone_security_profile=\"Standard SIP Digest Profile\",digest_user=\"u%d\",lines={{directory_number=\"%d@Phones\"}}},\n", i, i, 100000 + i; print "} }"
  }' >"$work/site.lua"
  cli apply "$work/site.lua" >/dev/null
}
register_plain() { cli phone-security-profile set "Standard SIP Digest Profile" digest_authentication=false; }
node_metric() {
  curl -s --unix-socket "$work/$node_name/sojourn.sock" http://node/metrics | awk -v name="$1" '$1 == name {print $2}'
}

# files_site COUNT: Cisco phones SEP000000000000... with ten lines each, so that their files have about 12 KiB.
files_site() {
  awk -v n="$1" 'BEGIN {
    print "return { partitions = { { name = \"Phones\" } },"
    print "directory_numbers = {"; for (i = 0; i < 10; i++) printf "{pattern=\"%d\",partition=\"Phones\"},\n", 4000 + i; print "},"
    print "phones = {"; for (i = 0; i < n; i++) { printf "{name=\"SEP%012d\",model=\"Cisco 8851\",lines={", i
      for (k = 0; k < 10; k++) printf "{directory_number=\"%d@Phones\",label=\"Reception %d\",display=\"Reception, second floor\"},", 4000 + k, k
      print "}},"; } print "} }"
  }' >"$work/files.lua"
  cli apply "$work/files.lua" >/dev/null
}

# boot_site COUNT: Cisco phones SEP000000000000... with a digest user and a number each.
boot_site() {
  awk -v n="$1" 'BEGIN {
    print "return { partitions = { { name = \"Phones\" } },"
    print "directory_numbers = {"; for (i = 0; i < n; i++) printf "{pattern=\"%d\",partition=\"Phones\"},\n", 100000 + i; print "},"
    print "end_users = {"; for (i = 0; i < n; i++) printf "{user_id=\"u%d\",last_name=\"U\",digest_credentials=\"secret\"},\n", i; print "},"
    print "phones = {"; for (i = 0; i < n; i++) printf "{name=\"SEP%012X\",model=\"Cisco 8851\",phone_security_profile=\"Standard SIP Digest Profile\",digest_user=\"u%d\",lines={{directory_number=\"%d@Phones\"}}},\n", i, i, 100000 + i; print "} }"
  }' >"$work/boot.lua"
  cli apply "$work/boot.lua" >/dev/null
}
