-- Locations and links of a running node: rules, commands, changes while it runs, a restart, and as many of them as there may be
-- without holding the loop.
local core = require "core"
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }

local function says(command, part)
  local result
  lab.wait_for(("sojourn %s says \"%s\""):format(command, part), 20, function()
    result = hq:try(command)
    return (result.output .. result.error):find(part, 1, true), result.output .. result.error
  end)
  return result
end

local function refused(command, part)
  local result = hq:try(command)
  lab.eq(result.code, 1, command .. ": " .. result.output .. result.error)
  lab.contains(result.error, part, command)
end

--- The service has never held the loop for 50 ms of processor time.
local function loop_is_free(service)
  for line, processor in hq:log_text():gmatch("([^\n]*" .. service .. " held the loop[^\n]*%((%d+) ms of processor time[^\n]*)") do
    lab.check(tonumber(processor) < 50, "%s", line)
  end
end

lab.step("a node with two sites", function()
  hq:start()
  hq:activate { "lbm" }
  hq:apply {
    locations = { { name = "Berlin" }, { name = "Rome" } },
    location_links = { { location = "Hub_None", other_location = "Berlin", audio_bandwidth = 256, video_bandwidth = 1024 } },
    device_pools = { { name = "Romans", location = "Rome" } },
    phones = { { name = "SEP001122334401", model = "Cisco 8851", device_pool = "Romans" } },
  }
end)

lab.test("a location without links has the one that new locations have", function()
  says("lbm path SEP001122334401 Berlin", "2 links, weight 100.")
  says("lbm path Rome Hub_None", "Rome@Hub_None")
  says("lbm topology --json", '"implied":\ttrue')
end)

lab.test("links join two different locations, once", function()
  refused("location-link add location=Berlin other_location=Hub_None", 'is there already, as "Hub_None@Berlin"')
  refused("location-link add location=Rome other_location=Rome", 'expected another location than "Rome"')
  refused("location-link add location=Rome other_location=Shadow", "expected a location that links can lead to")
  refused("location add name=a@b", "expected a name without @")
  refused("location remove Rome", "Romans")
end)

lab.test("a change holds as soon as it is read, and a failed link can be tried before", function()
  hq:cli "location-link add location=Berlin other_location=Rome weight=10 audio_bandwidth=100"
  says("lbm path Rome Hub_None", "2 links, weight 60.")
  says("lbm simulate Rome Hub_None calls=10 audio_bit_rate=8", "After 4 calls the link Berlin@Rome has 4 kbps free for audio; a call needs 24.")
  says("lbm simulate Rome Hub_None without=Berlin@Rome", "No links lead from Rome to Hub_None: calls between them are refused.")
  hq:cli "location-link set Berlin@Rome weight=90"
  says("lbm path Rome Hub_None", "2 links, weight 140.")
  says("lbm validate", "valid: yes")
  refused("lbm path Rome Milan", 'expected a location, a phone or a device pool, got "Milan"')
end)

lab.test("it is the same after a restart", function()
  hq:restart()
  says("lbm path Rome Hub_None", "2 links, weight 140.")
  lab.eq(hq:json("lbm usage").calls, 0)
end)

lab.test("2,000 locations and more links", function()
  local locations, links = {}, {}
  for i = 1, 2000 do
    locations[i] = { name = ("L%04d"):format(i) }
    links[#links + 1] = { location = i > 1 and ("L%04d"):format(i // 2) or "Hub_None", other_location = locations[i].name, weight = 1 + i % 7 }
    local other = (i * 7919) % 2000 + 1
    if i % 2 == 0 and other < i // 2 then
      links[#links + 1] = { location = locations[i].name, other_location = ("L%04d"):format(other), weight = 40 + i % 50 }
    end
  end
  hq:apply { locations = locations, location_links = links }
  says("lbm path L2000 Hub_None", "weight")
  says("lbm topology --svg", "L2000")
  local began = core.now()
  says("lbm validate", "valid: ")
  local seconds = (core.now() - began) / 1000
  hq:cli "location-link set Hub_None@L0001 weight=99"
  lab.wait_for("the other weight holds", 20, function() return hq:json("lbm path L0001 Hub_None").weight == 99 end)
  loop_is_free "lbm"
  return ("%d links, validated in %.1f s"):format(#links, seconds)
end)

lab.test("2,000 regions with as many relationships", function()
  local regions, relations = {}, {}
  for i = 1, 2000 do
    regions[i] = { name = ("R%04d"):format(i) }
    relations[i] = { region = ("R%04d"):format(i % 2000 + 1), other_region = regions[i].name, max_audio_bit_rate = i == 1999 and 8 or 64 }
  end
  hq:activate { "callmanager", "dna-server" }
  hq:apply {
    regions = regions, region_relations = relations,
    device_pools = { { name = "One", region = "R1999" }, { name = "Two", region = "R2000" } },
    sip_trunks = { { name = "Out", device_pool = "Two", destinations = { { address = hq.address, port = hq.ports.sip } } } },
    route_patterns = { { pattern = "9.!", sip_trunk = "Out" } },
  }
  says("dna analyze device_pool=One calling_number=1 digits=9123 here_only=true", "regions R1999 and R2000: audio up to 8 kbps")
  loop_is_free "callmanager"
end)
