#!/usr/bin/env bash
# node_file.sh: every entry of the node file is acted upon. The table in host/node/node_file.c says which member of struct config each entry
# fills; the host reads that member elsewhere, directly, as a fact or as a setting of the node, and a port among the facts is opened by somebody.
set -u
cd "$(dirname "$0")/../.."
failed=0

tell() {
  echo "$1"
  failed=1
}

# read_in PATTERN: some code does, beyond what carries facts about or tells them to phones.
read_in() {
  [ -n "$(grep -rnE "$1" --include=*.c host plugins | grep -vE '^(host/node/(node_file|node_facts|node_record)|plugins/tftp/(device_files|phone_document))\.c:' | head -1)" ]
}

entries=$(grep -oE '^ *\{"[a-z]*", "[a-z_]+"|AT\([a-z_]+\)' host/node/node_file.c | tr -d '\n' | sed 's/ *{/\n/g' | grep '^".*AT(')
[ "$(wc -l <<<"$entries")" -ge 16 ] || tell "host/node/node_file.c: the table of entries is not found"
while read -r entry; do
  member=$(sed 's/.*AT(\(.*\)).*/\1/' <<<"$entry")
  case $member in
  store_kind) continue ;; # one kind so far: reading it refuses all others
  sips) # what phones are told counts here: the port is opened by the service that speaks SIP over TLS
    grep -rqE "node->sips_port" --include=*.c plugins || tell "host/node/node_file.c: nothing reads listen.sips"
    continue
    ;;
  sip | tftp | tftp_http | http | https) pattern="(facts|node)->${member}_port" ;;
  cluster) pattern='cluster_id' ;;
  node) pattern='facts(->|\.)name|node->name' ;;
  role | address) pattern="(facts|node)(->|\.)$member" ;;
  state | plugins) pattern="${member%s}_directory" ;;
  *) pattern="(config|settings)(->|\.)$member" ;;
  esac
  read_in "$pattern" || tell "host/node/node_file.c: nothing reads what $entry is filled with"
done <<<"$entries"
exit $failed
