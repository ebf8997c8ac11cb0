#!/usr/bin/env bash
# What is shown of locations and links, read by software that we did not write: the graph by graphviz, the drawing by xmllint.
. "$(dirname "$0")/lib.sh"
need dot xmllint
[ "$(id -u)" -eq 0 ] || tftp_port=6969

node_start lbm-1 LBM "$(loopback 1)" lbm || exit 1
cat >"$work/site.lua" <<'LUA'
return {
  locations = { { name = "Berlin" }, { name = "Köln {Süd}" }, { name = "O'Hare [T2]; x" }, { name = "Paris", audio_bandwidth = 512 } },
  location_links = {
    { location = "Hub_None", other_location = "Berlin", audio_bandwidth = 256, video_bandwidth = 1024 },
    { location = "Berlin", other_location = "Köln {Süd}", weight = 7, video_bandwidth = -1 },
  },
}
LUA
ok "the site is applied" cli apply "$work/site.lua"
wait_for 10 bash -c "'$build/bin/sojourn' --node '$work/lbm-1' lbm topology | grep -q 'Köln'"
cli lbm topology --dot >"$work/topology.dot"
cli lbm topology --svg >"$work/topology.svg"
ok "xmllint takes the drawing" xmllint --noout --nonet "$work/topology.svg"
ok "every location is in it" test "$(grep -c '<circle' "$work/topology.svg")" -eq 7
ok "graphviz takes the graph" dot -Kdot -Tsvg -o "$work/drawn.svg" "$work/topology.dot"
for name in "Köln {Süd}" "O'Hare [T2]; x" Phantom; do
  ok "graphviz draws $name" xmllint --nonet --xpath "//*[local-name()='g'][@class='node']/*[local-name()='title'][.=\"$name\"]" "$work/drawn.svg"
done
ok "and four links" test "$(grep -c 'class="edge"' "$work/drawn.svg")" -eq 4
