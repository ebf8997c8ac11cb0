#!/usr/bin/env bash
# copies.sh [ROOT]: what the base library of the SDK has is not written again. Looks in host/, sdk/ and plugins/ for the marks of the
# usual copies: the numbers of FNV-1a, tables of hexadecimal digits, links that are taken out of a list by hand, arrays whose room is
# doubled by hand, files that are renamed into place, percent-encoding, numbers in network order. Prints where one stands; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"
failed=0

# look PATTERN HEADER: the pattern stands nowhere outside the base library.
look() {
  local found
  found=$(grep -rnE "$1" host sdk plugins --include='*.[ch]' 2>/dev/null | grep -vE '^sdk/(library|include/sojourn)/base/')
  [ -n "$found" ] || return 0
  sed -E "s|^([^:]*:[0-9]+):.*|\1: use <sojourn/base/$2>|" <<<"$found"
  failed=1
}

look '2166136261|16777619|14695981039346656037|1099511628211|0x100000001b3|0xcbf29ce484222325' hash.h
look '= "0123456789(abcdef|ABCDEF)"' hex.h
look '\*(link|at|place|slot|previous) = .*->next;|->previous->next' list.h
look '[>.][a-z_]*(room|capacity)[a-z_]* (==|>|!=) 0 \?.*( \* 2|\b2 \* )' array.h
look '(^|[^_[:alnum:]])rename\(' file.h
look '%%%02[xX]"|-\._~' text.h
look '\b([a-z_]+((->|\.)[a-z_]+)*) != NULL \? \1 : ""' text.h
look '\b([a-z_]+((->|\.)[a-z_]+)*) == NULL \? "" : \1([],;)}]|$)' text.h
look '<< 24 \||>> 24\),|<< 8 \| ?\*?[a-z]' big_endian.h
exit $failed
