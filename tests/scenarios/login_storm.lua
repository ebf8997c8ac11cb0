-- More logins at once than Maximum Concurrent Requests: those above get 26 and leave nothing, here and at the home cluster, and the
-- others are treated as ever. Then wrong PINs at once: the lock-out counts each, and nobody else waits for them.
local codes = require "codes"
local core = require "core"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local phones_count, users_count = 300, 20
local world = pair.start { base_devices = 60, desk = false }
local hq, br = world.hq, world.br

local function phone_name(number) return ("SEP00CC%08d"):format(number) end

-- Users of a cluster, the first on phone 1, 1 + users_count, ...
local function users(cluster, prefix)
  local site = { end_users = {}, device_profiles = {} }
  for i = 1, users_count do
    site.device_profiles[i] = { name = "udp-" .. prefix .. i, model = "Cisco 8851" }
    site.end_users[i] = {
      user_id = prefix .. i, last_name = prefix, pin = "24680", enable_emcc = true, controlled_profiles = { "udp-" .. prefix .. i },
    }
  end
  cluster:apply(site)
end

lab.step("a site with many phones, users here and at home", function()
  local phones = {}
  for i = 1, phones_count do phones[i] = { name = phone_name(i), model = "Cisco 8851", enable_extension_mobility = true } end
  br:apply { phones = phones }
  users(br, "s")
  users(hq, "t")
  -- Whoever is answered early leaves room for another phone of the same user.
  br:apply { parameters = { ["Cisco Extension Mobility"] = { ["Intra-cluster Multiple Login Behavior"] = "allowed" } } }
end)

-- What there is ------------------------------------------------------------------------------------------------------------------------

local function limit(cluster, requests)
  cluster:apply { parameters = { ["Cisco Extension Mobility"] = { ["Maximum Concurrent Requests"] = requests } } }
end

local function metrics(cluster)
  local page = task.http { url = "http://node/metrics", unix_socket = cluster.state .. "/sojourn.sock" }.body
  local function value(name) return assert(tonumber(page:match("\nsojourn_" .. name .. " ([%d.e+]+)")), name) end
  return {
    attempted = value "em_logins_attempted_total", successful = value "em_logins_total", throttled = value "em_requests_throttled_total",
    handled = value "em_requests_handled_total", in_progress = value "em_requests_in_progress",
    refused_by_home = value "em_emcc_failed_in_remote_cluster_total",
  }
end

local function difference(after, before)
  local all = {}
  for name, value in pairs(after) do all[name] = value - before[name] end
  return all
end

local function count(cluster, plural, condition)
  local found = 0
  for _, record in ipairs(cluster:list(plural)) do
    if not condition or condition(record) then found = found + 1 end
  end
  return found
end

-- Descriptors of a node's worker but those of its store and of its unix socket, over which this script asks; and what they are.
local function descriptors(cluster)
  local supervisor = cluster.process:pid()
  local worker = codes.read(("/proc/%d/task/%d/children"):format(supervisor, supervisor)):match("%d+")
  local listing, open, ours = assert(io.popen(("ls -l /proc/%s/fd"):format(worker))), {}, {}
  for inode in codes.read(("/proc/%s/net/unix"):format(worker)):gmatch("(%d+) ?[^\n ]*\n") do ours[inode] = true end
  for line in listing:lines() do
    local target = line:match("%-> (.*)")
    if target and not target:find("sojourn.db", 1, true) and not ours[target:match("^socket:%[(%d+)%]")] then open[#open + 1] = target end
  end
  listing:close()
  return #open, table.concat(open, " ")
end

-- What Extension Mobility owns: scopes, timers, whatever a request takes.
local function owned(cluster)
  local total = 0
  for _, thing in ipairs(cluster:ask("service/status", { service = "extension-mobility" }).owned) do
    if thing.kind ~= "metric" then total = total + thing.count end -- a code's series begins with its first refusal and stays
  end
  return total
end

-- Many at once -------------------------------------------------------------------------------------------------------------------------

-- Asks for all pages at once, each over a connection of its own; meanwhile() runs when all are under way. Returns the pages' texts.
local function all_at_once(queries, meanwhile)
  local texts, open = {}, #queries
  for i, query in ipairs(queries) do
    task.start(function()
      texts[i] = codes.page_text(br, query, { Connection = "close" })
      open = open - 1
      task.changed()
    end)
  end
  if meanwhile then meanwhile(function() return open end) end
  lab.wait_for("all are answered", 60, function() return open == 0, open .. " are not" end)
  return texts
end

local function logins(numbers, prefix, pin, emcc)
  local queries = {}
  for i = 1, numbers do
    queries[i] = ("device=%s&userid=%s%d&seq=%s%s"):format(phone_name(i), prefix, 1 + (i - 1) % users_count, pin or "24680",
      emcc and "&EMCC=true" or "")
  end
  return queries
end

-- Phones whose login succeeded, and how many were told 26; nothing else may come.
local function outcome(texts)
  local successful, busy = {}, 0
  for i, text in ipairs(texts) do
    if text == "Login successful" then
      successful[#successful + 1] = i
    else
      lab.eq(text, codes.entries[26].login, "what phone " .. i .. " shows")
      busy = busy + 1
    end
  end
  return successful, busy
end

local function log_out(numbers)
  for _, i in ipairs(numbers) do
    lab.eq(codes.page_text(br, "device=" .. phone_name(i) .. "&doLogout=true", { Connection = "close" }), "Logout successful")
  end
end

local function is_set(of)
  local set = {}
  for _, i in ipairs(of) do set[phone_name(i)] = true end
  return set
end

-- The story ----------------------------------------------------------------------------------------------------------------------------

local quiet -- what is owned and open when nobody logs in

local function local_storm()
  local before = metrics(br)
  local successful, busy = outcome(all_at_once(logins(phones_count, "s")))
  local counted = difference(metrics(br), before)
  lab.check(busy > 0 and #successful >= 15, "%d succeeded, %d were busy", #successful, busy)
  lab.eq(counted.attempted, phones_count, "logins attempted")
  lab.eq(counted.throttled, busy, "requests throttled")
  lab.eq(counted.successful, #successful, "logins successful")
  lab.eq(counted.handled, #successful, "requests handled")
  lab.eq(counted.in_progress, 0, "requests in progress")
  local on = is_set(successful)
  for _, plural in ipairs { "sessions", "live_devices", "last_logins" } do
    lab.eq(count(br, plural, function(record) return not on[record.device_name or record.name] and not quiet.last[record.device_name] end), 0,
      plural .. " of phones that were told 26")
  end
  lab.eq(count(br, "sessions"), #successful, "sessions")
  log_out(successful)
  lab.eq(count(br, "sessions") + count(br, "live_devices"), 0, "what is left after all have logged out")
  for name in pairs(on) do quiet.last[name] = true end
  return ("%d logged in, %d were told 26"):format(#successful, busy)
end

local function wait_quiet(cluster, before)
  lab.wait_for("what the storm took is given back", 15, function()
    local have, open, what = owned(cluster), descriptors(cluster)
    return have <= before.owned and open <= before.open,
      ("owned %d, before %d; open %d, before %d: %s"):format(have, before.owned, open, before.open, what)
  end)
end

lab.step("before the storm one login has been, so that all that stays is there", function()
  limit(br, 15)
  lab.eq(all_at_once(logins(1, "s"))[1], "Login successful")
  log_out { 1 }
  lab.eq(all_at_once(logins(1, "t", nil, true))[1], "Login successful")
  log_out { 1 }
  quiet = { last = is_set { 1 } }
  for _, cluster in ipairs { hq, br } do
    quiet[cluster] = { owned = owned(cluster), open = (descriptors(cluster)) + 2 }
  end
end)

lab.test("300 logins at once, 15 are treated at once: the others get 26, and everything adds up", function()
  local said = local_storm()
  wait_quiet(br, quiet[br])
  return said
end)

lab.test("after it logins work, and a second storm leaves as little", function()
  lab.eq(all_at_once(logins(1, "s"))[1], "Login successful")
  log_out { 1 }
  local said = local_storm()
  wait_quiet(br, quiet[br])
  return said
end)

lab.test("the home cluster's 26 reaches the phone, and leaves nothing on either side", function()
  local wanted, kept = 60, 16
  limit(br, 100)
  limit(hq, 4)
  local before_hq, before_br = metrics(hq), metrics(br)
  local successful, busy = outcome(all_at_once(logins(wanted, "t", nil, true)))
  local at_hq, at_br = difference(metrics(hq), before_hq), difference(metrics(br), before_br)
  lab.check(busy > 0 and #successful >= 4, "%d succeeded, %d were busy", #successful, busy)
  lab.eq(at_hq.attempted, wanted, "logins attempted at home")
  lab.eq(at_hq.throttled, busy, "requests throttled at home")
  lab.eq(at_hq.successful, #successful, "logins successful at home")
  lab.eq(at_br.attempted, wanted, "logins attempted here")
  lab.eq(at_br.throttled, 0, "requests throttled here")
  lab.eq(at_br.refused_by_home, busy, "refused by the home cluster")
  lab.eq(at_br.successful, #successful, "logins successful here")
  lab.eq(at_br.in_progress + at_hq.in_progress, 0, "requests in progress")
  lab.eq(count(hq, "sessions"), #successful, "sessions at home")
  lab.eq(count(br, "sessions"), #successful, "sessions here")
  lab.eq(count(hq, "live_devices"), #successful, "live devices")
  lab.eq(count(hq, "emcc_base_devices", function(device) return (device.device_name or "") ~= "" end), #successful, "base devices taken")
  log_out(successful)
  lab.wait_for("both clusters are clean", 15, function()
    local left = count(hq, "sessions") + count(br, "sessions") + count(hq, "live_devices")
      + count(hq, "emcc_base_devices", function(device) return (device.device_name or "") ~= "" end)
    return left == 0, left .. " records are left"
  end)
  limit(hq, 15)
  lab.eq(all_at_once(logins(1, "t", nil, true))[1], "Login successful")
  log_out { 1 }
  wait_quiet(br, { owned = quiet[br].owned, open = quiet[br].open + kept }) -- the lines between the clusters stay open for a while
  return ("%d logged in, %d were told 26 by HQ"):format(#successful, busy)
end)

lab.test("50 wrong PINs at once: five count and lock, and another phone's page comes before they are all checked", function()
  br:apply { parameters = { Enterprise = { ["Failed Logon"] = 5 } } }
  local queries, left = {}, nil
  -- 60 within a minute would bar the address from which they come.
  for i = 1, 50 do queries[i] = ("device=%s&userid=s1&seq=11111"):format(phone_name(i)) end
  queries[51] = ("device=%s&userid=s1&seq=24680"):format(phone_name(51)) -- right, but after the five
  local texts = all_at_once(queries, function(open)
    lab.contains(codes.page_text(br, "device=" .. phone_name(200), { Connection = "close" }), "CiscoIPPhoneInput")
    left = open()
  end)
  for i, text in ipairs(texts) do lab.eq(text, codes.entries[201].login, "what phone " .. i .. " shows") end
  lab.check(left > 0, "the page came when all were checked")
  local state = br:get "credential_states/s1@pin"
  lab.check(state and state.locked_until, "the PIN is locked")
  lab.eq(state.failed_attempts, 0, "attempts counted towards the next lock")
  local _, locks = br:log_text():gsub("the pin of s1 is locked after 5 wrong attempts", "")
  lab.eq(locks, 1, "locks")
  lab.eq(codes.page_text(br, queries[51]), codes.entries[201].login, "the right PIN while it is locked")
  lab.eq(count(br, "sessions"), 0, "sessions")
  lab.eq(all_at_once({ ("device=%s&userid=s2&seq=24680"):format(phone_name(62)) })[1], "Login successful")
  log_out { 62 }
  return ("%d PINs were still to be checked"):format(left)
end)
