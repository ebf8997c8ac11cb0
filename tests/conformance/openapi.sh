#!/usr/bin/env bash
# The OpenAPI document, by software that we did not write: python3-jsonschema holds it against the OpenAPI Initiative's own schema of OpenAPI 3.0
# (Debian's openapi-specification), Perl's JSON::Validator holds it against its own, and python3-jsonschema each answer and live event of a node against the document.
. "$(dirname "$0")/lib.sh"
need python3
specification=/usr/share/openapi-specification/schemas/v3.0/schema.json
[ -f "$specification" ] || skip "openapi-specification is not installed"
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
here=$(cd "$(dirname "$0")" && pwd)

exchanges() { SOJOURN_EXCHANGES="$work/exchanges" "$build/bin/sojourn-lab" run --deadline 300 "$here/../scenarios/openapi_exchanges.lua" >"$work/lab.log" 2>&1; }
ok "a node is asked for everything" exchanges
check() { /usr/bin/python3 "$here/openapi.py" "$1" "$specification" "$work/exchanges"; }
ok "the document is one of OpenAPI 3.0" check document
if perl -MJSON::Validator -e 1 2>/dev/null; then
  /usr/bin/python3 - "$work" <<'PY'
import json, sys
document = next(line["answer"] for line in map(json.loads, open(sys.argv[1] + "/exchanges", encoding="utf-8")) if line.get("path") == "/openapi.json")
open(sys.argv[1] + "/openapi.json", "w", encoding="utf-8").write(document)
PY
  valid() { perl -MJSON::Validator -e 'my @errors = @{JSON::Validator->new->schema($ARGV[0])->schema->errors}; print "$_\n" for @errors; exit(@errors ? 1 : 0)' "$work/openapi.json"; }
  ok "Perl's JSON::Validator takes it for one too" valid
else
  left_out "Perl's JSON::Validator" libjson-validator-perl
fi
ok "it can be used: names, tags, references, examples, defaults" check use
ok "it has every path and method of the node" check paths
ok "each answer is one that it describes" check answers
ok "each live event is one that it describes" check events
ok "each body that was taken is one that it describes" check bodies
