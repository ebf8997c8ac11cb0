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

lab.test("3 a locked password, until it has a new one", function()
  br:apply { application_users = { { user_id = "crm", password = "crm-password", roles = { "Standard EM Authentication Proxy Rights" } } } }
  local ask = "<checkUser><userID>william</userID></checkUser>"
  lab.eq(codes.api(br, body("query", "crm", "crm-password", ask)), nil)
  for _ = 1, 5 do refused(3, body("query", "crm", "guessed", ask)) end
  local line = refused(3, body("query", "crm", "crm-password", ask), "is locked")
  br:cli { "application-user", "set", "crm", "password=another-password" }
  lab.eq(codes.api(br, body("query", "crm", "another-password", ask)), nil)
  return line
end)

lab.test("5 logout on a phone where nobody may log in", function()
  return refused(5, hub "<logout><deviceName>SEP00BB00000003</deviceName></logout>", "Enable Extension Mobility is off")
end)

lab.test("7 a logout time that cannot be set", function()
  local function during(time)
    return hub("<login><deviceName>SEP00BB00000001</deviceName><userID>william</userID><exclusiveDuration><time>" .. time ..
      "</time></exclusiveDuration></login>")
  end
  refused(7, during "soon", "expected a number of minutes")
  refused(7, during "-5", "expected a number of minutes")
  refused(7, during "100001", "up to 100000")
  lab.eq(br:get "sessions/SEP00BB00000001", nil)
  return refused(7, during "", "expected a number of minutes")
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
  return refused(19, hub "<logout><deviceName>SEP00BB00000001</deviceName></logout>", "no user is logged in")
end)

lab.test("22 login on a phone where nobody may log in", function()
  return refused(22, hub "<login><deviceName>SEP00BB00000003</deviceName><userID>william</userID></login>", "is off on SEP00BB00000003")
end)

lab.test("23 nobody has that id", function()
  return refused(23, hub "<login><deviceName>SEP00BB00000001</deviceName><userID>nobody</userID></login>", "nobody")
end)

lab.test("27 an application whose password must be changed changes it, and is served again", function()
  local function status(user, path, method, body)
    local out = lab.directory .. "/curl.out"
    os.execute(("curl -sS -k --noproxy '*' --max-time 10 -u '%s' -X %s -H 'Content-Type: application/json' -d '%s' -o /dev/null -w '%%{http_code}' https://%s:8443%s >%s 2>&1")
      :format(user, method, body, br.address, path, out))
    return codes.read(out)
  end
  br:cli { "application-user", "set", "hub", "password_change_required=true" }
  local line = refused(27, hub("<checkUser><userID>william</userID></checkUser>", "query"), "must be changed first")
  lab.eq(status("hub:hub-password", "/api/v1/own_password", "PUT", [[{"password":"second-password"}]]), "204")
  refused(3, hub "<logoutAll/>", "wrong")
  lab.eq(codes.api(br, body("query", "hub", "second-password", "<checkUser><userID>william</userID></checkUser>")), nil)
  return line
end)

-- Time passes for a PIN or password: as if it had been set so many days ago.
local function age(key, days)
  br:stop()
  local sql = ("UPDATE r_credential_state SET changed_at = changed_at - %d WHERE user_id = '%s' AND kind = '%s'"):format(days * 86400000,
    key:match "(.*)@", key:match "@(.*)")
  lab.check(os.execute(("sqlite3 '%s/sojourn.db' \"%s\""):format(br.state, sql)), "sqlite3")
  br:start()
  br:wait_ready()
end

lab.test("27 and 41 a password and a PIN that have expired", function()
  br:apply { parameters = { Enterprise = { ["Credential Expires After"] = 90 } } }
  local ask = body("query", "hub", "second-password", "<checkUser><userID>william</userID></checkUser>")
  lab.eq(codes.api(br, ask), nil)
  age("hub@password", 91)
  local line = refused(27, ask, "has expired")
  br:cli { "application-user", "set", "hub", "password_does_not_expire=true" }
  lab.eq(codes.api(br, ask), nil)
  local query = "device=SEP00BB00000001&userid=william&seq=67890"
  age("william@pin", 91)
  lab.eq(codes.page_text(br, query), codes.entries[41].login)
  codes.logged(41, { at = br, cause = "has expired" })
  br:cli { "end-user", "set", "william", "pin_does_not_expire=true" }
  lab.check(not codes.page_text(br, query):find "PIN change", "exempt")
  return line
end)

lab.test("code 0 never appeared", function() codes.never_zero(br) end)
