# Sourced after sip_lib.sh by the tests with certificates: authorities, what they issue, and the node's own certificate.
need openssl
pki=$work/pki
mkdir -p "$pki"
# authority FILE COMMON-NAME
authority() { openssl req -x509 -newkey rsa:2048 -nodes -keyout "$pki/$1.key" -out "$pki/$1.pem" -days 30 -subj "/O=Test/CN=$2" 2>/dev/null; }
# issue FILE AUTHORITY COMMON-NAME [ALTERNATIVE-NAMES]: FILE.pem, FILE.key, and both in FILE.both.pem.
issue() {
  openssl req -newkey rsa:2048 -nodes -keyout "$pki/$1.key" -out "$pki/$1.csr" -subj "/O=Test/CN=$3" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\n%s' "${4:+subjectAltName=$4}" >"$pki/$1.ext"
  openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$2.pem" -CAkey "$pki/$2.key" -CAcreateserial -out "$pki/$1.pem" -days 10 \
    -extfile "$pki/$1.ext" 2>/dev/null
  cat "$pki/$1.key" "$pki/$1.pem" >"$pki/$1.both.pem"
}
# trust phones|sip_trunks FILE: the node takes it as an authority.
trust() { cli cert trust "$1" "$2" pem="$(cat "$pki/$2.pem")"; }
# node_certificate FILE: what the node shows on its TLS port.
node_certificate() {
  timeout 10 openssl s_client -connect "$(case $server in *:*) echo "[$server]" ;; *) echo "$server" ;; esac):5061" </dev/null 2>/dev/null |
    openssl x509 >"$1"
}
# phones_show_certificates PHONE...: from now on they register over TLS with digest and with a certificate of the authority `phones`, which
# names them; PHONE.both.pem is theirs, stranger.both.pem one of an authority that the node does not know.
phones_show_certificates() {
  local phone
  authority phones "Phone Authority"
  authority strangers "Another Authority"
  cli service activate certificates >/dev/null && trust phones phones || return 1
  cli phone-security-profile add name=Certificates transport=tls digest_authentication=true device_security_mode=authenticated >/dev/null || return 1
  for phone; do
    issue "$phone" phones "$phone"
    cli phone set "$phone" phone_security_profile=Certificates >/dev/null || return 1
  done
  issue stranger strangers "$1"
}
