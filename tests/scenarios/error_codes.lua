-- Every code that a phone can meet before another cluster is asked is provoked by its cause; see docs/error-codes.md.
local lab = require "lab"
local codes = require "codes"
local pair = require "pair"
local task = require "task"

local world = pair.start { base_devices = 0 }
local hq, br, desk = world.hq, world.br, world.desk
local service = { "Extension Mobility" }

local function parameter(values) br:apply { parameters = { ["Cisco Extension Mobility"] = values } } end

-- Opens the servlet of BR from the hot desk.
local function open(query) return desk:open(("http://%s:8080/emapp/EMAppServlet?%s"):format(br.address, query)) end
local function log_in(user, pin, more) return open(("device=%s&userid=%s&seq=%s%s"):format(pair.desk_name, user, pin, more or "&EMCC=true")) end

lab.step("users and phones with something wrong", function()
  br:apply {
    device_profiles = { { name = "Both", model = "Cisco 8851", services = service } },
    end_users = {
      { user_id = "unprovided", last_name = "Unprovided", pin = "11111" },
      { user_id = "twin1", last_name = "Twin", pin = "11111", primary_extension = "6100@BR-Phones", controlled_profiles = { "Both" } },
      { user_id = "twin2", last_name = "Twin", pin = "11111", primary_extension = "6100@BR-Phones", controlled_profiles = { "Both" } },
      { user_id = "fresh", last_name = "Fresh", pin = "11111", pin_change_required = true, controlled_profiles = { "Both" } },
    },
    phones = { { name = "SEP00BB00000032", model = "Cisco 7832", enable_extension_mobility = true, services = service } },
  }
end)

lab.test("11 no such phone", function() return codes.expect(open "device=SEP00DD00000009", 11, { at = br, cause = "SEP00DD00000009" }) end)

lab.test("18 another user is on the phone", function()
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  local cause = codes.expect(log_in("twin1", "11111"), 18, { at = br, cause = "william is logged in on " .. pair.desk_name })
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  return cause
end)

lab.test("19 logout without a session", function()
  return codes.expect(open("device=" .. pair.desk_name .. "&doLogout=true"), 19, { at = br, cause = "no user is logged in", logout = true })
end)

lab.test("22 nobody may log in on the phone", function()
  return codes.expect(open "device=SEP00BB00000003", 22, { at = br, cause = "Enable Extension Mobility is off" })
end)

lab.test("23 the id is known nowhere", function() return codes.expect(log_in("nobody", "12345"), 23, { at = br, cause = "remote cluster" }) end)

lab.test("25 the user is on another phone", function()
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  local cause = codes.expect(open "device=SEP00BB00000002&userid=william&seq=67890", 25, { at = br, cause = pair.desk_name })
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  return cause
end)

lab.test("26 more logins at once than Maximum Concurrent Requests", function()
  local function at_once(count)
    local texts, open_requests = {}, count
    for i = 1, count do
      task.start(function()
        texts[i] = codes.page_text(br, ("device=SEP0000000000%02d&userid=nobody&seq=12345"):format(i))
        open_requests = open_requests - 1
        task.changed()
      end)
    end
    lab.wait_for("all are answered", 20, function() return open_requests == 0 end)
    return table.concat(texts, "\n")
  end
  br:apply { phones = (function()
    local phones = {}
    for i = 1, 8 do phones[i] = { name = ("SEP0000000000%02d"):format(i), model = "Cisco 8851", enable_extension_mobility = true } end
    return phones
  end)() }
  parameter { ["Maximum Concurrent Requests"] = 1 }
  -- A busy machine may let them in one after the other.
  local seen
  for _ = 1, 10 do
    seen = seen or at_once(8):find(codes.entries[26].login, 1, true)
  end
  parameter { ["Maximum Concurrent Requests"] = 15 }
  lab.check(seen, "nobody was told %s", codes.entries[26].login)
  return codes.logged(26, { at = br })
end)

lab.test("28 an address that nobody knows", function()
  parameter { ["Validate IP Address"] = true }
  local cause = codes.page_text(br, "device=" .. pair.desk_name, nil, lab.address(77))
  parameter { ["Validate IP Address"] = false }
  lab.eq(cause, codes.entries[28].login)
  return codes.logged(28, { at = br, cause = lab.address(77) })
end)

lab.test("29 the registered phones cannot be asked for", function()
  parameter { ["Validate IP Address"] = true }
  br:cli "service deactivate callmanager"
  local text = codes.page_text(br, "device=" .. pair.desk_name, nil, lab.address(78))
  br:cli "service activate callmanager"
  parameter { ["Validate IP Address"] = false }
  lab.eq(text, codes.entries[29].login)
  desk:wait_registered { at = br, number = "6001", seconds = 20 }
  return codes.logged(29, { at = br })
end)

lab.test("30 through a web proxy, which is not allowed", function()
  parameter { ["Validate IP Address"] = true, ["EMCC Allow Proxy"] = false, ["Allow Proxy"] = false }
  local texts = {}
  for _, query in ipairs { "", "&EMCC=true" } do
    texts[#texts + 1] = codes.page_text(br, "device=" .. pair.desk_name .. query, { Via = "1.1 proxy.example" }, desk.address)
  end
  parameter { ["Validate IP Address"] = false, ["EMCC Allow Proxy"] = true, ["Allow Proxy"] = true }
  lab.eq(table.concat(texts, " "), codes.entries[30].login .. " " .. codes.entries[30].login)
  return codes.logged(30, { at = br })
end)

lab.test("41 the PIN must be changed first", function()
  local page = log_in("fresh", "11111")
  lab.check(page.keys.Change, "the page offers to change the PIN: %s", page:words())
  return codes.expect(page, 41, { at = br })
end)

lab.test("201 a wrong PIN, and a foreign id on a phone whose service does not ask for EMCC", function()
  codes.expect(log_in("william", "11111"), 201, { at = br, cause = "PIN" })
  return codes.expect(log_in("alice", "12345", ""), 201, { at = br, cause = "does not ask for EMCC" })
end)

lab.test("202 an empty user id or PIN", function()
  codes.expect(log_in("", "12345"), 202, { at = br })
  return codes.expect(log_in("alice", ""), 202, { at = br, cause = "empty" })
end)

lab.test("205 a user without device profile", function()
  return codes.expect(log_in("unprovided", "11111"), 205, { at = br, cause = "no device profile is associated with unprovided" })
end)

lab.test("207 no device named", function() return codes.expect(open "EMCC=true", 207, { at = br }) end)

lab.test("211 PSTN Access is not active", function()
  br:cli "intercluster-service-profile set pstn_access_active=false"
  local page = log_in("alice", "12345")
  br:cli "intercluster-service-profile set pstn_access_active=true"
  return codes.expect(page, 211, { at = br, cause = "of this cluster" })
end)

lab.test("201 for a traveller: EMCC is not active in this cluster", function()
  br:cli "intercluster-service-profile set emcc_active=false"
  local page = log_in("alice", "12345")
  br:cli "intercluster-service-profile set emcc_active=true"
  return codes.expect(page, 201, { at = br, cause = "EMCC is not active" })
end)

lab.test("213 a model without EMCC", function()
  return codes.expect(open "device=SEP00BB00000032&userid=alice&seq=12345&EMCC=true", 213, { at = br, cause = "Cisco 7832" })
end)

lab.test("215 a login type that does not exist", function() return codes.expect(log_in("alice", "12345", "&loginType=XY"), 215, { at = br }) end)

lab.test("216 an extension of two users", function()
  return codes.expect(log_in("6100", "11111", "&loginType=DN"), 216, { at = br, cause = "6100" })
end)

lab.test("36 no remote cluster with EMCC", function()
  br:cli "remote-cluster set HQ emcc=false"
  local page = log_in("alice", "12345")
  br:cli "remote-cluster set HQ emcc=true"
  return codes.expect(page, 36, { at = br })
end)

lab.test("code 0 never appeared", function() codes.never_zero(hq, br) end)
