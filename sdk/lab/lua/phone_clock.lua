-- The clock of a phone whose firmware knows time zones by the vendor's names alone: minutes east of UTC, and whose summer time it has. A
-- name that it does not know leaves it at GMT. No I/O.
local phone_clock = {}

local zones = {
  ["Dateline Standard Time"] = { -720 }, ["Samoa Standard Time"] = { -660 }, ["Hawaiian Standard Time"] = { -600 },
  ["Alaskan Standard/Daylight Time"] = { -540, "us" }, ["Pacific Standard/Daylight Time"] = { -480, "us" },
  ["Mountain Standard/Daylight Time"] = { -420, "us" }, ["US Mountain Standard Time"] = { -420 },
  ["Central Standard/Daylight Time"] = { -360, "us" }, ["Canada Central Standard Time"] = { -360 },
  ["SA Pacific Standard Time"] = { -300 }, ["Eastern Standard/Daylight Time"] = { -300, "us" }, ["US Eastern Standard Time"] = { -300 },
  ["Atlantic Standard/Daylight Time"] = { -240, "us" }, ["SA Western Standard Time"] = { -240 },
  ["Newfoundland Standard/Daylight Time"] = { -210, "us" }, ["SA Eastern Standard Time"] = { -180 },
  ["Azores Standard/Daylight Time"] = { -60, "eu" }, ["GMT Standard/Daylight Time"] = { 0, "eu" }, ["Greenwich Standard Time"] = { 0 },
  ["W. Europe Standard/Daylight Time"] = { 60, "eu" }, ["Romance Standard/Daylight Time"] = { 60, "eu" },
  ["Central Europe Standard/Daylight Time"] = { 60, "eu" }, ["E. Europe Standard/Daylight Time"] = { 120, "eu" },
  ["GTB Standard/Daylight Time"] = { 120, "eu" }, ["South Africa Standard Time"] = { 120 }, ["Saudi Arabia Standard Time"] = { 180 },
  ["Arabian Standard Time"] = { 240 }, ["Afghanistan Standard Time"] = { 270 }, ["West Asia Standard Time"] = { 300 },
  ["India Standard Time"] = { 330 }, ["Central Asia Standard Time"] = { 360 }, ["SE Asia Standard Time"] = { 420 },
  ["Taipei Standard Time"] = { 480 }, ["Tokyo Standard Time"] = { 540 }, ["AUS Central Standard Time"] = { 570 },
  ["Cen. Australia Standard/Daylight Time"] = { 570, "au" }, ["E. Australia Standard Time"] = { 600 },
  ["AUS Eastern Standard/Daylight Time"] = { 600, "au" }, ["Tasmania Standard/Daylight Time"] = { 600, "au" },
  ["New Zealand Standard/Daylight Time"] = { 720, "nz" }, ["Pacific SA Standard Time"] = { -240 }, ["Ekaterinburg Standard Time"] = { 300 },
  ["West Pacific Standard Time"] = { 600 }, ["Central Pacific Standard Time"] = { 660 }, ["Fiji Standard Time"] = { 720 },
}

-- Summer time begins and ends on a Sunday: month, which Sunday of it (0: the last).
local summers = {
  us = { { 3, 2 }, { 11, 1 } }, eu = { { 3, 0 }, { 10, 0 } }, au = { { 10, 1 }, { 4, 1 } }, nz = { { 9, 0 }, { 4, 1 } },
}

-- The day of a year on which the Sunday is, counted from 1.
local function sunday(year, month, which)
  local function day(number) return os.date("!*t", os.time { year = year, month = month, day = number, hour = 12 }) end
  if which == 0 then
    local last = day(os.date("!*t", os.time { year = year, month = month + 1, day = 0, hour = 12 }).day)
    return last.yday - (last.wday - 1)
  end
  local first = day(1)
  return first.yday + (8 - first.wday) % 7 + 7 * (which - 1)
end

--- Minutes east of UTC at a time (seconds since 1970), to the day; the zone is the name in the phone's file.
function phone_clock.offset(zone, utc)
  local found = zones[zone]
  if not found then return 0 end
  local minutes, summer = found[1], summers[found[2]]
  if not summer then return minutes end
  local now = os.date("!*t", utc)
  local begins, ends = sunday(now.year, table.unpack(summer[1])), sunday(now.year, table.unpack(summer[2]))
  local is_summer
  if begins < ends then is_summer = now.yday >= begins and now.yday < ends else is_summer = now.yday >= begins or now.yday < ends end
  return minutes + (is_summer and 60 or 0)
end

return phone_clock
