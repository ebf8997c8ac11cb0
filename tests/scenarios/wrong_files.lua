-- Wrong node files, apply files, policy files and command lines: a table of cases. Each gets one sentence that says where, what was
-- expected and what came, its exit code, and changes nothing.
local core = require "core"
local declared = require "declared"
local lab = require "lab"
local task = require "task"

local hq = lab.cluster { id = "HQ" }

local function write_file(name, text)
  local path = lab.directory .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local runs = 0
local function run(line)
  runs = runs + 1
  local base = ("%s/run-%03d"):format(lab.directory, runs)
  local code, signal = task.await(function(done) core.spawn(line, base .. ".out", base .. ".err", done) end)
  return { code = code or "signal " .. signal, output = read_file(base .. ".out"), error = read_file(base .. ".err") }
end

-- The sentence is the whole of what was said, or its first line where a usage follows.
local function check(what, result, code, parts)
  lab.eq(result.code, code, ("%s: it said %q and ended with"):format(what, result.error))
  local first = result.error:match("^[^\n]*")
  for _, part in ipairs(parts) do lab.contains(first, part, what) end
  lab.eq(result.output, "", what .. ": printed as an answer")
end

-- Node files ---------------------------------------------------------------------------------------------------------------------------

local function node_text(more, listen)
  return ("return { cluster = 'HQ', node = 'n', listen = { address = '127.0.0.1'%s }, directories = { state = %q }%s }"):format(listen or "",
    lab.directory .. "/untouched", more or "")
end

local node_files = {
  { "an empty file", "", { "expected that it returns a table", "got nil" } },
  { "half a file", "return { cluster = ", { ":1: ", "unexpected symbol" } },
  { "a value that is none", "return 7", { "expected that it returns a table", "got number" } },
  { "bytes", "\x1bLua\0\1\2", { "binary" } },
  { "no cluster", "return { node = 'n', listen = { address = '127.0.0.1' } }", { "cluster: expected a cluster id", "got nothing" } },
  { "a cluster with a blank", "return { cluster = 'H Q', node = 'n', listen = { address = '127.0.0.1' } }", { "cluster: expected", 'got "H Q"' } },
  { "no address", "return { cluster = 'HQ', node = 'n' }", { "listen", "expected" } },
  { "a name as address", "return { cluster = 'HQ', node = 'n', listen = { address = 'here' } }", { "listen.address: expected an IPv4 or IPv6 address", 'got "here"' } },
  { "a port too high", node_text("", ", sip = 65536"), { "listen.sip: expected a port (1 to 65535)", "got number 65536" } },
  { "a port as text", node_text("", ", http = '80'"), { "listen.http: expected a port", 'got "80"' } },
  { "a port used twice", node_text("", ", http = 9000, https = 9000"), { "listen.https: expected a port of its own", "listen.http" } },
  { "an unknown key", node_text(", rolle = 'publisher'"), { "rolle: unknown key", "role" } },
  { "an unknown role", node_text(", role = 'boss'"), { 'role: expected "publisher" (a cluster has one node so far', 'got "boss"' } },
  { "a log that is no table", node_text(", log = 'debug'"), { "log: expected a table", 'got "debug"' } },
  { "an unknown level", node_text(", log = { level = 'all' }"), { "log.level: expected", 'got "all"' } },
  { "an endless loop", "while true do end", { "does not end" } },
  { "a grab for memory", "local t = {} for i = 1, 1e9 do t[i] = {} end", { "not enough memory" } },
  { "a call of the system", "return { cluster = os.getenv 'HOME' }", { ":1: ", "os" } },
  { "a name twice", node_text(",\n cluster = 'BR'"), { ":2: ", "expected each name once in a table", 'got "cluster" again, which line 1 has' } },
}

lab.test("wrong node files", function()
  for index, case in ipairs(node_files) do
    local name, text, parts = table.unpack(case)
    local path = write_file(("node-%02d.lua"):format(index), text)
    for _, line in ipairs { { hq.programs .. "/sojournd", "-c", path, "--check" }, { hq.programs .. "/sojournd", "-c", path } } do
      check("a node file with " .. name, run(line), 2, { path, table.unpack(parts) })
    end
  end
  lab.check(not core.real_path(lab.directory .. "/untouched"), "a wrong node file has made a state directory")
  return #node_files .. " cases"
end)

lab.test("wrong arguments of sojournd", function()
  local program = hq.programs .. "/sojournd"
  check("no arguments", run { program }, 2, { "expected -c FILE" })
  check("-c alone", run { program, "-c" }, 2, { "-c" })
  check("an unknown option", run { program, "--chek" }, 2, { 'unexpected argument "--chek"' })
  check("a file that is not there", run { program, "-c", "/no/such/node.lua" }, 2, { "/no/such/node.lua", "No such file" })
  check("a directory", run { program, "-c", lab.directory }, 2, { lab.directory })
  check("two files", run { program, "-c", "a", "b" }, 2, { 'unexpected argument "b"' })
end)

-- Files for a node that runs -----------------------------------------------------------------------------------------------------------

lab.step("a node runs", function()
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }
end)

local function everything()
  local world, all = declared.world(hq), {}
  for _, resource in ipairs(world.schema.resources) do all[#all + 1] = select(3, declared.call(hq, "GET", resource.plural)) end
  all[#all + 1] = select(3, declared.call(hq, "GET", "parameters"))
  return table.concat(all, "\n")
end

local before = everything()

local apply_files = {
  { "nothing in it", "", { "must return a table" } },
  { "half of it", "return { partitions = {", { ":1: " } },
  { "a number", "return 7", { "must return a table", "number" } },
  { "bytes", "\x1bLua\0", { "binary" } },
  { "an endless loop", "while true do end", {} },
  { "a grab for memory", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(i) end", {} },
  { "a call of the system", "return { partitions = os.execute 'true' }", { ":1: ", "os" } },
  { "a word without quotes", "return { partitions = { { name = Phones } } }", { ":1: ", 'there is no "Phones" here: texts stand in quotes' } },
  { "a function as value", "return { partitions = { { name = function() end } } }", { "name", "function" } },
  { "names and numbers mixed", "return { partitions = { { name = 'a' }, more = 1 } }", { "partitions" } },
  { "a list twice", "return { partitions = {}, phones = {},\n\n partitions = { { name = 'a' } } }", { ":3: ", "expected each name once", 'got "partitions" again, which line 1 has' } },
  { "a parameter twice", "return { parameters = { Enterprise = { ['Cluster ID'] = 'A', ['Cluster ID'] = 'B' } } }", { 'got "Cluster ID" again' } },
  { "a key where keys are due", "return { remove = { partitions = 'a' } }", { "remove.partitions: expected a list of keys, got a single value" } },
  { "an unknown list", "return { partition = { { name = 'a' } } }", { "partition: ", "did you mean partitions?" } },
  { "a record where a list is due", "return { partitions = { name = 'a' } }", { "partitions: expected a list of records" } },
  { "a text where a record is due", "return { partitions = { 'a' } }", { "partitions[1]: expected an object" } },
  { "an unknown field", "return { partitions = { { name = 'a', descripton = 'b' } } }", { "partitions[1].descripton", "did you mean description?" } },
  { "a missing key", "return { partitions = { { description = 'b' } } }", { "partitions[1].name: expected a value" } },
  { "a wrong type", "return { partitions = { { name = 'a' }, { name = 'b', description = 5 } } }", { "partitions[2].description: expected a text", "got the number 5" } },
  { "the same twice", "return { partitions = { { name = 'a' }, { name = 'a' } } }", { "partitions[2]", "number 1 has the key" } },
  { "a reference to nothing", "return { calling_search_spaces = { { name = 'a', partitions = { 'none' } } } }", { "calling_search_spaces[1].partitions[1]", "none" } },
  { "an unknown service", "return { parameters = { Enterprize = { ['Cluster ID'] = 'a' } } }", { "parameters.Enterprize" } },
  { "an unknown parameter", "return { parameters = { Enterprise = { ['Cluster Id'] = 'a' } } }", { "parameters.Enterprise.Cluster Id", "did you mean Cluster ID?" } },
  { "a parameter out of range", "return { parameters = { ['Cisco Tftp'] = { ['Transfer Timeout'] = 4 } } }", { "Transfer Timeout: expected a number from 5 to 300 s, got 4" } },
  { "what services write", "return { sessions = { { device_name = 'a' } } }", { "sessions: ", "only services write it" } },
  { "a removal of what is used", "return { remove = { date_time_groups = { 'CMLocal' } } }", { "remove.date_time_groups[1]", 'the device_pool "Default" refers to it' } },
  { "tables without an end", "local t = {} t.a = t return { partitions = t }", { "nested" } },
  { "bytes that are no text", "return { partitions = { { name = 'a\\xff' } } }", { "UTF-8" } },
  { "a zero byte", "return { partitions = { { name = 'a\\0b' } } }", { "partitions", "zero byte" } },
  { "a line end in a name", "return { partitions = { { name = 'a\\nb' } } }", { "partitions[1].name" } },
}

lab.test("wrong apply files", function()
  for index, case in ipairs(apply_files) do
    local name, text, parts = table.unpack(case)
    local path = write_file(("apply-%02d.lua"):format(index), text)
    for _, words in ipairs { { "apply", path }, { "apply", path, "--dry-run" } } do
      local result = hq:try(words)
      check("an apply file with " .. name, result, 1, { "sojourn: ", table.unpack(parts) })
      lab.check(select(2, result.error:gsub("\n", "")) == 1, "an apply file with %s: one sentence was expected, got %q", name, result.error)
    end
  end
  lab.eq(everything(), before, "what is configured")
  return #apply_files .. " cases"
end)

lab.test("an apply file with several mistakes: each is told with its place", function()
  local result = hq:try { "apply", write_file("several.lua",
    "return { partitions = { { name = 5 }, { nme = 'a' } }, calling_search_spaces = 7 }") }
  lab.eq(result.code, 1, "ends with")
  for _, part in ipairs { "partitions[1].name", "partitions[2].nme", "calling_search_spaces" } do lab.contains(result.error, part) end
  lab.eq(everything(), before, "what is configured")
end)

local policy_files = {
  { "nothing in it", "", {} },
  { "half of it", "return { hooks = {", { ":1: " } },
  { "a number", "return 7", {} },
  { "bytes", "\x1bLua\0", {} },
  { "no hooks", "return { hooks = {} }", {} },
  { "an unknown hook", "return { hooks = { ['css.selct'] = function() end } }", { "css.selct", "css.select" } },
  { "a hook that is no function", "return { hooks = { ['css.select'] = 5 } }", { "css.select" } },
  { "an unknown member", "return { hook = { ['css.select'] = function() end } }", { "hook" } },
  { "an endless loop", "while true do end", {} },
  { "a grab for memory", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", {} },
  { "a call of the system", "os.execute 'true' return { hooks = {} }", { ":1: ", "os" } },
}

lab.test("wrong policy files", function()
  for index, case in ipairs(policy_files) do
    local name, text, parts = table.unpack(case)
    local path = write_file(("policy-%02d.lua"):format(index), text)
    for _, verb in ipairs { "check", "activate", "shadow", "replay", "test" } do
      local result = hq:try { "policy", verb, path }
      local said = result.error .. result.output
      lab.eq(result.code, 1, ("policy %s of a file with %s: it said %q and ended with"):format(verb, name, said))
      lab.contains(said, ("policy-%02d.lua"):format(index), "policy " .. verb .. " of a file with " .. name)
      for _, part in ipairs(parts) do lab.contains(said, part, "policy " .. verb .. " of a file with " .. name) end
    end
  end
  lab.eq(everything(), before, "what is configured")
  return #policy_files .. " cases, five commands each"
end)

-- Command lines ------------------------------------------------------------------------------------------------------------------------

local command_lines = {
  { {}, 2, { "usage" } },
  { { "--no-such-option" }, 2, { "--no-such-option" } },
  { { "phon" }, 2, { 'no command "phon"' } },
  { { "phone" }, 2, { "usage" } },
  { { "phone", "lst" }, 2, { "usage" } },
  { { "phone", "get" }, 2, { "usage" } },
  { { "phone", "get", "SEP000000000000" }, 1, { "SEP000000000000" } },
  { { "phone", "get", "SEP000000000000", "more" }, 2, { "usage" } },
  { { "phone", "add" }, 2, { "usage" } },
  { { "phone", "add", "name=SEP000000000000" }, 1, { "model: expected a value" } },
  { { "phone", "add", "name=SEP000000000000", "modl=Cisco 8851" }, 2, { 'no field "modl"', 'did you mean "model"' } },
  { { "phone", "add", "name=a", "name=b" }, 2, { "name is given twice" } },
  { { "phone", "add", "SEP000000000000" }, 2, { "expected FIELD=VALUE" } },
  { { "phone", "add", "name=SEP 00", "model=Cisco 8851" }, 1, { "name: expected" } },
  { { "phone", "add", "name=SEP000000000000", "model=Cisco 1" }, 1, { "model: ", "Cisco 1" } },
  { { "phone", "add", "name=SEP000000000000", "model=Cisco 8851", "protocol=H323" }, 1, { 'protocol: expected one of "SIP", "SCCP"', 'got the text "H323"' } },
  { { "phone", "add", "name=SEP000000000000", "model=Cisco 8851", "enable_extension_mobility=perhaps" }, 1, { "enable_extension_mobility: expected true or false", '"perhaps"' } },
  { { "phone", "add", "name=SEP000000000000", "model=Cisco 8851", "lines=[{" }, 1, { "lines: expected" } },
  { { "phone", "list", "nme=a" }, 2, { 'no field "nme"' } },
  { { "phone", "remove" }, 2, { "usage" } },
  { { "phone", "remove", "SEP000000000000" }, 1, { "SEP000000000000" } },
  { { "phone", "set", "SEP000000000000", "description=a" }, 1, { "SEP000000000000" } },
  { { "phone", "set", "SEP000000000000" }, 2, { "usage" } },
  { { "phone", "reset" }, 1, { "device_name" } },
  { { "session", "add", "device_name=a" }, 1, { "only services write it" } },
  { { "param", "get" }, 2, { "usage" } },
  { { "param", "get", "Enterprise", "No such" }, 1, { 'no parameter "No such"' } },
  { { "param", "set", "Cisco Tftp", "Transfer Timeout", "soon" }, 1, { "expected a whole number", '"soon"' } },
  { { "param", "set", "Cisco Tftp", "Transfer Timeout", "1e30" }, 1, { "expected a whole number" } },
  { { "service", "activate" }, 1, { "service" } },
  { { "service", "activate", "tftpd" }, 1, { "tftpd" } },
  { { "service", "activate", "tftp", "more" }, 2, { '"more" is one word too many' } },
  { { "emcc", "insert", "many" }, 1, { "number: expected", '"many"' } },
  { { "emcc", "insert", "-1" }, 1, { "number: expected" } },
  { { "apply" }, 2, { "usage" } },
  { { "apply", "/no/such/file.lua" }, 1, { "/no/such/file.lua" } },
  { { "apply", "a", "b" }, 2, { "usage" } },
  { { "policy", "check", "/no/such/file.lua" }, 1, { "/no/such/file.lua" } },
  { { "policy", "rollback", "no.such" }, 1, { "no.such" } },
  { { "policy", "show", "12" }, 1, { "12" } },
  { { "trace" }, 2, { "usage" } },
  { { "trace", "xyz" }, 1, { "xyz" } },
  { { "events", "tial" }, 2, { "usage" } },
  { { "events", "tail", "--type", "no.such" }, 1, { "no.such" } },
  { { "plugin", "inspect", "/no/such.so" }, 1, { "/no/such.so" } },
}

lab.test("wrong command lines", function()
  for _, case in ipairs(command_lines) do
    local words, code, parts = table.unpack(case)
    local result = hq:try(words)
    local what = "sojourn " .. table.concat(words, " ")
    lab.eq(result.code, code, ("%s: it said %q and ended with"):format(what, result.error))
    for _, part in ipairs(parts) do lab.contains(result.error, part, what) end
  end
  lab.eq(everything(), before, "what is configured")
  return #command_lines .. " cases"
end)

lab.test("a node that is not there", function()
  local result = run { hq.programs .. "/sojourn", "--node", lab.directory .. "/nobody", "phone", "list" }
  check("no node", result, 3, { lab.directory .. "/nobody" })
end)
