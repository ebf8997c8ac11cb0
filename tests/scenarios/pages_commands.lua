-- Commands that pages name in the middle of a sentence or a table. Those of docs/symptoms.md and docs/error-codes.md, which a person in
-- trouble types, are tried with the words printed there; of all other pages the nodes know command and fields. (Blocks of commands are
-- done by tests/docs.)
local codes = require "codes"
local core = require "core"
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
  local not_there = result.error:find("there is no [%w_ ]+[\"%u]") and not result.error:find("there is no command", 1, true)
  lab.check(result.code == 0 or (result.code == 1 and (bad_news or not_there)), "%s: sojourn %s: %s%s", cluster.id, command, result.error,
    result.output)
end

-- The commands that stand in the middle of a page's sentences and tables.
local function named(page, behind) return codes.read_file("../../docs/" .. page):gmatch("`sojourn ([^`\n]+)`" .. (behind or "")) end

local function try_all(page, behind)
  local count = 0
  for command in named(page, behind) do
    local at_br = command:find("HQ", 1, true) and not command:find("@HQ", 1, true)
    local cluster = at_br and world.br or world.hq
    if not command:find("^events tail") then run(cluster, command, at_br and world.hq or world.br) end
    count = count + 1
  end
  return count
end

lab.test("docs/symptoms.md", function()
  local count = try_all "symptoms.md"
  lab.check(count >= 12, "only %d commands", count)
  return count .. " commands"
end)

lab.test("docs/error-codes.md", function()
  local count = try_all("error-codes.md", " |")
  lab.check(count >= 35, "only %d commands", count)
  return count .. " commands"
end)

-- What the help does not tell of a command: nil when all is there.
local function missing(command)
  local words = split(command, world.br)
  local noun, verb = words[1], words[2]
  if noun == "help" then return nil end
  local help = world.hq:try { "help", noun }
  if help.code ~= 0 then return noun end
  local function told(word) return help.output:find("%f[%w_]" .. word:gsub("%p", "%%%0") .. "%f[^%w_]") end
  -- A command that begins with a name, as trace ID does, has no verb.
  if verb and verb:find "^%l[%l-]*$" and not told(verb) then return verb end
  for i = 3, #words do
    local field = words[i]:match "^%[?([%l_]+)="
    if field and not told(field) then return field end
  end
end

lab.test("the commands that other pages name are known, and their fields", function()
  local count = 0
  for _, page in ipairs(core.list_directory(lab.beside "../../docs")) do
    for command in (page:find "%.md$" and named(page) or function() end) do
      -- Of a plugin that the page has the reader make.
      if not command:find "weather" then
        local word = missing(command)
        lab.check(not word, "docs/%s: sojourn %s: the help does not tell of \"%s\"", page, command, word)
        count = count + 1
      end
    end
  end
  lab.check(count >= 80, "only %d commands", count)
  return count .. " commands"
end)
