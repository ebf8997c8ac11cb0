# Takes a page apart: each block that is not for reading alone becomes a file NUMBER.KIND.LINE in `directory`.
function refuse(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failed = 1; exit 1 }

inside && /^```$/ { inside = 0; if (file != "") close(file); next }
inside {
  if (kind == "lua" && file == "" && !named) {
    named = 1
    if ($0 !~ /^-- [a-z-]+\.lua$/) next
    begin("file")
    print substr($0, 4) > file
  }
  if (file != "") print > file
  next
}
/^```/ {
  inside = 1; named = 0; file = ""
  kind = $0; sub(/^```/, "", kind)
  if (kind == "") refuse("a block does not say what it is: sh, console, lua, text ...")
  if (kind == "sh" || kind == "console") begin(kind)
  if (kind ~ /^sh \(.*\)$/) { begin("left"); print substr(kind, 4) > file }
  next
}
# Lists go on with indented lines; a block would come after an empty line.
/^    / && before ~ /^$/ { refuse("an indented block does not say what it is: fence it") }
{ before = $0 }
END { if (!failed && inside) refuse("the last block does not end") }

function begin(what) { file = sprintf("%s/%03d.%s.%d", directory, ++count, what, FNR); printf "" > file }
