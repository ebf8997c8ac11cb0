-- A phone with several lines: a call rings the line that was called, as the phone's firmware finds it, also when two lines have the
-- same number in different partitions, and after the phone has registered anew.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
hq:start()
hq:activate { "callmanager", "tftp" }
hq:apply {
  partitions = { { name = "Phones" }, { name = "Reception" } },
  calling_search_spaces = { { name = "Phones", partitions = { "Phones" } }, { name = "Reception", partitions = { "Reception" } } },
  directory_numbers = {
    { pattern = "4001", partition = "Phones" }, { pattern = "4001", partition = "Reception" },
    { pattern = "\\+4940400", partition = "Phones" }, { pattern = "4002", partition = "Phones" }, { pattern = "4003", partition = "Phones" },
  },
  phones = {
    { name = "SEP00AA00000001", model = "Cisco 8851", lines = {
      { directory_number = "4001@Phones", label = "Anna" }, { directory_number = "4001@Reception", label = "Reception" },
      { directory_number = "\\+4940400@Phones", label = "Hamburg" } } },
    { name = "SEP00AA00000002", model = "Cisco 8851", calling_search_space = "Phones", lines = { { directory_number = "4002@Phones" } } },
    { name = "SEP00AA00000003", model = "Cisco 7841", calling_search_space = "Reception", lines = { { directory_number = "4003@Phones" } } },
  },
}

local desk = lab.phone { mac = "00AA00000001", home = hq }
local inside = lab.phone { mac = "00AA00000002", home = hq }
local outside = lab.phone { mac = "00AA00000003", model = "Cisco 7841", home = hq }
for _, phone in ipairs { desk, inside, outside } do
  phone:power_on()
  phone:wait_registered { at = hq }
end

local function rings(caller, number, label)
  local call = caller:dial(number)
  local ringing = desk:wait_call()
  lab.eq(ringing.line.label, label)
  call:hang_up()
  ringing:wait_ended()
  call:wait_ended()
  return ringing
end

lab.test("each line has a contact of its own, which does not show the number", function()
  local seen = {}
  for _, line in ipairs(desk.file.lines) do
    lab.check(line.contact:find "^%x+%-%x+%-8%x+%-%x+%-%x+$", "%s is in the form of a UUID", line.contact)
    lab.check(not seen[line.contact], "%s is of one line", line.contact)
    seen[line.contact] = true
  end
  lab.contains(desk.registration.response:get "Contact", desk.file.lines[1].contact)
end)

lab.test("a call rings the line that was called", function()
  rings(inside, "4001", "Anna")
  rings(outside, "4001", "Reception")
  rings(inside, "+4940400", "Hamburg")
end)

lab.test("the contacts stay when the phone and the node have restarted", function()
  local before = desk.file.lines[2].contact
  desk:power_cycle()
  desk:wait_registered { at = hq }
  lab.eq(desk.file.lines[2].contact, before)
  hq:restart()
  for _, phone in ipairs { desk, inside, outside } do phone:wait_registered { at = hq } end
  lab.eq(desk.file.lines[2].contact, before)
  rings(outside, "4001", "Reception")
end)

lab.test("lines that have changed places ring as themselves, before and after the phone has read its file anew", function()
  hq:apply { phones = { { name = "SEP00AA00000001", model = "Cisco 8851", lines = {
    { directory_number = "4001@Reception", label = "Reception" }, { directory_number = "4001@Phones", label = "Anna" } } } } }
  rings(inside, "4001", "Anna")
  rings(outside, "4001", "Reception")
  hq:cli "phone reset SEP00AA00000001 mode=restart"
  lab.wait_for("the phone has its new file", 10, function() return desk.file.lines[1].label == "Reception" end)
  desk:wait_registered { at = hq }
  rings(inside, "4001", "Anna")
  rings(outside, "4001", "Reception")
end)

lab.test("what was observed of a phone is told: where it is and was, its files, alarms and trust lists, and what its keys do", function()
  local told = hq:cli "phone diagnose SEP00AA00000001"
  lab.contains(told, desk.address)
  lab.contains(told, "by_phone: was registered from " .. desk.address)
  lab.contains(told, "SEP00AA00000001.cnf.xml: ")
  lab.contains(told, "ITLFile.tlv: File not found over tftp")
  lab.contains(told, "Last=")
  lab.contains(told, "trust_list: ITL")
  lab.contains(told, "Web Access")
end)

lab.test("a phone that has read its file as it is does not read it again, and does when it has changed", function()
  local downloads = #desk.downloads
  lab.eq(hq:json("phone reset SEP00AA00000001 mode=apply_config").status_code, 200)
  lab.eq(#desk.downloads, downloads)
  hq:apply { phones = { { name = "SEP00AA00000001", model = "Cisco 8851", lines = {
    { directory_number = "4001@Reception", label = "Front desk" }, { directory_number = "4001@Phones", label = "Anna" } } } } }
  hq:cli "phone reset SEP00AA00000001 mode=apply_config"
  lab.wait_for("the phone has its new file", 10, function() return desk.file.lines[1].label == "Front desk" end)
  desk:wait_registered { at = hq }
end)
