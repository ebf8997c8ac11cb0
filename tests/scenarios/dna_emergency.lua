-- The emergency matrix says of each caller what a call says: of the second line of a phone, of a user who logs in on it, of one traveller
-- among several, and of a partition with a time schedule.
local lab = require "lab"
local pair = require "pair"

local world = pair.start {}
local hq, br, desk = world.hq, world.br, world.desk

--- What the rows of the callers say that `part` names, by their places.
local function rows(cluster, part, arguments)
  local matrix, found = cluster:ask("dna/emergency", arguments), {}
  for _, row in ipairs(matrix.rows) do
    if row.caller:find(part, 1, true) then found[#found + 1] = row end
  end
  return found, matrix
end

local function end_of(call)
  lab.wait_for("the call is answered or refused", 12, function() return call.state == "answered" or call.state == "ended" end)
  local state, status = call.state, tostring(call.status)
  if state == "answered" then call:hang_up() end
  return state, status
end

lab.step("two clusters, their gateways, and a calling search space without help", function()
  hq:activate { "dna-server" }
  br:activate { "dna-server" }
  for i, name in ipairs { "HQ-Gateway", "London-Gateway", "Leeds-Gateway" } do
    lab.gateway { name = name, address = lab.address(50 + i), answer = "auto" }
  end
  for cluster, own in pairs { [hq] = "HQ", [br] = "BR" } do
    cluster:apply {
      partitions = { { name = "No" } },
      calling_search_spaces = { { name = "NoHelp", partitions = { "No", own .. "-Phones" } } },
      route_patterns = { { pattern = "999", partition = "No", block = true } },
    }
  end
end)

lab.test("each line of a phone", function()
  br:apply {
    directory_numbers = { { pattern = "6198", partition = "BR-Phones" }, { pattern = "6199", partition = "BR-Phones", calling_search_space = "NoHelp" } },
    phones = { { name = "SEP00BB000000EE", model = "Cisco 8851", device_pool = "London", calling_search_space = "BR-National",
      lines = { { directory_number = "6198@BR-Phones" }, { directory_number = "6199@BR-Phones" } } } },
  }
  local found = rows(br, "SEP00BB000000EE", { numbers = { "999" }, here_only = true })
  lab.eq(#found, 2)
  lab.eq(found[1].hole, "no", found[1].text)
  lab.eq(found[2].caller, "SEP00BB000000EE, line 6199")
  lab.eq(found[2].hole, "yes")
  local phone = lab.phone { name = "two lines", mac = "00BB000000EE", home = br, answer = "ring" }
  phone:power_on()
  phone:wait_registered { at = br, number = "6198" }
  lab.eq(end_of(phone:dial "999"), "answered")
  local _, status = end_of(phone:dial("999", { user = "6199" }))
  lab.eq(status, "403")
end)

lab.test("a user who logs in, before and after", function()
  br:apply { directory_numbers = { { pattern = "6100", partition = "BR-Phones", alerting_name = "William West", calling_search_space = "NoHelp" } } }
  local before = rows(br, "with device profile William", { numbers = { "999" }, here_only = true })
  lab.check(#before >= 1 and before[1].hole == "yes", "William is a caller where he may log in")
  local page = desk:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = br, number = "6100" }
  local _, status = end_of(desk:dial "999")
  lab.eq(status, "403")
  lab.check(not br:ask("dna/emergency", { numbers = { "999" }, here_only = true }).valid, "there is a hole")
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("each traveller", function()
  hq:apply {
    directory_numbers = { { pattern = "4004", partition = "HQ-Phones", alerting_name = "Dave", calling_search_space = "NoHelp" } },
    route_patterns = { { pattern = "99[89]", partition = "Emergency-GB", route_list = "HQ-Local", urgent_priority = true, emergency_services_number = true } },
    remove = { route_patterns = { "999@Emergency-GB", "9.999@Emergency-GB" } },
  }
  hq:cli "end-user set dave enable_emcc=true default_profile=Dave"
  hq:cli "device-profile set Dave emcc_calling_search_space=HQ-Travellers"
  for user, hole in pairs { alice = "no", dave = "yes" } do
    local found = rows(hq, user, { numbers = { "999" } })
    lab.check(#found > 0, "%s is a caller", user)
    for _, row in ipairs(found) do lab.eq(row.hole, hole, user .. " at " .. row.place .. ": " .. row.text) end
  end
  local page = desk:login("dave", "45678")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4004" }
  local _, status = end_of(desk:dial "999")
  lab.eq(status, "403")
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("a traveller whose calls cannot come back", function()
  pair.log_alice_in(world)
  local function is_a_hole(why)
    local _, status = end_of(desk:dial "999")
    lab.eq(status, "503", why)
    for _, row in ipairs(rows(hq, "alice", { numbers = { "999" } })) do
      lab.eq(row.hole, "yes", why .. ": " .. row.place .. ": " .. row.text)
    end
  end
  hq:cli "remote-cluster set BR pstn_access=false"
  is_a_hole "the row PSTN access is off"
  hq:cli "remote-cluster set BR pstn_access=true"
  hq:cli "intercluster-service-profile set pstn_access_active=false"
  is_a_hole "PSTN access is not active"
  hq:cli "intercluster-service-profile set pstn_access_active=true"
  lab.eq(end_of(desk:dial "999"), "answered")
  for _, row in ipairs(rows(hq, "alice", { numbers = { "999" } })) do lab.eq(row.hole, "no", row.text) end
  local shown = rows(hq, "a visitor, 4001", { numbers = { "999" } })
  lab.check(#shown > 0, "the places of BR are rows")
  for _, row in ipairs(shown) do lab.eq(row.calling_number, "4001", row.place) end
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("a line of a traveller is asked about by its name", function()
  local who = { "dna", "analyze", "user_id=dave", "visiting_cluster_id=BR", "device_pool=Roaming London", "digits=999", "--here_only" }
  local function asked(...)
    local command = table.move(who, 1, #who, 1, {})
    for _, more in ipairs { ... } do command[#command + 1] = more end
    return hq:try(command)
  end
  lab.contains(asked("device_profile=Dave", "line=4004@HQ-Phones").output, "outcome: blocked")
  lab.contains(asked("line=4001@HQ-Phones").error, "device profile Dave has no line 4001@HQ-Phones")
  lab.contains(asked("device_profile=Alice").error, "Alice is not among the device profiles of dave")
end)

lab.test("a way at some times is none at all times", function()
  br:apply {
    time_periods = { { name = "Day", start_time = "08:00", end_time = "17:00" } },
    time_schedules = { { name = "Day", time_periods = { "Day" } } },
    partitions = { { name = "BR-Emergency", time_schedule = "Day", time_zone = "Europe/London" } },
  }
  local function at_london(at)
    local found = rows(br, "a visitor", { numbers = { "999" }, here_only = true, at = at })
    for _, row in ipairs(found) do
      if row.place:find("London", 1, true) then return row.hole, row.text end
    end
  end
  lab.eq(at_london "2026-12-01T12:00Z", "no")
  lab.eq(at_london "2026-12-01T18:00Z", "yes")
  local hole, text = at_london ""
  lab.check(hole ~= "no", "at any time it is no way: %s", text)
  br:apply { partitions = { { name = "BR-Emergency", time_schedule = "" } } }
  lab.eq(at_london "", "no")
end)
