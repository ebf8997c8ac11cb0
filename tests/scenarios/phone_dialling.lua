-- Dialling on a desk phone without waiting: the template that the phone reads says when a number is complete, by what each of its lines
-- may dial. Emergency numbers never wait, and no number is sent off half dialled.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local gateway = lab.gateway { name = "Gateway", address = lab.address(51) }
hq:start()
hq:activate { "callmanager", "tftp" }
hq:apply {
  partitions = { { name = "Phones" }, { name = "National" }, { name = "Emergency" }, { name = "Reception" } },
  calling_search_spaces = {
    { name = "Internal", partitions = { "Phones", "Emergency" } },
    { name = "National", partitions = { "Phones", "Emergency", "National" } },
    { name = "Reception", partitions = { "Reception" } },
  },
  sip_trunks = { { name = "Gateway", destinations = { { address = gateway.address } } } },
  route_patterns = {
    { pattern = "112", partition = "Emergency", sip_trunk = "Gateway", emergency_services_number = true },
    { pattern = "9.112", partition = "Emergency", sip_trunk = "Gateway", emergency_services_number = true },
    { pattern = "9.!", partition = "National", sip_trunk = "Gateway" },
    { pattern = "9.0800[2-4]XX", partition = "National", sip_trunk = "Gateway", urgent_priority = true },
    { pattern = "*5X", partition = "Phones", sip_trunk = "Gateway" },
    { pattern = "11XXX", partition = "Reception", sip_trunk = "Gateway" },
    { pattern = "11XXXX", partition = "Reception", sip_trunk = "Gateway" },
  },
  directory_numbers = {
    { pattern = "4001", partition = "Phones", calling_search_space = "Internal" }, { pattern = "4002", partition = "Phones" },
    { pattern = "4003", partition = "Phones", calling_search_space = "Reception" }, { pattern = "4004", partition = "Phones" },
  },
  phones = {
    { name = "SEP00AA00000001", model = "Cisco 8851", lines = { { directory_number = "4001@Phones" } } },
    { name = "SEP00AA00000002", model = "Cisco 7841", calling_search_space = "National", lines = { { directory_number = "4002@Phones" } } },
    { name = "SEP00AA00000003", model = "Cisco 8851", calling_search_space = "Internal", lines = {
      { directory_number = "4004@Phones" }, { directory_number = "4003@Phones" } } },
  },
}

local inside = lab.phone { mac = "00AA00000001", home = hq }
local national = lab.phone { mac = "00AA00000002", model = "Cisco 7841", home = hq }
local two_lines = lab.phone { mac = "00AA00000003", home = hq }
for _, phone in ipairs { inside, national, two_lines } do
  phone:power_on()
  phone:wait_registered { at = hq }
end

local function dials(phone, digits, number, seconds, line)
  local dialled, waited = phone:press(digits, line)
  lab.eq(dialled, number, digits)
  lab.eq(waited, seconds, digits .. ": seconds")
end

lab.test("numbers that are complete go at once, and emergency numbers never wait", function()
  dials(inside, "112", "112", 0)
  dials(inside, "4002", "4002", 0)
  dials(inside, "*51", "*51", 0)
  dials(national, "112", "112", 0)
  dials(national, "9112", "9112", 0)
end)

lab.test("open numbers wait for the T302 Timer, and urgent ones beside them do not", function()
  dials(national, "94940123", "94940123", 15)
  dials(national, "90800312", "90800312", 0)
  dials(national, "90800512", "90800512", 15)
  hq:cli { "param", "set", "Cisco CallManager", "T302 Timer", "4000" }
  hq:cli "phone reset SEP00AA00000002 mode=restart"
  lab.wait_for("the phone has the new timer", 10, function() return select(2, national:press "94940123") == 4 end)
end)

lab.test("a number that nobody may dial is sent off after the timer", function()
  dials(inside, "94940123", "94940123", 15)
end)

lab.test("each line has the rules of its own calling search space, and emergency numbers go at once from all", function()
  dials(two_lines, "112", "112", 0, 1)
  dials(two_lines, "112", "112", 0, 2)
  dials(two_lines, "4001", "4001", 0, 1)
  dials(two_lines, "11345", "11345", 15, 2)
  dials(two_lines, "113456", "113456", 0, 2)
end)

lab.test("a number of another kind gets its rule when it is configured", function()
  dials(inside, "71234", "71234", 15)
  hq:apply { directory_numbers = { { pattern = "71234", partition = "Phones" } } }
  hq:cli "phone reset SEP00AA00000001 mode=restart"
  lab.wait_for("the phone has the rule", 10, function() return select(2, inside:press "71234") == 0 end)
end)

lab.test("what is pressed is called", function()
  inside:wait_registered { at = hq }
  national:wait_registered { at = hq }
  local call = inside:dial((inside:press "4002"))
  local ringing = national:wait_call()
  call:hang_up()
  ringing:wait_ended()
end)
