-- Call detail and call management records as a foreign reader of CSV takes them.
local core = require "core"

local records = {}

local columns = { cdr = 129, cmr = 48 }

--- The rows of all finished files of that kind ("cdr", the default, or "cmr"), without what is still being written (*.part):
--- { {callingPartyNumber = "4003", ...}, ... }, in the order in which they were written.
function records.read(directory, kind)
  kind = kind or "cdr"
  local reader = [[
import csv, json, os, sys
directory, kind, columns = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = []
finished = [name for name in os.listdir(directory) if name.startswith(kind + "_") and not name.endswith(".part")]
for name in sorted(finished, key=lambda n: int(n.rsplit("_", 1)[1])):
    lines = list(csv.reader(open(os.path.join(directory, name), newline="")))
    for line in lines:
        assert len(line) == columns, (name, len(line))
    for line in lines[2:]:
        for of, cell in zip(lines[1], line):
            if of == "INTEGER":
                number = int(cell)
                assert kind == "cdr" or 0 <= number < 2**31, (name, cell)
        rows.append(dict(zip(lines[0], line)))
print(json.dumps(rows))
]]
  local pipe = assert(io.popen(("python3 -c '%s' '%s' %s %d"):format(reader, directory, kind, columns[kind])))
  local text = pipe:read "a"
  assert(pipe:close(), "the reader of CSV failed")
  return core.json_decode(text)
end

--- Those that a cluster's node has written.
function records.of(cluster, kind) return records.read(cluster.state .. "/cdr/files", kind) end

--- Finishes the open file of a cluster's node, as the end of its minute would, and returns all call detail records.
function records.finish(cluster)
  cluster:ask("service/deactivate", { service = "cdr" })
  cluster:ask("service/activate", { service = "cdr" })
  return records.of(cluster)
end

return records
