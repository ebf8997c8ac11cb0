-- EMCC logins by applications of the visited cluster: with the traveller's PIN, and without it where the home cluster accepts that;
-- the phone goes home and comes back, and both sides know which application it was.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local hub = { { user_id = "hub", password = "hub-password", roles = { "Standard EM Authentication Proxy Rights" } } }

local function document(root, action)
  return ("<%s><appInfo><appID>hub</appID><appCertificate>hub-password</appCertificate></appInfo>%s</%s>"):format(root, action, root)
end

local function login(more)
  return document("request", ("<login><deviceName>%s</deviceName><userID>alice</userID>%s</login>"):format(pair.desk_name, more))
end

local logout = document("request", ("<logout><deviceName>%s</deviceName></logout>"):format(pair.desk_name))

local function expect(cluster, code, xml)
  local answered, text = codes.api(cluster, xml)
  lab.eq(answered, code, text)
  return text
end

local function accept(yes) hq:cli { "remote-cluster", "set", "BR", "accept_application_logins=" .. tostring(yes) } end

lab.step("an application with the proxy right on both sides", function()
  br:apply { application_users = hub }
  hq:apply { application_users = hub }
end)

lab.test("an application's login and logout within the cluster leave the phone's call log alone", function()
  br:apply { parameters = { ["Cisco Extension Mobility"] = { ["Clear Call Logs on Intra-Cluster EM"] = true } } }
  desk.call_log = { "a call" }
  expect(br, nil, document("request", ("<login><deviceName>%s</deviceName><userID>william</userID></login>"):format(pair.desk_name)))
  desk:wait_registered { at = br, number = "6100" }
  expect(br, nil, logout)
  pair.wait_clean(world)
  lab.eq(#desk.call_log, 1, "calls in the phone's log")
end)

lab.test("without the element emcc a traveller is nobody, as documented", function()
  expect(br, 23, login "")
  expect(br, 23, login "<emcc>false</emcc>")
end)

lab.test("with a wrong PIN, and without one", function()
  expect(br, 2, login "<emcc>true</emcc><userPIN>54321</userPIN>")
  expect(br, 10, login "<emcc>true</emcc>")
  codes.logged(10, { at = hq, cause = "Accept Logins by Applications is off" })
  return codes.logged(10, { at = br, cause = "home cluster HQ refuses with 10" })
end)

lab.test("with the PIN the desk becomes Alice's", function()
  expect(br, nil, login "<emcc>true</emcc><userPIN>12345</userPIN>")
  desk:wait_registered { at = hq, number = "4001" }
  for _, cluster in ipairs { hq, br } do lab.eq(cluster:get("sessions/" .. pair.desk_name).logged_in_by, "hub", cluster.id) end
  lab.contains(expect(br, nil, document("query", "<deviceUserQuery><deviceName>" .. pair.desk_name .. "</deviceName></deviceUserQuery>")),
    "<userID>alice</userID><lastlogin>alice</lastlogin><emccDevice>yes</emccDevice>")
end)

lab.test("the traveller logs out on the phone as ever", function()
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("without the PIN, once HQ accepts that, for an hour", function()
  accept(true)
  expect(br, nil, login "<exclusiveDuration><time>60</time></exclusiveDuration><emcc>true</emcc>")
  desk:wait_registered { at = hq, number = "4001" }
  local session = hq:get("sessions/" .. pair.desk_name)
  lab.eq(session.logged_in_by, "hub")
  return session.login_time .. " to " .. session.expires_at
end)

lab.test("sojourn trace names the application on both sides", function()
  local trace = hq:get("sessions/" .. pair.desk_name).trace_id
  local home, visited = hq:cli("trace " .. trace), br:cli("trace " .. trace)
  lab.contains(home, "application hub of cluster BR asks to log alice in")
  lab.contains(home, "no PIN is needed")
  lab.contains(visited, "application hub wants to log alice in")
  for _, cluster in ipairs { hq, br } do lab.contains(cluster:log_text(), "is logged in on " .. pair.desk_name) end
  lab.check(br:log_text():find("application hub at [%d.]+: login of alice on " .. pair.desk_name .. ", other clusters too: done"), "audit at BR")
  return home
end)

lab.test("the home cluster's application logs her out, and the phone goes back", function()
  local trace = hq:get("sessions/" .. pair.desk_name).trace_id
  expect(hq, nil, logout)
  pair.wait_clean(world)
  lab.contains(hq:cli("trace " .. trace), "application hub asks for alice to be logged out")
  lab.contains(br:cli("trace " .. trace), "(application hub)")
end)

lab.test("the visited cluster's application logs her out, and the phone goes back", function()
  expect(br, nil, login "<emcc>true</emcc>")
  desk:wait_registered { at = hq, number = "4001" }
  local trace = hq:get("sessions/" .. pair.desk_name).trace_id
  expect(br, nil, logout)
  pair.wait_clean(world)
  lab.contains(hq:cli("trace " .. trace), "(application hub)")
end)

lab.test("logoutAll leaves travellers alone, and ends their sessions with the element emcc", function()
  expect(br, nil, login "<emcc>true</emcc>")
  desk:wait_registered { at = hq, number = "4001" }
  expect(br, nil, document("request", "<logoutAll/>"))
  lab.eq(br:get("sessions/" .. pair.desk_name).state, "active")
  expect(br, nil, document("request", "<logoutAll><emcc>true</emcc></logoutAll>"))
  pair.wait_clean(world)
end)

lab.test("what HQ tells applications of its users, and what not", function()
  local profiles = document("query", "<deviceProfileQuery><userID>alice</userID><emcc>true</emcc></deviceProfileQuery>")
  lab.contains(expect(br, nil, profiles), "<deviceProfileName>Alice</deviceProfileName><isDefaultDeviceProfile>t</isDefaultDeviceProfile>")
  accept(false)
  expect(br, 10, profiles)
  lab.contains(expect(br, nil, document("query", "<checkUser><userID>alice</userID><userID>zoe</userID><emcc>true</emcc></checkUser>")),
    '<user id="alice"><exists/></user><user id="zoe"><doesNotExist/></user>')
  -- Bob may not travel: of him nothing is told even then.
  accept(true)
  expect(br, 10, document("query", "<deviceProfileQuery><userID>bob</userID><emcc>true</emcc></deviceProfileQuery>"))
end)

lab.test("code 0 never appeared", function() codes.never_zero(hq, br) end)
