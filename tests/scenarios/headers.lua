-- Headers of one party's messages that go on to the other: none at first; those that the profiles of both list; nothing of who withholds
-- who it is.
local lab = require "lab"
local pair = require "pair"

local hq = pair.start({ trust = false, desk = false, base_devices = 0 }).hq
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
lab.eq(carol:register().status, 200)

local function list(profile, names) return hq:try { "sip-profile", "set", profile, "headers_passed_through=" .. names } end

-- The headers with which a call from outside comes to Carol.
local function arrives(headers)
  headers["User-to-User"] = "56a390f3d2b7310023a2;encoding=hex"
  local call = san_jose:call(hq, "4003", { user = "+14085551234", headers = headers })
  local ring = carol:wait_call()
  call:hang_up()
  ring:wait_ended()
  return ring.invite
end

lab.test("a profile that was not changed lets none pass", function()
  lab.eq(arrives({ Subject = "hello" }):get "User-to-User", nil)
end)

lab.test("those that the profiles of both list do", function()
  hq:cli { "sip-profile", "add", "name=Outside", "headers_passed_through=[\"User-to-User\",\"Subject\"]" }
  hq:cli { "sip-trunk", "set", "HQ-Gateway", "sip_profile=Outside" }
  lab.eq(arrives({ Subject = "hello" }):get "User-to-User", nil)
  lab.eq(list("Standard SIP Profile", "[\"User-to-User\"]").code, 0)
  local invite = arrives({ Subject = "hello" })
  lab.eq(invite:get "User-to-User", "56a390f3d2b7310023a2;encoding=hex")
  lab.eq(invite:get "Subject", nil)
end)

lab.test("nothing passes of a caller who withholds the number", function()
  lab.eq(arrives({ Privacy = "id" }):get "User-to-User", nil)
end)

lab.test("a header that the call manager writes itself is refused", function()
  local refused = list("Outside", "[\"Contact\"]")
  lab.eq(refused.code, 1)
  lab.contains(refused.error, "\"Contact\": the call manager writes its own for each party")
end)
