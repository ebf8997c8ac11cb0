#!/usr/bin/env bash
# What the Dialed Number Analyzer writes, read by software that we did not write: its pages by xmllint, as XML and as HTML, whatever
# stands in names; what came of its tests by prove.
. "$(dirname "$0")/lib.sh"
need xmllint prove
[ "$(id -u)" -eq 0 ] || tftp_port=6969

node_start dna-1 DNA "$(loopback 1)" callmanager dna-server || exit 1
cat >"$work/plan.lua" <<'LUA'
return {
  partitions = { { name = "Phones, Co." }, { name = "Außen ]] 'x'" } },
  calling_search_spaces = { { name = "Überall; mehr", partitions = { "Phones, Co.", "Außen ]] 'x'" } } },
  sip_trunks = { { name = "Gateway", destinations = { { address = "127.10.8.9" } } } },
  directory_numbers = { { pattern = "4001", partition = "Phones, Co.", forward_all_destination = "911", forward_all_calling_search_space = "Überall; mehr" } },
  route_patterns = {
    { pattern = "9.!", partition = "Außen ]] 'x'", sip_trunk = "Gateway", discard_digits = "pre_dot" },
    { pattern = "911", partition = "Außen ]] 'x'", sip_trunk = "Gateway", urgent_priority = true, emergency_services_number = true },
    { pattern = "91[2-9]X", partition = "Phones, Co.", block = true },
  },
}
LUA
cat >"$work/tests.lua" <<'LUA'
local caller = { calling_search_spaces = { "Überall; mehr" } }
return {
  { name = "help # and < more", from = caller, digits = "911", must = { device = "Gateway" } },
  { name = "numbers\that begin so\nare blocked", from = caller, digits = "9123", must = { outcome = "blocked" } },
}
LUA
ok "the plan is applied" cli apply "$work/plan.lua"

page() { # NAME WORDS...
  local name=$1
  shift
  cli dna "$@" html=true >"$work/$name.html"
  ok "xmllint takes the page $name as XML" xmllint --noout --nonet "$work/$name.html"
  ok "and as HTML, without a fault" bash -c '[ -z "$(xmllint --html --noout --nonet "$1" 2>&1)" ]' -- "$work/$name.html"
}
said() { xmllint --nonet --xpath "string($1)" "$2"; }
page digits analyze "calling_search_spaces=Überall; mehr" digits=9115 --digit_by_digit
ok "its heading" test "$(said //h1 "$work/digits.html")" = "What 9115 does"
ok "a row after each digit" test "$(said "count(//tr[@class='routes' or @class='waits' or @class='incomplete'])" "$work/digits.html")" = 3
ok "names stand there as they are" test "$(said "count(//li[@class='partition']/code[.=\"Außen ]] 'x'\"])" "$work/digits.html")" = 1
page forwarded analyze "calling_search_spaces=Überall; mehr" digits=4001
ok "each step is an item of a tree" test "$(said "count(//li)" "$work/forwarded.html")" -gt 10
page nowhere analyze "calling_search_spaces=Überall; mehr" "digits=<script>alert('&')</script>"
ok "what was typed is text" test "$(said "count(//script)" "$work/nowhere.html")" = 0
page emergency emergency
cli dna test "$work/tests.lua" >"$work/tests.tap"
ok "prove reads what came of the tests" prove -e cat "$work/tests.tap"
