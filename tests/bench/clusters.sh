# Sourced by logins and sessions: clusters that trust each other, with travellers, phones and base devices. Needs $build and $work.
peers=()
trap 'kill "${peers[@]}" 2>/dev/null; wait 2>/dev/null' EXIT
server() { "$@" >>"$work/peers.log" 2>&1 & peers+=($!); last_pid=$!; }
wait_for() { for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "gave up waiting for: $*" >&2; return 1; }
field() { sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p" <<<"$2"; }
row() { printf "%-52s %14s %14s %8s\n" "$1" "$2" "${3:--}" "${4:--}"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
. "$here/node.sh"
declare -A address_of pid_of

# clusters NAME...: one node each, up, with its services; the names are the cluster ids too.
clusters() {
  local last=0 name
  names=$* net=127.6.$(($$ % 200 + 1)) # of this run alone
  mkdir -p "$work/exchange"
  for name in $names; do
    last=$((last + 1)) address_of[$name]=$net.$last
    node_start "$name" "${address_of[$name]}" "$name" || return 1
    pid_of[$name]=$node_pid
  done
}

# on NAME: what follows concerns that node.
on() { node_name=$1 node_pid=${pid_of[$1]} node=${address_of[$1]}; }

# site NAME PHONES USER FIRST COUNT: phones SEP<lead>00000000000 on, lead is 0 or what is set; users USER<n> with a profile and a PIN each, or with `one_pin` set
# only the first: a hash takes 20 ms.
site() {
  local other own=${address_of[$1]}
  on "$1"
  {
    echo "return { parameters = { [\"EMCC\"] = { default_tftp_server = \"$own\", default_server_for_remote_cluster_update = \"$own\" },"
    echo "  [\"Cisco Extension Mobility\"] = { maximum_concurrent_requests = 100 } },"
    echo "bulk_certificate_management = { url = \"file://$work/exchange/\" },"
    echo "sip_trunks = { { name = \"EMCC-ICT\", trunk_service_type = \"extension_mobility_cross_clusters\" } },"
    echo "intercluster_service_profile = { emcc_active = true, pstn_access_active = true, pstn_access_sip_trunk = \"EMCC-ICT\" },"
    echo "remote_clusters = {"
    for other in $names; do
      [ "$other" = "$1" ] || echo "{ cluster_id = \"$other\", fully_qualified_name = \"${address_of[$other]}\", emcc = true, pstn_access = true },"
    done
    echo "}, emcc_templates = { { name = \"EMCC\" } }, partitions = { { name = \"Phones\" } },"
    awk -v phones="$2" -v user="$3" -v first="$4" -v count="$5" -v one="${one_pin:-}" -v lead="${lead:-0}" 'BEGIN {
      print "phones = {"; for (i = 0; i < phones; i++) printf "{name=\"SEP%s%011d\",model=\"Cisco 8851\",enable_extension_mobility=true},\n", lead, i; print "},"
      print "directory_numbers = {"; for (i = first; i < first + count; i++) printf "{pattern=\"%d\",partition=\"Phones\"},\n", 400000 + i; print "},"
      print "device_profiles = {"; for (i = first; i < first + count; i++) printf "{name=\"udp%d\",model=\"Cisco 8851\",lines={{directory_number=\"%d@Phones\"}}},\n", i, 400000 + i; print "},"
      print "end_users = {"; for (i = first; i < first + count; i++) printf "{user_id=\"%s%d\",last_name=\"T\",%senable_emcc=true,controlled_profiles={\"udp%d\"}},\n", user, i, one == "" || i == first ? "pin=\"12345\"," : "", i; print "}," }'
    echo "}"
  } >"$work/$1.lua"
  cli apply "$work/$1.lua" >/dev/null
}

# Certificates everywhere, after all sites are laid down.
trust() {
  local name
  for name in $names; do on "$name" && cli cert export >/dev/null || return 1; done
  cli cert consolidate >/dev/null || return 1
  for name in $names; do on "$name" && cli cert import confirm=true >/dev/null || return 1; done
  for name in $names; do on "$name" && cli remote-cluster update >/dev/null || return 1; done
}

jobs_completed() { [ "$(cli job list --json | grep -c '"completed"')" -ge "$1" ]; }

# base_devices NAME COUNT
base_devices() {
  on "$1"
  cli emcc update EMCC >/dev/null && cli emcc insert "$2" >/dev/null && wait_for jobs_completed 2
}

load_login() { "$build/bin/load_login" "$node" 8080 "$@"; }
half() { awk -v rate="$1" 'BEGIN { printf "%.1f", rate / 2 }'; }
