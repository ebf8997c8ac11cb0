-- What the monitoring of Extension Mobility counts on both sides: logins and logouts, users abroad and visitors here, look-ups, failures; the
-- states are right again after a restart.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start { desk = false }
local hq, br = world.hq, world.br
local page = ("device=%s&EMCC=true"):format(pair.desk_name)

local names = {
  "requests_handled_total", "requests_in_progress", "requests_throttled_total", "logins_attempted_total", "logins_total",
  "logouts_attempted_total", "logouts_total", "intercluster_messages_total", "remote_devices", "unknown_remote_users_total",
  "intercluster_requests_in_progress", "remote_users", "check_user_handled_total", "emcc_failed_in_local_cluster_total",
  "emcc_failed_in_remote_cluster_total",
}

local function counted(cluster)
  local text = task.http { url = "http://node/metrics", unix_socket = cluster.state .. "/sojourn.sock" }.body
  local values = {}
  for _, name in ipairs(names) do
    values[name] = tonumber(text:match("\nsojourn_em_" .. name .. " (%S+)"))
    lab.check(values[name], "%s does not count %s", cluster.name, name)
    lab.check(text:find("# HELP sojourn_em_" .. name .. " %u"), "%s is not explained", name)
  end
  return values
end

-- Runs what is to be counted, and compares: each of `expected` has grown by so much on that side; of the rest nothing has on BR.
local function counts(what, expected_br, expected_hq)
  local br_before, hq_before = counted(br), counted(hq)
  what()
  lab.wait_for("the counters", 5, function()
    local br_now, hq_now = counted(br), counted(hq)
    for _, name in ipairs(names) do
      local grown = name:find "in_progress" and br_now[name] or br_now[name] - br_before[name] -- afterwards nothing is in progress
      if name ~= "intercluster_messages_total" and grown ~= (expected_br[name] or 0) then return nil, ("BR: %s grew by %g"):format(name, grown) end
    end
    for name, amount in pairs(expected_hq) do
      local grown = hq_now[name] - hq_before[name]
      if grown ~= amount then return nil, ("HQ: %s grew by %g"):format(name, grown) end
    end
    return true
  end)
end

lab.test("a traveller logs in", function()
  counts(function() lab.eq(codes.page_text(br, page .. "&userid=alice&seq=12345"), "Login successful") end,
    { requests_handled_total = 1, logins_attempted_total = 1, logins_total = 1, remote_users = 1 },
    { remote_devices = 1, check_user_handled_total = 1, intercluster_messages_total = 2 })
end)

lab.test("both nodes start anew: who is abroad and who visits is counted as before", function()
  for _, cluster in ipairs { hq, br } do
    cluster:restart()
    cluster:wait_ready()
  end
  lab.eq(counted(br).remote_users, 1, "visitors at BR")
  lab.eq(counted(hq).remote_devices, 1, "phones of others at HQ")
  pair.update(world)
end)

lab.test("the traveller logs out", function()
  counts(function() lab.eq(codes.page_text(br, page .. "&doLogout=true"), "Logout successful") end,
    { requests_handled_total = 1, logouts_attempted_total = 1, logouts_total = 1, remote_users = -1 },
    { remote_devices = -1 })
end)

lab.test("nobody knows that id", function()
  counts(function() lab.eq(codes.page_text(br, page .. "&userid=nobody&seq=12345"), "Login is unavailable(23)") end,
    { requests_handled_total = 1, logins_attempted_total = 1, unknown_remote_users_total = 1, emcc_failed_in_local_cluster_total = 1 },
    { check_user_handled_total = 1, remote_devices = 0 })
end)

lab.test("the home cluster refuses", function()
  counts(function() lab.eq(codes.page_text(br, page .. "&userid=alice&seq=99999"), "Login is unavailable(2)") end,
    { requests_handled_total = 1, logins_attempted_total = 1, emcc_failed_in_remote_cluster_total = 1 },
    { check_user_handled_total = 1, remote_devices = 0 })
end)
