#!/usr/bin/env bash
# Files for an imported catalog, as software writes them that we did not write: Python's csv, sqlite3, and the spreadsheets LibreOffice
# and Gnumeric where they are installed.
. "$(dirname "$0")/lib.sh"
need python3 sqlite3
[ "$(id -u)" -eq 0 ] || tftp_port=6969

node_start hub-1 HUB "$(loopback 1)" ils bulk || exit 1
cat >"$work/site.lua" <<'LUA'
return {
  imported_catalogs = { { name = "Old PBX", route_string = "pbx.example" } },
  ils_configuration = { role = "hub", exchange_dial_plan = true, advertised_route_string = "hub.example" },
}
LUA
ok "the site is applied" cli apply "$work/site.lua"

json() { cli --json "$@" | tr -d ' \t\n'; }
advertised() { json ils status | sed 's/.*"advertised":\([0-9]*\).*/\1/'; }
job_says() { cli job get "$1" | grep -q "$2"; }
# import FILE RESULT NUMBER: the job of the file ends with the result, and so many objects are advertised then.
import() {
  local job
  job=$(json imported-catalog import "Old PBX" "$1" | sed 's/.*"job_id":"\([0-9]*\)".*/\1/')
  wait_for 10 job_says "$job" "$2" || { cli job get "$job"; return 1; }
  wait_for 10 test_advertised "$3" || { advertised; return 1; }
}
test_advertised() { [ "$(advertised)" = "$1" ]; }
found() { wait_for 10 found_now "$@" || { cli ils lookup "$1"; return 1; }; }
found_now() { json ils lookup "$1" | grep -q "\"pbx.example\".*\"pstn_failover\":\"$2\""; }

python3 - "$work" <<'PY'
import csv, sys
head = ["pattern", "pstn_failover", "strip_digits", "prepend_digits", "description"]
rows = [["otto@pbx.example", "+49301", "", "", 'Müller; "Otto", 2nd\nfloor'], ["8001", "+49308001", "", "", ""], ["+4930xx", "", "2", "0", ""]]
for dialect in csv.list_dialects():
    with open(f"{sys.argv[1]}/{dialect}.csv", "w", newline="", encoding="utf-8-sig" if dialect == "excel" else "utf-8") as file:
        csv.writer(file, dialect=dialect).writerows([head] + rows)
with open(f"{sys.argv[1]}/german.csv", "w", newline="", encoding="utf-8-sig") as file:
    csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows([head] + rows + [["8002", "", "", "", "Ä"]])
with open(f"{sys.argv[1]}/latin.csv", "w", newline="", encoding="latin-1") as file:
    csv.writer(file, delimiter=";").writerows([head] + rows)
with open(f"{sys.argv[1]}/many.csv", "w", newline="") as file:
    csv.writer(file).writerows([head] + [[f"70{number:05}", f"+493070{number:05}", "", "", "x" * 30] for number in range(20000)])
PY
for dialect in excel excel-tab unix; do
  ok "Python's csv, $dialect" import "$work/$dialect.csv" "3 of 3 objects" 3
done
ok "a URI of it is looked up" found otto@pbx.example +49301
ok "and a number that fits a pattern of it" found +493077 093077
ok "Python's csv as a German spreadsheet writes it" import "$work/german.csv" "4 of 4 objects" 4
refuses() { ! cli imported-catalog import "Old PBX" "$1" 2>"$work/refusal" && grep -q "$2" "$work/refusal"; }
ok "what is not UTF-8 is refused, with its line" refuses "$work/latin.csv" "latin.csv, line 2: this is no UTF-8"

sqlite3 -csv -header "$work/pbx.db" "create table plan (number text, pstn_failover text); \
  insert into plan values ('8003', '+49308003'), ('8004', null), ('80 05', ''); select * from plan" >"$work/sqlite.csv"
ok "sqlite3 -csv: what is wrong is told by its line" import "$work/sqlite.csv" "Line 4: .*2 of 3 objects" 6

wrong_line() { ! cli imported-catalog import "Old PBX" "$work/sqlite.csv" >"$work/said" && grep -q "Line 4: .*2 of 3 objects" "$work/said"; }
ok "the command ends as the job ends" wrong_line
ok "a long file goes in parts" cli imported-catalog import "Old PBX" "$work/many.csv"
ok "all of which are advertised" wait_for 60 test_advertised 20006
ok "the last line is looked up" found 7019999 +49307019999

# A spreadsheet: a file is made of a table that Python has written, and written as CSV by the spreadsheet.
printf 'pattern;pstn_failover;description\n"anna@pbx.example";"+49302";"Grüße; 1"\n"8006";;\n' >"$work/table.csv"
if command -v soffice >/dev/null; then
  for delimiter in 59 44; do # semicolons, commas; quotes; UTF-8
    rm -f "$work/out/table.csv"
    HOME=$work soffice --headless --norestore --infilter="CSV:59,34,76,1,1/2/2/2/3/2" \
      --convert-to "csv:Text - txt - csv (StarCalc):$delimiter,34,76,1,,0,false,true,false" --outdir "$work/out" "$work/table.csv" >/dev/null 2>&1
    ok "LibreOffice, the delimiter $delimiter" import "$work/out/table.csv" "2 of 2 objects" 20008
  done
else
  left_out "LibreOffice" soffice
fi
if command -v ssconvert >/dev/null; then
  printf 'pattern,pstn_failover,description\n"anna@pbx.example","00492","Grüße, 1"\n"8007",,\n' >"$work/gnumeric.csv"
  HOME=$work ssconvert "$work/gnumeric.csv" "$work/table.xlsx" >/dev/null 2>&1
  HOME=$work ssconvert "$work/table.xlsx" "$work/written.csv" >/dev/null 2>&1
  ok "Gnumeric" import "$work/written.csv" "2 of 2 objects" $((20007 + $(command -v soffice >/dev/null && echo 2 || echo 1)))
else
  left_out "Gnumeric" ssconvert
fi

ok "the catalog is removed" cli imported-catalog remove "Old PBX"
ok "nothing of it is advertised" wait_for 20 test_advertised 0
nothing_left() { [ "$(json imported-number list)" = "[]" ]; }
ok "and nothing of it is left" wait_for 60 nothing_left
