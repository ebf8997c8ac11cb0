#!/usr/bin/env bash
# domain.sh [ROOT]: the ground of the host knows no resource of the domain by its name: no file of host/core, record, bus or store
# uses the C type, metadata or header of a declared resource, but for the cluster's own nodes. Prints what does; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"
names=$(grep -rhoE '\bresource = "[a-z_]+"' schemas/resources | cut -d'"' -f2 | sort -u)
[ -n "$names" ] || { echo 'schemas/resources: no resource is declared'; exit 2; }
pattern=$(echo "$names" | paste -sd'|')
found=$(grep -rnE "\bsj_($pattern)(_meta|_record_meta|_get|_list|_at|_put|_delete|_count)?\b|\"resources/" \
  host/core host/record host/bus host/store --include='*.[ch]' | grep -vE '\bsj_node\b|"resources/node\.h"')
[ -z "$found" ] || { echo "$found"; echo 'the ground of the host uses a resource of the domain by name: declare it, or make it a rule (schemas/rules)'; exit 1; }
