#!/usr/bin/env bash
# The certificate exchange: over SFTP with OpenSSH's server, files checked by openssl; who was not imported is not trusted.
. "$(dirname "$0")/lib.sh"
need openssl curl ssh-keygen
sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] || skip "sshd is not installed"
[ "$(id -u)" -eq 0 ] || skip "sshd needs root to check a password"
hq=$(loopback 1) br=$(loopback 2) sftp=$(loopback 3)

# An SFTP server with a user of its own.
user=sojourn-sftp-$$
useradd --no-create-home --shell /usr/sbin/nologin "$user" || skip "a test user cannot be made"
trap 'userdel -f "$user" 2>/dev/null; finish' EXIT
echo "$user:exchange-$$" | chpasswd
mkdir -p "$work/exchange" /run/sshd
chown "$user" "$work/exchange"
chmod 711 "$work"
ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
cat >"$work/sshd_config" <<CONF
ListenAddress $sftp:2222
HostKey $work/hostkey
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication yes
Subsystem sftp internal-sftp
CONF
"$sshd" -D -e -f "$work/sshd_config" >"$work/sshd.log" 2>&1 &
pids+=($!)
host_key=$(ssh-keygen -l -E sha256 -f "$work/hostkey.pub" | sed 's/.*SHA256:\([^ ]*\).*/\1/')
echo "exchange-$$" >"$work/password"
chmod 600 "$work/password"

node_start hq-1 HQ "$hq" certificates || exit 1
node_start br-1 BR "$br" certificates || exit 1
settings=(url="sftp://$sftp:2222$work/exchange/" user_id="$user" password_file="$work/password" host_key_sha256="$host_key")
node=hq-1
refused "export before the exchange directory is set says so" cli cert export
refused "consolidating before anybody exported is refused" cli cert consolidate
for node in hq-1 br-1; do
  ok "$node: Bulk Certificate Management is set" cli bulk-certificate-management set "${settings[@]}"
done
node=hq-1
ok "HQ exports over SFTP" cli cert export
refused "one cluster alone cannot consolidate" cli cert consolidate
node=br-1
ok "BR exports over SFTP" cli cert export
for kind in tomcat tftp capf itlrecovery; do
  ok "openssl reads br-1_$kind.pkcs12" openssl pkcs12 -in "$work/exchange/br-1_$kind.pkcs12" -passin pass: -nokeys -out "$work/$kind.pem"
  ok "$kind: a certificate is in it" openssl x509 -in "$work/$kind.pem" -noout -subject
  ok "$kind: no private key is in it" bash -c "! openssl pkcs12 -in $work/exchange/br-1_$kind.pkcs12 -passin pass: -nodes 2>&1 | grep -q 'PRIVATE KEY'"
done
ok "consolidate" cli cert consolidate
ok "the consolidated file holds both" bash -c "openssl pkcs12 -in $work/exchange/${br}_bulk_tomcat.pkcs12 -passin pass: -nokeys | grep -c 'BEGIN CERTIFICATE' | grep -qx 2"
node=hq-1
ok "without confirm nothing is imported" bash -c "'$build/bin/sojourn' --node '$work/hq-1' cert import && '$build/bin/sojourn' --node '$work/hq-1' trusted-certificate list --json | grep -qx '\[\]'"
ok "HQ imports" cli cert import confirm=true
ok "fingerprint as openssl computes it" bash -c "
  want=\$(openssl x509 -in $work/tomcat.pem -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
  '$build/bin/sojourn' --node '$work/hq-1' trusted-certificate list --json | grep -q \"\$want\""
ok "importing again changes nothing" bash -c "'$build/bin/sojourn' --node '$work/hq-1' cert import confirm=true --json | grep -q '\"imported\":[[:space:]]*0'"

# A wrong host key is refused before any password is sent.
ok "a wrong host key is set" cli bulk-certificate-management set host_key_sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
refused "and refused" cli cert export

# TLS: 1.2 at least; our own identity is shown.
ok "TLS 1.2 is spoken" bash -c "openssl s_client -connect $hq:8443 -tls1_2 </dev/null 2>/dev/null | grep -q 'BEGIN CERTIFICATE'"
refused "TLS 1.1 is not" bash -c "openssl s_client -connect $hq:8443 -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null 2>/dev/null | grep -q 'Cipher is [A-Z]'"
