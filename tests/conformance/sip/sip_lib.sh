# Sourced by the SIP tests after lib.sh: a node with the site of site.lua, and sipp.
here=$(cd "$(dirname "$0")" && pwd)/sip
server=$(loopback 1)
gateway=$(loopback 9)

sip_node_start() {
  node_start sip-1 SIP "${server_addresses:-$server}" callmanager || exit 1
  sed "s/@GATEWAY@/$gateway/" "$here/site.lua" >"$work/site.lua"
  cli apply "$work/site.lua" >"$work/apply.log" || { cat "$work/apply.log"; exit 1; }
}

# sip SCENARIO ADDRESS PORT TRANSPORT [sipp options]: runs one call of a scenario to its end. What is called is at host, else at the node.
sip() {
  local scenario=$1 address=$2 port=$3 transport=$4
  shift 4
  (cd "$work" && exec sipp -sf "$here/$scenario.xml" -i "$address" -p "$port" -t "$transport" -m 1 -nostdin -timeout 20 -timeout_error \
    -trace_err -key host "${host:-$server}" "$@" "$(case $server in *:*) echo "[$server]" ;; *) echo "$server" ;; esac):5060" </dev/null)
}

# sip_wait SCENARIO ADDRESS PORT TRANSPORT [sipp options]: the same in the background, waiting to be called; its result in $waiting.
sip_wait() {
  sip "$@" >"$work/waiting-$1.log" 2>&1 &
  waiting=$!
  sleep 0.2 # until it has its socket: sipp gives no other sign
}

registered() { [ "$(cli --json registration list | tr -d ' \n\t' | grep -o '"device_name":"[^"]*"' | sort | tr '\n' ' ')" = "$1" ]; }
absent() { ! cli --json registration list | grep -q "\"$1\""; }
