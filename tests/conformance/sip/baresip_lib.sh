# Sourced after lib.sh by the tests with baresip, in a network namespace of their own: an interface with the node's address, and softphones.
. "$(dirname "$0")/sip/sip_lib.sh"
. "$(dirname "$0")/sip/pki_lib.sh"
need baresip ip
ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up || skip "no interface can be made"
net=${net:-10.99.0.} # fd99:: for IPv6
case $net in *:) for host in 1 2 3 9; do ip address add "$net$host/64" dev v0 nodad; done ;;
*) for host in 1 2 3 9; do ip address add "$net$host/24" dev v0; done ;; esac
server=${net}1 gateway=${net}9
uri_host() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }
sip_node_start
node_certificate "$work/node.pem"

# Twenty seconds of silence, 8 kHz: a RIFF head and zeros.
{
  printf 'RIFF\x24\xe2\x04\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\xe2\x04\x00'
  head -c 320000 /dev/zero
} >"$work/silence.wav"

# softphone NAME ADDRESS NUMBER USER PASSWORD TRANSPORT: starts a baresip that answers by itself. With the lines in $modules in its
# configuration and those in $contacts in its contacts; started with $options. With certificates (pki_lib.sh) it shows that of its user's
# phone, or the one that $shows names.
softphone() {
  local directory=$work/$1
  local shown=$pki/${shows:-$4-phone}.both.pem
  mkdir -p "$directory"
  cat >"$directory/config" <<CONFIG
sip_listen $(uri_host "$2"):5060
audio_player aufile,$directory/heard.wav
audio_source aufile,$work/silence.wav
audio_alert aufile,$directory/alert.wav
net_interface v0
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module srtp.so
sip_cafile $work/node.pem
sip_verify_server yes
$([ -e "$shown" ] && echo "sip_certificate $shown")
module_app account.so
module_app menu.so
${modules:-}
module_app ctrl_tcp.so
ctrl_tcp_listen $(uri_host "$2"):4444
CONFIG
  echo "<sip:$3@$(uri_host "$server");transport=$6>;auth_user=$4;auth_pass=$5;regint=60;answermode=auto${7:-}" >"$directory/accounts"
  printf '%s\n' "${contacts:-}" >"$directory/contacts"
  baresip -f "$directory" ${options:--t 40} >"$work/baresip-$1.log" 2>&1 &
  pids+=($!)
}
# tell ADDRESS COMMAND [PARAMETER]: over the softphone's control port, a netstring of JSON.
tell() {
  local command="{\"command\":\"$2\",\"params\":\"${3:-}\"}"
  exec 5<>"/dev/tcp/$1/4444" && printf '%d:%s,' ${#command} "$command" >&5
}
established() { grep -q "Call established" "$work/baresip-$1.log"; }
