-- docs/applications.md, tried as printed: each command of the page, and the answer printed below it. What differs is the addresses.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local hq, br = world.hq, world.br

-- The page as a list of { command, answer }.
local commands, this = {}, nil
for line in (codes.read_file "../../docs/applications.md" .. "\n"):gmatch("([^\n]*)\n") do
  local text = line:match("^    (.*)")
  local command, more = (text or ""):match("^%$ (.*)"), (text or ""):match("^> (.*)")
  if command then
    this = { command = command, answer = "" }
    commands[#commands + 1] = this
  elseif more then
    this.command = this.command .. "\n" .. more
  elseif text then
    this.answer = this.answer .. text .. "\n"
  end
end

-- What was defined before holds for what follows.
local defined = ""
local function run(command)
  local at_hq = command:find("# at HQ", 1, true)
  local cluster = at_hq and hq or br
  local out = lab.directory .. "/page.out"
  os.remove(out)
  command = command:gsub("127%.0%.2%.1", br.address)
  local process = ("export LC_ALL=C.UTF-8 PATH='%s':\"$PATH\" SOJOURN_SOCKET='%s' NO_PROXY='*'; cd '%s'\n%s%s\n"):format(cluster.programs,
    cluster.socket, lab.directory, defined, command)
  local code = task.await(function(done) require "core".spawn({ "bash", "-uo", "pipefail", "-c", process }, out, out, done) end)
  if command:find("^%w+=") or command:find("^%w+%(%)") then defined = defined .. command .. "\n" end
  return codes.read(out), code
end

lab.step("a page with commands", function()
  lab.check(#commands >= 20, "%d commands", #commands)
  return #commands .. " commands"
end)

for _, entry in ipairs(commands) do
  -- One that never ends by itself is tried elsewhere.
  if not entry.command:find "^sojourn events tail" then
    lab.test(entry.command:gsub("%s+", " "):sub(1, 150), function()
      local printed, code = run(entry.command)
      lab.eq(printed, entry.answer)
      lab.eq(code, 0, "exit code")
      if printed:find "^<" then
        local file = lab.directory .. "/page.out"
        lab.check(os.execute(("xmllint --noout --nonet --dtdvalid '%s' '%s' >/dev/null 2>&1"):format(
          lab.beside "../conformance/em_api/response.dtd", file)), "the answer is valid")
      end
      -- A phone that is on its way would be in the way.
      if entry.command:find("<login>", 1, true) and printed:find("<success/>", 1, true) then
        world.desk:wait_registered { number = entry.command:find "alice" and "4001" or "6100" }
      elseif entry.command:find("<logout", 1, true) then
        world.desk:wait_registered { at = br, number = "6001" }
      end
    end)
  end
end
