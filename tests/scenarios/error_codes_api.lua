-- Every code that only applications of the Extension Mobility API meet is provoked by its cause; see docs/error-codes.md.
local lab = require "lab"
local codes = require "codes"
local pair = require "pair"

local world = pair.start { trust = false, base_devices = 0, desk = false }
local br = world.br

local function body(root, id, password, action)
  return ("<%s><appInfo><appID>%s</appID><appCertificate>%s</appCertificate></appInfo>%s</%s>"):format(root, id, password, action, root)
end

-- The application reads the code and its name in the answer, the administrator both and the cause in the log.
local function refused(code, xml, cause)
  local answered, text = codes.api(br, xml)
  lab.eq(answered, code, text)
  lab.contains(text, codes.entries[code].name)
  return codes.logged(code, { at = br, cause = cause })
end

local function hub(action, root) return body(root or "request", "hub", "hub-password", action) end

lab.step("an application with the proxy right, and a user with a password", function()
  br:apply {
    application_users = { { user_id = "hub", password = "hub-password", roles = { "Standard EM Authentication Proxy Rights" } } },
    end_users = { { user_id = "wendy", last_name = "West", password = "wendys-password", pin = "11111" } },
  }
end)

lab.test("1 what is no document, or none of ours", function()
  refused(1, "<request><appInfo>", "well%-formed")
  refused(1, "", "empty")
  refused(1, "<greeting/>", "greeting")
  return refused(1, [[<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><request><appInfo><appID>&a;</appID></appInfo></request>]])
end)

lab.test("3 an application with a wrong password, and one that does not exist", function()
  refused(3, body("request", "hub", "guessed", "<logoutAll/>"))
  return refused(3, body("request", "stranger", "guessed", "<logoutAll/>"), "no such user")
end)

lab.test("5 logout on a phone where nobody may log in", function()
  return refused(5, hub "<logout><deviceName>SEP00BB00000003</deviceName></logout>", "Enable Extension Mobility is off")
end)

lab.test("8 a query for nothing that is known", function() return refused(8, hub("<weatherQuery/>", "query"), "holds none of") end)

lab.test("10 a user who acts for another", function()
  return refused(10, body("request", "wendy", "wendys-password", "<login><deviceName>SEP00BB00000001</deviceName><userID>william</userID></login>"),
    "may not log others in")
end)

lab.test("11 no such phone", function()
  return refused(11, hub "<login><deviceName>SEP00DD00000009</deviceName><userID>william</userID></login>", "SEP00DD00000009")
end)

lab.test("12 a device profile that is not the user's, and a user without any", function()
  refused(12, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>william</userID><deviceProfile>Alice</deviceProfile></login>",
    "Alice is not among the device profiles")
  local answered, text = codes.api(br, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>wendy</userID></login>")
  lab.eq(answered, 12, text)
end)

lab.test("18 the phone is occupied", function()
  lab.eq(codes.api(br, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>william</userID></login>"), nil)
  br:cli { "end-user", "set", "wendy", "controlled_profiles=William" }
  return refused(18, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>wendy</userID></login>", "william is logged in")
end)

lab.test("19 logout on a phone where nobody is", function()
  lab.eq(codes.api(br, hub "<logout><deviceName>SEP00BB00000001</deviceName></logout>"), nil)
  br:wait_gone "sessions/SEP00BB00000001"
  return refused(19, hub "<logout><deviceName>SEP00BB00000001</deviceName></logout>", "nobody is logged in")
end)

lab.test("22 login on a phone where nobody may log in", function()
  return refused(22, hub "<login><deviceName>SEP00BB00000003</deviceName><userID>william</userID></login>", "is off on SEP00BB00000003")
end)

lab.test("23 nobody has that id", function()
  return refused(23, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>nobody</userID></login>", "nobody")
end)

lab.test("code 0 never appeared", function() codes.never_zero(br) end)
