-- The Dialed Number Analyzer on two clusters: what calls would do, tests of the dial plan before and after a change, the ways of
-- emergency calls; and a call that goes where the analysis said.
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world, hq, br

local function says(cluster, command, ...)
  local result = cluster:try(command)
  for _, part in ipairs { ... } do lab.contains(result.output .. result.error, part, command) end
  return result
end

local function write(name, text)
  local path = lab.directory .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

lab.step("two clusters", function()
  world = pair.start {}
  hq, br = world.hq, world.br
  hq:activate { "dna-server" }
  br:activate { "dna-server" }
end)

lab.test("the course of a call is a tree, in text, JSON and for a browser", function()
  says(hq, "dna analyze CAROL-SOFTPHONE 912125551234", "outcome: trunk", "pattern: 9.1[2-9]XX[2-9]XXXXXX", "called_number: 12125551234",
    "partition  HQ-PSTN  4. through calling search space HQ-National",
    "called_number  9.1[2-9]XX[2-9]XXXXXX: discard digits pre_dot  912125551234 -> 12125551234", "route_group  HQ-Gateways", "device  HQ-Gateway")
  local answer = hq:json "dna analyze CAROL-SOFTPHONE 912125551234"
  lab.eq(answer.destinations[1].device, "HQ-Gateway")
  lab.eq(answer.course[1].kind, "caller")
  local page = hq:cli "dna analyze CAROL-SOFTPHONE 912125551234 --html"
  lab.check(page:find("^<!DOCTYPE html>") and page:find("12125551234", 1, true), "expected a page, got %.60s", page)
end)

lab.test("digit by digit, urgent patterns end the dialling", function()
  local answer = hq:json "dna analyze CAROL-SOFTPHONE 9119 --digit_by_digit"
  lab.eq(#answer.prefixes, 3)
  lab.eq(answer.prefixes[3].state, "routes")
  lab.eq(answer.pattern, "911")
end)

lab.test("a traveller's calls: the way home, and back to the visited gateway", function()
  local away = hq:json { "dna", "analyze", "user_id=alice", "visiting_cluster_id=BR", "device_pool=Roaming London", "digits=999" }
  lab.eq(away.outcome, "return_to_visiting_cluster")
  lab.eq(away.destinations[1].remote_cluster_id, "BR")
  lab.eq(away.course[1].kind, "policy")
  local back = br:json { "dna", "analyze", pair.desk_name, away.called_number, "--returned", "calling_number=" .. away.calling_number }
  lab.eq(back.outcome, "trunk")
  lab.contains(br:cli { "dna", "analyze", pair.desk_name, "999", "--returned" }, "comes back over trunk")
end)

lab.test("wrong questions are refused in words", function()
  for command, part in pairs {
    ["dna analyze nobody 1"] = "there is no phone and no trunk nobody",
    ["dna analyze CAROL-SOFTPHONE 1 device_pool=Default"] = "device_pool: expected none with a device",
    ["dna analyze user_id=alice digits=1"] = "visiting_cluster_id",
    ["dna analyze user_id=nobody visiting_cluster_id=BR digits=1"] = "nobody",
  } do
    local result = hq:try(command)
    lab.eq(result.code, 1, command)
    lab.contains(result.error, part, command)
  end
end)

lab.test("a partition is searched while its time schedule is active, by the clocks of the caller", function()
  hq:apply {
    time_periods = { { name = "Office", start_time = "08:00", end_time = "17:00", start_day = "mon", end_day = "fri" } },
    time_schedules = { { name = "Office", time_periods = { "Office" } } },
    partitions = { { name = "HQ-PSTN", time_schedule = "Office" } },
  }
  local asked = "dna analyze CAROL-SOFTPHONE 912125551234 at="
  says(hq, asked .. "2026-12-01T07:59", "outcome: no_match", "note  HQ-PSTN  not searched: its time schedule Office is not active at 2026-12-01 07:59 (America/Los_Angeles)")
  says(hq, asked .. "2026-12-01T08:00", "outcome: trunk")
  says(hq, asked .. "2026-12-01T16:00Z", "outcome: trunk") -- 08:00 in California
  says(hq, asked .. "2026-12-01T15:59Z", "outcome: no_match")
  says(hq, asked .. "tomorrow", "at: expected a time such as")
  says(hq, "dna emergency at=tomorrow", "at: expected a time such as")
  says(hq, "dna emergency numbers=911,9x", 'expected numbers of at most 50 of 0-9 * # +, got "9x"')
  local night = write("night.lua", [[return { { name = "closed at night", from = { device_name = "CAROL-SOFTPHONE" }, digits = "912125551234",
    at = "2026-12-01T22:00", must_not = { outcome = "trunk" } } }]])
  lab.contains(hq:cli { "dna", "test", night }, "ok 1 - closed at night")
  hq:apply { partitions = { { name = "HQ-PSTN", time_schedule = "" } } }
end)

local tests = write("plan.lua", [[
local carol = { device_name = "CAROL-SOFTPHONE" }
return {
  { name = "Carol reaches help", from = carol, digits = "911", must = { device = "HQ-Gateway", called_number = "911" } },
  { name = "Carol reaches Bob", from = carol, digits = "4002", must = { outcome = "phone" } },
  { name = "Carol's long-distance calls leave at the gateway", from = carol, digits = "912125551234", must = { device = "HQ-Gateway" } },
  { name = "calls that come in leave no more", from = { device_name = "HQ-Gateway" }, digits = "912125551234",
    must_not = { outcome = "trunk" } },
  { name = "Alice in London reaches help there", from = { user_id = "alice", visiting_cluster_id = "BR", device_pool = "Roaming London" },
    digits = "999", must = { outcome = "return_to_visiting_cluster", remote_cluster_id = "BR" } },
}
]])

lab.test("tests of the dial plan, as TAP", function()
  local result = hq:try { "dna", "test", tests }
  lab.eq(result.code, 0, result.output .. result.error)
  lab.contains(result.output, "ok 5 - Alice in London reaches help there")
  lab.contains(result.output, "1..5")
  local wrong = write("wrong.lua", [[return { { name = "wrong", from = { device_name = "CAROL-SOFTPHONE" }, digits = "911", must = { device = "CAROL-SOFTPHONE" } },
    { name = "nothing", digits = "1" } }]])
  result = hq:try { "dna", "test", wrong }
  lab.eq(result.code, 1)
  lab.contains(result.output, 'not ok 1 - wrong\n  # device: expected "CAROL-SOFTPHONE", got "HQ-Gateway"')
  lab.contains(result.output, "not ok 2 - nothing")
  local empty = hq:try { "dna", "test", write("empty.lua", "return {}") }
  lab.eq(empty.code, 1)
  lab.contains(empty.error, "expected at least one test, got none")
  local slip = hq:try { "dna", "test", write("slip.lua", [[return { { name = "x", from = { device_name = "CAROL-SOFTPHONE" }, digits = "911",
    must_not = { outcome = "trunc" } } }]]) }
  lab.eq(slip.code, 1)
  lab.contains(slip.error, "must_not.outcome")
  local nobody = hq:try { "dna", "test", write("nobody.lua", [[local carol = { device_name = "CAROL-SOFTPHONE" } return {
    { name = "device", from = carol, digits = "911", must_not = { device = "No-Such-Gateway" } },
    { name = "partition", from = carol, digits = "911", must_not = { partition = "No-Such" } },
    { name = "new", from = carol, digits = "911", must_not = { device = "New-Gateway", partition = "New" } },
    { name = "phone", from = carol, digits = "911", must_not = { device = "CAROL-SOFTPHONE" } },
    { name = "cluster", from = carol, digits = "911", must_not = { remote_cluster_id = "NOSUCH" } },
    { name = "must", from = carol, digits = "911", must = { device = "No-Such-Gateway" } } }]]), "--with",
    write("new.lua", [[return { partitions = { { name = "New" } }, sip_trunks = { { name = "New-Gateway", destinations = { { address = "127.0.0.2" } } } } }]]) }
  lab.eq(nobody.code, 1)
  lab.contains(nobody.output, "not ok 1 - device\n  # must_not.device: there is no trunk and no phone No-Such-Gateway")
  lab.contains(nobody.output, "not ok 2 - partition\n  # must_not.partition: there is no partition No-Such")
  lab.contains(nobody.output, "\nok 3 - new\nok 4 - phone\nnot ok 5 - cluster\n  # must_not.remote_cluster_id: there is no remote cluster NOSUCH")
  lab.contains(nobody.output, "not ok 6 - must\n  # must.device: there is no trunk and no phone No-Such-Gateway")
  result = hq:try { "dna", "test", write("broken.lua", [[return { { name = "x", digits = "1", musst = {} } }]]) }
  lab.eq(result.code, 1)
  lab.contains(result.error, "tests[1].musst")
  -- Behind the first 200, which are sent together, as the file counts it.
  local many = write("many.lua", [[local carol, list = { device_name = "CAROL-SOFTPHONE" }, {}
    for i = 1, 201 do list[i] = { name = "x", from = carol, digits = "911", must = { outcome = "trunk" } } end
    list[201].mustnt = {}
    return list]])
  result = hq:try { "dna", "test", many }
  lab.eq(result.code, 1)
  lab.contains(result.error, "tests[201].mustnt: expected a field")
  local slips = hq:try { "dna", "test", write("slips.lua", [[local carol = { device_name = "CAROL-SOFTPHONE" } return {
    { name = "pattern", from = carol, digits = "911", must_not = { pattern = "91!1" } },
    { name = "number", from = carol, digits = "911", must_not = { called_number = "9 11" } },
    { name = "caller", from = { device_pool = "Default", calling_number = "4 001" }, digits = "911", must_not = { outcome = "trunk" } },
    { name = "removed", from = carol, digits = "911", must_not = { pattern = "911", partition = "HQ-Emergency" } },
    { name = "partition", from = carol, digits = "911", must_not = { pattern = "911", partition = "HQ-PSTN" } } }]]), "--with",
    write("without.lua", [[return { remove = { route_patterns = { "911@HQ-Emergency" } } }]]) }
  lab.contains(slips.output, "not ok 1 - pattern\n  # must_not.pattern: there is no pattern 91!1")
  lab.contains(slips.output, 'not ok 2 - number\n  # must_not.called_number: expected a number of digits, *, #, + and A to D, got "9 11" (did you mean 911?)')
  lab.contains(slips.output, 'not ok 3 - caller\n  # calling_number: expected a number or a name without blanks, got "4 001"')
  lab.contains(slips.output, "\nok 4 - removed")
  lab.contains(slips.output, "not ok 5 - partition\n  # must_not.pattern: there is no pattern 911 in the partition HQ-PSTN")
end)

lab.test("a change is tried before it is made, and calls do not see it", function()
  local changes = write("changes.lua", [[return {
    route_patterns = { { pattern = "912X!", partition = "HQ-PSTN", block = true }, { pattern = "911", partition = "HQ-Emergency", block = true } },
    remove = { route_patterns = { "999@Emergency-GB" } },
  }]])
  local result = hq:try { "dna", "test", tests, "--with", changes }
  lab.eq(result.code, 1, result.output .. result.error)
  lab.contains(result.output, "not ok 1 - Carol reaches help")
  lab.contains(result.output, "not ok 5 - Alice in London reaches help there")
  lab.eq(hq:try({ "dna", "test", tests }).code, 0, "the plan is as it was")
  result = hq:try { "dna", "test", tests, "--with", write("phone.lua", [[return { phones = { { name = "SEP00AA000000FF", model = "Cisco 8851" } } }]]) }
  lab.eq(result.code, 1)
  lab.contains(result.error, "does not look at changes of phones")
  lab.eq(result.output, "", "nothing is judged")
  result = hq:try { "dna", "test", tests, "--with", write("bad.lua", [[return { route_patterns = { { pattern = "9[" } } }]]) }
  lab.eq(result.code, 1)
  lab.contains(result.error, "pattern")
end)

lab.test("a gateway that nobody has tried yet is tried", function()
  hq:apply { sip_trunks = { { name = "Untried", destinations = { { address = lab.address(77) } } } },
    route_patterns = { { pattern = "118", partition = "HQ-Emergency", sip_trunk = "Untried", emergency_services_number = true } } }
  lab.contains(hq:try("dna emergency numbers=118 here_only=true").output, "it goes to Untried, which does not answer")
  hq:apply { remove = { route_patterns = { "118@HQ-Emergency" }, sip_trunks = { "Untried" } } }
end)

lab.test("the ways of emergency calls, and their holes", function()
  local function matrix_of(arguments)
    local matrix, ways = hq:ask("dna/emergency", arguments or {}), {}
    for _, row in ipairs(matrix.rows) do ways[#ways + 1] = ("%s %s %s %s %s"):format(row.place, row.number, row.gateway, row.hole, row.text) end
    return table.concat(ways, "\n"), matrix
  end
  local here, told = matrix_of { here_only = true }
  lab.contains(here, "Roaming London (London) 999 EMCC-ICT-SIP-Trunk-1 not known cluster BR decides: ask there, sojourn dna emergency numbers=")
  lab.check(told.not_known > 0 and told.message:find("says how to learn it", 1, true), told.message)
  lab.contains(here, "San Jose (San Jose) 911  yes it goes to HQ-Gateway, which does not answer") -- which is not plugged in
  for i, name in ipairs { "HQ-Gateway", "London-Gateway", "Leeds-Gateway" } do
    lab.gateway { name = name, address = lab.address(50 + i) }
    local cluster = i == 1 and hq or br
    lab.wait_for(name .. " answers", 20, function()
      return cluster:cli { "--json", "sip-trunk", "status", name, "ask=true" }:find("full_service", 1, true)
    end)
  end
  br:activate { "dna-server" }
  local all, matrix = matrix_of()
  lab.contains(all, "San Jose (San Jose) 911 HQ-Gateway no")
  lab.contains(all, "Roaming London (London) 999 EMCC-ICT-SIP-Trunk-1 no cluster BR has a gateway for it at each of its places")
  lab.contains(all, "BR: London (London) 999 London-Gateway no")
  lab.eq(matrix.valid, matrix.holes == 0 and matrix.not_known == 0)
  lab.contains(hq:try("dna emergency here_only=true html=true").output, '<tr class="unknown"><td>HQ</td>')
  hq:cli "route-pattern set 911@HQ-Emergency block=true route_list=null"
  local result = hq:try "dna emergency numbers=911 html=true"
  lab.eq(result.code, 1)
  lab.contains(result.output, '<tr class="hole"><td>HQ</td><td>San Jose (San Jose)</td>')
  hq:cli "route-pattern set 911@HQ-Emergency block=false route_list=HQ-PSTN"
end)

lab.test("the pages: a form, an analysis, the matrix, and faults in words", function()
  hq:activate { "dna" }
  local function get(path)
    return task.http({ url = "http://localhost" .. path, method = "GET", unix_socket = hq.socket, headers = {} }).body
  end
  lab.contains(get "/dna/", "<form")
  lab.contains(get "/dna/analyze?device_name=CAROL-SOFTPHONE&digits=911", "<title>What 911 does</title>")
  lab.contains(get "/dna/analyze?calling_search_spaces=HQ-Internal,HQ-National&digits=911", "HQ-Gateway")
  lab.contains(get "/dna/analyze?device_name=%3Cscript%3E&digits=911", "&lt;script&gt;")
  lab.contains(get "/dna/emergency", "Emergency calls")
end)

lab.test("without the call manager it says so at once", function()
  hq:cli "service deactivate callmanager"
  local result = hq:try "dna analyze CAROL-SOFTPHONE 911"
  lab.eq(result.code, 1)
  lab.contains(result.error, "the Cisco CallManager decides about calls and does not answer here")
  result = hq:try { "dna", "test", tests }
  lab.eq(result.code, 1)
  lab.contains(result.error, "does not answer here")
end)
