-- The clock of a desk phone: its zone goes by the vendor's name in its file, NTP servers are those of the date/time group.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
hq:start()
hq:activate { "callmanager", "tftp" }
hq:apply {
  directory_numbers = { { pattern = "4001" } },
  date_time_groups = { { name = "Place", time_zone = "Europe/Berlin", phone_ntp_references = { "192.0.2.1", "time.example" } } },
  device_pools = { { name = "Place", date_time_group = "Place" } },
  phones = { { name = "SEP00AA00000001", model = "Cisco 7945", device_pool = "Place", lines = { { directory_number = "4001" } } } },
}
local phone = lab.phone { mac = "00AA00000001", model = "Cisco 7945", home = hq }
phone:power_on()
phone:wait_registered { at = hq }

local january, july = 1768435200, 1784073600 -- the 15th of each, 2026

local function clock_is(zone, winter_minutes, summer_minutes)
  hq:cli { "date-time-group", "set", "Place", "time_zone=" .. zone }
  phone:power_cycle()
  phone:wait_registered { at = hq }
  lab.eq(phone:clock(january), winter_minutes, zone .. " in January")
  lab.eq(phone:clock(july), summer_minutes, zone .. " in July")
end

lab.test("a phone shows the time of its zone, summer and winter", function()
  clock_is("Europe/Berlin", 60, 120)
  clock_is("Europe/London", 0, 60)
  clock_is("America/New_York", -300, -240)
  clock_is("Australia/Sydney", 660, 600)
  clock_is("Asia/Kolkata", 330, 330)
  clock_is("America/Sao_Paulo", -180, -180)
end)

lab.test("it asks the NTP servers of its date/time group", function()
  lab.eq(table.concat(phone.file.ntp_servers, " "), "192.0.2.1 time.example")
end)
