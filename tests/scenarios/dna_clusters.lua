-- The Dialed Number Analyzer asks further: the cluster that a call goes to how it goes on there, and the Location Bandwidth Manager
-- whether there is bandwidth on the way. What it cannot learn it says in a sentence.
local lab = require "lab"
local pair = require "pair"

local world, hq, br

local function says(cluster, command, ...)
  local result = cluster:try(command)
  for _, part in ipairs { ... } do lab.contains(result.output .. result.error, part, result.line) end
  return result.output .. result.error
end

local function to_br(device_pool)
  return { name = "To-BR", calling_search_space = "HQ-Internal", device_pool = device_pool, destinations = { { address = br.address, port = br.ports.sip } } }
end

local function back_to_hq()
  return {
    sip_trunks = { { name = "To-HQ", calling_search_space = "BR-National", device_pool = "London", destinations = { { address = hq.address, port = hq.ports.sip } } } },
    route_patterns = { { pattern = "7XXX", partition = "BR-PSTN", sip_trunk = "To-HQ", called_party_transform_mask = "87XXX", calling_party_transform_mask = "4001" } },
  }
end

lab.step("two clusters with trunks to each other", function()
  world = pair.start {}
  hq, br = world.hq, world.br
  hq:activate { "dna-server" }
  hq:apply {
    sip_trunks = { to_br "San Jose" },
    route_patterns = { { pattern = "8.XXXX", partition = "HQ-PSTN", sip_trunk = "To-BR", discard_digits = "pre_dot" } },
  }
  br:apply(back_to_hq())
end)

--- The question of somebody in San Jose.
local function call(digits, ...)
  return { "dna", "analyze", "calling_search_spaces=HQ-National", "calling_number=4002", "device_pool=San Jose", "digits=" .. digits, ... }
end

lab.test("an analyzer that does not run there is a sentence", function()
  says(hq, call "86100", "outcome: trunk", "cluster  BR  how it goes on there is not known: the Dialed Number Analyzer Server does not run on " .. br.address)
  br:activate { "dna-server" }
end)

lab.test("a cluster without a trunk to this one refuses the call", function()
  br:cli { "route-pattern", "remove", "7XXX@BR-PSTN" }
  br:cli { "sip-trunk", "remove", "To-HQ" }
  local answer = hq:json(call "86100")
  lab.eq(answer.outcome, "refused")
  lab.eq(answer.status, 403)
  br:apply(back_to_hq())
end)

lab.test("the next cluster's answer is the continuation", function()
  says(hq, call("86100", "--phones_assumed"), "device  To-BR", "cluster  BR  phone there: 6100 matches 6100 in partition \"BR-Phones\" through \"BR-National\"",
    "  caller  To-HQ  comes in over the trunk", "  lookup  6100")
  local answer = hq:json(call "86999")
  lab.eq(answer.outcome, "refused") -- as a call is, by BR
  lab.eq(answer.status, 404)
  local last = answer.course[#answer.course - 1]
  lab.eq(last.depth, 1)
  lab.eq(last.subject, "no_match")
  for _, step in ipairs(hq:json(call("86100", "--here_only")).course) do lab.check(step.kind ~= "cluster", "nobody else was asked") end
end)

lab.test("a call that goes in a circle is followed no further", function()
  -- 7123 at BR goes to HQ as 87123, which goes to BR as 7123.
  says(hq, call "87123", "cluster  BR  trunk there", "cluster  HQ  how it goes on there is not known: the call came from there with the same number: it goes in a circle")
  local matrix, seen = hq:ask("dna/emergency", { numbers = { "87123" } }), 0
  for _, row in ipairs(matrix.rows) do
    if row.text:find("from there it goes in a circle", 1, true) then
      lab.eq(row.hole, "yes", row.text)
      seen = seen + 1
    end
  end
  lab.check(seen > 0 and matrix.holes >= seen, "a circle is a hole: %s", matrix.message)
end)

lab.test("times between clusters are moments", function()
  br:apply {
    time_periods = { { name = "Day", start_time = "08:00", end_time = "17:00" } },
    time_schedules = { { name = "Day", time_periods = { "Day" } } },
    partitions = { { name = "BR-Phones", time_schedule = "Day", time_zone = "Europe/London" } },
  }
  says(hq, call("86100", "at=2026-12-01T08:59", "--phones_assumed"), "cluster  BR  phone there") -- 16:59 in London
  says(hq, call("86100", "at=2026-12-01T09:00", "--phones_assumed"), "cluster  BR  no_match there")
  br:apply { partitions = { { name = "BR-Phones", time_schedule = "" } } }
end)

lab.test("the way back to the cluster in which a traveller's phone stands", function()
  pair.log_alice_in(world)
  says(hq, "dna analyze " .. pair.desk_name .. " 999", "outcome: return_to_visiting_cluster", "cluster  BR  trunk there", "comes back over trunk", "London-Gateway")
  says(hq, { "dna", "analyze", "user_id=alice", "visiting_cluster_id=BR", "device_pool=Roaming London", "digits=999" },
    "cluster  BR  how it goes on there is not known: it depends on the phone: ask there with its name and --returned")
  world.desk:logout()
  pair.wait_clean(world)
end)

lab.test("a cluster that does not answer costs some seconds and is a sentence", function()
  br:freeze()
  local begun = os.time()
  says(hq, call "86100", "outcome: trunk", "cluster  BR  how it goes on there is not known: " .. br.address .. " did not answer in time")
  lab.check(os.time() - begun < 10, "took %d s", os.time() - begun)
  br:thaw()
end)

lab.test("bandwidth on the way: enough, or too little and what comes of it", function()
  hq:apply {
    locations = { { name = "San Jose" }, { name = "Mountain View" } },
    location_links = { { location = "San Jose", other_location = "Hub_None", audio_bandwidth = 100 }, { location = "Mountain View", other_location = "Hub_None", audio_bandwidth = 24 } },
    device_pools = { { name = "San Jose", location = "San Jose" }, { name = "View", location = "Mountain View" } },
    sip_trunks = { to_br "View" },
  }
  local asked = call "86100"
  says(hq, asked, "admission  To-BR  whether there is bandwidth from San Jose to Mountain View is not known")
  hq:activate { "lbm" }
  lab.wait_for("the bandwidth is told", 20, function()
    local text = hq:try(asked).output
    return text:find("by way of San Jose, Hub_None, Mountain View: with audio of 64 kbps the call takes 80 kbps; there is too little now at " ..
      "Hub_None@Mountain View: the call is refused: Not Enough Bandwidth", 1, true) or
      text:find("there is too little now at Mountain View@Hub_None: the call is refused: Not Enough Bandwidth", 1, true), text
  end)
  hq:cli { "location-link", "set", "Mountain View@Hub_None", "audio_bandwidth=80" }
  lab.wait_for("there is enough", 20, function()
    local text = hq:try(asked).output
    return text:find("there is enough now", 1, true), text
  end)
end)
