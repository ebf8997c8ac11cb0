-- Every command that docs/symptoms.md and docs/error-codes.md name is one that the nodes know, with the words printed there.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
pair.log_alice_in(world)
local trace = world.hq:get("sessions/" .. pair.desk_name).trace_id
world.desk:login("alice", "0") -- so that there is an attempt to be shown

local stand_ins = {
  USER = "alice", DEVICE = pair.desk_name, MODEL = "Cisco 8851", TEMPLATE = "EMCC_Device_Template", NUMBER = "4001",
  PARTITION = "HQ-Phones", TRACE = trace,
}

-- A line as the shell splits it, with the page's placeholders filled in.
local function split(command, other)
  local words = {}
  command = command:gsub("%s+#.*$", ""):gsub("trace %x+$", "trace TRACE"):gsub('"[^"]*"', function(text) return text:gsub(" ", "\1") end)
  for word in command:gmatch "%S+" do
    words[#words + 1] = word:gsub('"', ""):gsub("\1", " "):gsub("%u%u%u+", function(name)
      return name == "CLUSTER" and other.id or stand_ins[name]
    end)
  end
  return words
end

local function run(cluster, command, other)
  local words = split(command, other)
  local result = cluster:try(words)
  -- What is not there is a good answer too, and what is not well; a command or a parameter that does not exist is none.
  local bad_news = result.output:find "^ready: no" or result.output:find "^valid: no" or result.output:find "failed: %d"
  lab.check(result.code == 0 or (result.code == 1 and (bad_news or result.error:find("there is no [%w_ ]+[\"%u]"))), "%s: sojourn %s: %s%s",
    cluster.id, command, result.error, result.output)
end

local function try_all(text, pattern)
  local count = 0
  for command in text:gmatch(pattern) do
    local told = command:match "# at (%u+)"
    local at_br = told == "BR" or not told and command:find("HQ", 1, true) and not command:find("@HQ", 1, true)
    local cluster = at_br and world.br or world.hq
    if not command:find("^events tail") then run(cluster, command, at_br and world.hq or world.br) end
    count = count + 1
  end
  return count
end

lab.test("docs/symptoms.md", function()
  local page = codes.read_file "../../docs/symptoms.md"
  local count = try_all(page, "%$ sojourn ([^\n]+)") + try_all(page:gsub("%$ sojourn", "$"), "`sojourn ([^`\n]+)`")
  lab.check(count >= 20, "only %d commands", count)
  return count .. " commands"
end)

lab.test("docs/error-codes.md", function()
  local count = try_all(codes.read_file "../../docs/error-codes.md", "`sojourn ([^`\n]+)` |")
  lab.check(count >= 35, "only %d commands", count)
  return count .. " commands"
end)
