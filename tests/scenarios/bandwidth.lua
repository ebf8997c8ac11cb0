-- Calls of real phones, admitted by the Location Bandwidth Manager of their node: what they take, who is refused, who never is, and what
-- becomes of the count when one of the two services starts anew or is not there.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local gateway = lab.gateway { name = "Rome-Gateway", address = lab.address(51) }

lab.step("two sites with a link that one call of G.711 fits in", function()
  hq:start()
  hq:activate { "callmanager", "tftp", "lbm" }
  local phones, numbers = {}, {}
  for i = 1, 4 do
    local number = tostring(4000 + i)
    numbers[i] = { pattern = number, partition = "Phones" }
    phones[i] = { name = ("SEP00AA0000000%d"):format(i), model = "Cisco 8851", device_pool = i % 2 == 1 and "Berlin" or "Rome",
                  calling_search_space = "All", lines = { { directory_number = number .. "@Phones" } } }
  end
  hq:apply {
    partitions = { { name = "Phones" } },
    calling_search_spaces = { { name = "All", partitions = { "Phones" } } },
    locations = { { name = "Berlin" }, { name = "Rome" } },
    location_links = { { location = "Berlin", other_location = "Rome", audio_bandwidth = 100 } },
    device_pools = { { name = "Berlin", location = "Berlin" }, { name = "Rome", location = "Rome" } },
    directory_numbers = numbers,
    phones = phones,
    sip_trunks = { { name = "Rome-Gateway", device_pool = "Rome", destinations = { { address = gateway.address } } } },
    route_patterns = { { pattern = "112", partition = "Phones", sip_trunk = "Rome-Gateway", emergency_services_number = true },
                       { pattern = "0.!", partition = "Phones", sip_trunk = "Rome-Gateway", discard_digits = "pre_dot" } },
  }
  hq:cli { "param", "set", "Cisco Location Bandwidth Manager", "Reservation Lease", "5" }
end)

local phones = {}
for i = 1, 4 do
  phones[i] = lab.phone { name = "Phone " .. i, mac = ("00AA0000000%d"):format(i), home = hq }
  phones[i]:power_on()
  phones[i]:wait_registered { at = hq }
end

local function used(kbps)
  lab.wait_for(("the link has %d kbps taken"):format(kbps), 20, function()
    local places = hq:json("lbm usage Berlin@Rome").places
    return places[1].used == kbps, ("%d kbps"):format(places[1].used)
  end)
end

local first, far

lab.test("a call takes from the link between its phones, and another one is refused", function()
  lab.wait_for("calls are counted", 20, function() return hq:log_text():find("calls are admitted by the Location Bandwidth Manager", 1, true) end)
  first = phones[1]:dial "4002"
  far = phones[2]:wait_call()
  far:answer()
  first:wait_answered()
  used(80)
  local second = phones[3]:dial "4004"
  second:wait_ended()
  lab.eq(second.status, 488)
  lab.eq(#hq:json("lbm usage").owners, 1)
end)

lab.test("the call is put through over the link that it fills", function()
  phones[4]:set_answer "auto"
  lab.eq(far:transfer "4004", 200)
  phones[4]:set_answer "ring"
  far = select(2, next(phones[4].agent.calls))
  used(80)
  lab.eq(#hq:json("lbm usage").owners, 1)
end)

lab.test("within a site there is room, and an emergency call is made in any case", function()
  local call = phones[3]:dial "112"
  lab.eq(gateway:wait_call { dialled = "112" }.party.number, "4003")
  call:wait_answered()
  used(160)
  lab.eq(hq:json("lbm usage").overbooked, 1)
  call:hang_up()
  call:wait_ended()
  used(80)
end)

lab.test("what the Location Bandwidth Manager forgets in a restart is counted again", function()
  hq:cli "service restart lbm"
  used(80)
  first:hang_up()
  far:wait_ended()
  used(0)
end)

lab.test("a call manager that starts anew leaves nothing taken", function()
  first = phones[1]:dial "4002"
  phones[2]:wait_call():answer()
  first:wait_answered()
  used(80)
  hq:cli "service restart callmanager"
  used(0)
  for i = 1, 4 do phones[i]:wait_registered { at = hq } end
end)

lab.test("without the service calls are made, and the log says so", function()
  hq:cli "service deactivate lbm"
  lab.wait_for("it is said", 20, function() return hq:log_text():find("no Location Bandwidth Manager answers, so that calls are made", 1, true) end)
  local calls = {}
  for i = 1, 3, 2 do
    calls[i] = phones[i]:dial(tostring(4001 + i))
    phones[i + 1]:wait_call():answer()
    calls[i]:wait_answered()
  end
  hq:cli "service activate lbm"
  used(160)
  calls[1]:hang_up()
  calls[3]:hang_up()
  used(0)
end)

lab.test("or refused, as an analysis says; and made again as soon as it answers", function()
  hq:activate { "dna-server" }
  hq:cli { "param", "set", "Cisco CallManager", "Call Treatment When No LBM Available", "reject_calls" }
  hq:cli "service deactivate lbm"
  local refused = phones[1]:dial "4003"
  refused:wait_ended()
  lab.eq(refused.status, 488)
  local analysis = hq:json { "dna", "analyze", "SEP00AA00000001", "4003" }
  lab.eq(analysis.status, 488)
  lab.eq(analysis.cause, 125)
  hq:cli "service activate lbm"
  lab.wait_for("it answers", 20, function() return hq:try("lbm usage").code == 0 end)
  local call = phones[1]:dial "4003"
  phones[3]:wait_call():answer()
  call:wait_answered()
  call:hang_up()
end)
