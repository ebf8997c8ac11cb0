#!/bin/sh
# sshd.sh DIRECTORY ADDRESS PORT: an SSH server of the test's own, with one account, "traveller" and "open sesame", that exists in the
# server's private view of /etc alone. Prints the host key's SHA-256 into DIRECTORY/print. Needs root; exits 77 when it cannot.
set -e
directory=$1 address=$2 port=$3
[ "$(id -u)" = 0 ] && [ -x /usr/sbin/sshd ] && command -v ssh-keygen >/dev/null && unshare -m true 2>/dev/null || exit 77
mkdir -p "$directory/exchange" /run/sshd
[ -e "$directory/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$directory/key"
{ cat /etc/passwd; echo "traveller:x:0:0::$directory:/bin/sh"; } >"$directory/passwd"
{ cat /etc/shadow; echo "traveller:$(openssl passwd -6 'open sesame'):19000:0:99999:7:::"; } >"$directory/shadow"
chmod 600 "$directory/shadow"
cat >"$directory/config" <<END
ListenAddress $address
Port $port
HostKey $directory/key
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
Subsystem sftp internal-sftp
END
ssh-keygen -lf "$directory/key.pub" | sed 's/.*SHA256://; s/ .*//' >"$directory/print"
exec unshare -m sh -c 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && exec /usr/sbin/sshd -D -f "$1/config"' \
  sh "$directory" 2>"$directory/log"
