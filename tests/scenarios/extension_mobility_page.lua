-- docs/extension-mobility.md with a phone: the page's commands in their order on a node of the lab, and in between the phone that the
-- page adds is switched on and does what the page says it does. (The page by itself is run by tests/docs.)
local codes = require "codes"
local lab = require "lab"
local task = require "task"

local hq = lab.cluster { id = "HQ" }
local desk = lab.phone { name = "Desk", mac = "00AA00000001", home = hq }

-- The page as sections { title, text of its commands }, but for the first, whose node the lab's takes the place of.
local sections, section, open = {}, nil, false
for line in (codes.read_file "../../docs/extension-mobility.md" .. "\n"):gmatch("([^\n]*)\n") do
  local title = line:match("^## (.*)")
  if title then
    section = { title = title, text = "" }
    if title ~= "A node" then sections[#sections + 1] = section end
  elseif line:find("^```") then
    open = line == "```sh"
  elseif open and section and not line:find("^kill ") and line ~= "wait" then
    section.text = section.text .. line .. "\n"
  end
end

local function run(text)
  local out = lab.directory .. "/page.out"
  local process = ("export PATH='%s':\"$PATH\" SOJOURN_SOCKET='%s' NO_PROXY='*'; cd '%s'\n%s"):format(hq.programs, hq.socket, lab.directory,
    (text:gsub("127%.10%.2%.1", hq.address)))
  local code = task.await(function(done) require "core".spawn({ "bash", "-euo", "pipefail", "-c", process }, out, out, done) end)
  local printed = codes.read(out)
  lab.eq(code, 0, text .. printed)
  return printed
end

-- What the phone does after the section of that name.
local after = {}

after["A user, a profile, a phone"] = function()
  desk:power_on()
  desk:wait_registered { at = hq, number = "2900" }
  lab.eq(desk:login("alice", "12345"):code(), nil)
  desk:wait_registered { at = hq, number = "2001" }
end

after["Several profiles"] = function()
  desk:logout()
  desk:wait_registered { at = hq, number = "2900" }
  local page = desk:login("alice", "12345")
  lab.contains(page:words(), "Alice, reception")
  page:choose(2)
  desk:wait_registered { at = hq, number = "2001" }
  lab.eq(desk.file.join_across_lines, false)
end

after["A profile for another model"] = function()
  lab.wait_for("the session has followed", 5, function() return desk.file.softkey_file == "SKStandard.xml" and desk.file.join_across_lines end)
  desk:wait_registered { at = hq, number = "2001" }
  desk:logout()
  desk:wait_registered { at = hq, number = "2900" }
end

after["While no user is logged in"] = function()
  desk:wait_registered { at = hq, number = "2910" }
  lab.wait_for("the phone is Alice's", 5, function() return desk.file.user_id == "alice" end)
  desk:wait_registered { at = hq, number = "2910" }
  desk:login("alice", "12345"):choose(1)
  desk:wait_registered { at = hq, number = "2001" }
end

after["Changes while somebody is logged in"] = function()
  lab.wait_for("the speed dial is there", 5, function() return #desk.file.speed_dials == 1 end)
end

after["How long, and how often"] = function()
  hq:cli "session logout SEP00AA00000001"
  desk:wait_registered { at = hq, number = "2910" }
end

after["PIN"] = function()
  lab.contains(desk:login("alice", "12345"):words(), "PIN change is required")
end

hq:start()
for _, this in ipairs(sections) do
  lab.step(this.title, function()
    if this.text ~= "" then run(this.text) end
    if after[this.title] then after[this.title]() end
    after[this.title] = nil
  end)
end

lab.test("each of these sections is there", function() lab.eq(next(after), nil) end)
