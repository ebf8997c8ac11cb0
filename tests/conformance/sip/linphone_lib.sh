# Sourced after sip_lib.sh by the tests with linphone: softphones that are told by words on their standard input what to do.
. "$(dirname "$0")/sip/pki_lib.sh"
need linphonec curl

declare -A words
# linphone NAME USER PASSWORD NUMBER TRANSPORT [options]: starts one that registers. It has its own files, and ports that are free. Over TLS it
# trusts node.pem, and shows the certificate of its user's phone, or the one that $shows names. It is not to compare the node's certificate with the
# address that it has called: linphone 5.1.65 knows names there, and no addresses.
linphone() {
  local shown=$pki/${shows:-$2-phone} directory=$work/linphone-$1 port_udp=0 port_tcp=0 port_tls=0 encryption=none pipe
  declare "port_$5=-1"
  [ "$5" = tls ] && encryption=srtp
  mkdir -p "$directory/home/.local/share/linphone" "$directory/home/.config/linphone"
  cat >"$directory/rc" <<CONFIG
[sip]
sip_port=$port_udp
sip_tcp_port=$port_tcp
sip_tls_port=$port_tls
default_proxy=0
use_ipv6=0
bind_address=$server
root_ca=$work/node.pem
verify_server_certs=1
verify_server_cn=0
media_encryption=$encryption
client_cert_chain=$shown.pem
client_cert_key=$shown.key
[proxy_0]
reg_proxy=<sip:$server;transport=$5>
reg_identity=sip:$4@$server
reg_expires=60
reg_sendregister=1
[auth_info_0]
username=$4
userid=$2
passwd=$3
domain=$server
CONFIG
  mkfifo "$directory/words"
  HOME=$directory/home linphonec -c "$directory/rc" "${@:6}" <"$directory/words" >"$work/linphone-$1.log" 2>&1 &
  pids+=($!)
  exec {pipe}>"$directory/words"
  words[$1]=$pipe
}
# heard NAME PATTERN [COUNT]: its user has been told so, so many times.
heard() { [ "$(grep -c -- "$2" "$work/linphone-$1.log")" -ge "${3:-1}" ]; }
# tell NAME WORDS...: what a user would type.
tell() { echo "${*:2}" >&"${words[$1]}"; }
