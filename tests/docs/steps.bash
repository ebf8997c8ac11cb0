# steps.bash DIRECTORY PAGE: does the steps of a page (see steps.awk) in one shell, each where the one before has led. What a block is
# stands behind its fence:
#   sh         commands; each must succeed
#   console    "$ command", "> more of it", and what it prints; a line "..." stands for lines that are left out
#   lua        with the first line "-- NAME.lua": a file, saved under that name where the reader is
#   sh (why)   commands that need what this machine has not: they are named and not run
# All else (text, json, c) is for reading.
steps=$1 page=$2 place="" done_so_far=0
set -Euo pipefail
exec 3>&1

# Tells where the page failed, and what its nodes had to say.
failed() {
  exec >&3 2>&3
  echo "$page:$place: $1"
  cat "$steps/printed"
  for log in "$HOME"/*/*.log; do
    [ ! -s "$log" ] || { echo "--- ${log#"$HOME"/} ends with"; tail -n 8 "$log"; }
  done
  trap - ERR EXIT
  exit 1
}

# What is another at each run: times, ids, the bytes that a file holds.
same() {
  sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' -e 's/\b([0-9a-f]{32}|[0-9a-f]{64})\b/ID/g' -e 's/holds [0-9]+ bytes/holds N bytes/g' \
    -e 's/"number":[0-9]+/"number":N/' \
    -e 's/[[:space:]]+$//'
}

# fits TEXT EXPECTED: whether TEXT is what the page shows.
fits() {
  local pattern
  pattern=$'\n'$(sed -e 's/[][\\*?]/\\&/g' -e 's/^\.\.\.$/*/' <<<"$2")$'\n'
  pattern=${pattern//$'\n*\n'/$'\n*'}
  # shellcheck disable=SC2053 # a pattern it shall be
  [[ $'\n'$1$'\n' == ${pattern} ]]
}

# asks COMMAND: whether it only asks. Such a one is asked again for a while: what was begun before may not have ended yet.
asks() {
  [[ $1 =~ ^cat\  || $1 =~ ^sojourn\ .*(list|get|status|show|session|check|validate|explain|trace|peers|lookup)(\ |$) ]]
}

# try COMMAND EXPECTED: one command of a console, and what the page shows below it.
try() {
  local expected code deadline=$((SECONDS + 15))
  expected=$(same <<<"$2")
  while true; do
    code=0
    eval "$1" >"$steps/printed" 2>&1 || code=$?
    fits "$(same <"$steps/printed")" "$expected" && [ "$code" -lt 126 ] && break
    if ! asks "$1" || [ "$SECONDS" -ge "$deadline" ]; then
      failed "\"$1\" (exit code $code) does not print what the page shows, but:"
    fi
    sleep 0.1
  done
  done_so_far=$((done_so_far + 1))
}

console() {
  local command="" expected="" line
  while IFS= read -r line <&9; do
    case $line in
    '$ '*)
      [ -z "$command" ] || try "$command" "$expected"
      command=${line#'$ '} expected=""
      ;;
    '> '*) command+=$'\n'${line#'> '} ;;
    *) expected+=${expected:+$'\n'}$line ;;
    esac
  done 9<"$1"
  try "$command" "$expected"
}

: >"$steps/printed"
trap '[ "$kind" != sh ] || place=$((place + LINENO)); failed "\"$BASH_COMMAND\" fails:"' ERR
trap 'failed "the shell has ended"' EXIT
set -e
for step in "$steps"/[0-9]*; do
  IFS=. read -r _ kind place <<<"${step##*/}"
  case $kind in
  sh)
    # shellcheck disable=SC1090
    . "$step" >"$steps/printed" 2>&1
    done_so_far=$((done_so_far + $(grep -c . "$step")))
    ;;
  console) console "$step" ;;
  file) tail -n +2 "$step" >"$(head -n 1 "$step")" ;;
  left) echo "$page:$place is not run $(head -n 1 "$step")" ;;
  esac
done
trap - ERR EXIT
# What runs until it is stopped is stopped, and ends well: a node with 0.
for job in $(jobs -p); do
  kill -TERM "$job" 2>/dev/null || true
  code=0
  wait "$job" || code=$?
  [ "$code" = 0 ] || [ "$code" = 143 ] || failed "what runs in the background ended with $code"
done
echo "$page: $done_so_far lines of commands do what it says"
