-- A traveller changes the PIN abroad, over a line on which things go wrong: the home cluster decides, once, and counts wrong PINs as at a
-- login; and on the lent phone, whose services point home.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local line = lab.line(hq, br)

local function form(cluster) return desk:open(("http://%s:8080/changecredential/ChangeCredentialServlet?device=%s"):format(cluster.address, pair.desk_name)) end

local function change(old, new, cluster)
  return form(cluster or br):submit { userid = "alice", oldpin = old, newpin = new, confirmpin = new }
end

local function log_in_and_out(pin)
  local page = desk:login("alice", pin)
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  desk:logout()
  pair.wait_clean(world)
end

lab.test("abroad: the new PIN is good for a login, the old one is not", function()
  lab.eq(change("12345", "24680").text, "PIN changed")
  lab.eq(desk:login("alice", "12345"):code(), 2)
  log_in_and_out "24680"
end)

lab.test("the answer is lost: the repetition is the same change, and counts nothing", function()
  hq:cli { "param", "set", "Enterprise", "Failed Logon", "1" }
  local fault = line:fault { from = br, request = 2, at = "answer", what = "close" }
  lab.eq(change("24680", "13579").text, "PIN changed")
  lab.check(fault.struck, "the fault has struck")
  lab.contains(hq:log_text(), "its answer is repeated")
  log_in_and_out "13579"
  hq:cli { "param", "set", "Enterprise", "Failed Logon", "5" }
end)

lab.test("the line stalls: 40, and the log says that it is not known; the line is cut: 208", function()
  local fault = line:fault { from = br, request = 2, at = "request", what = function()
    line:stall(br)
    return "stall"
  end }
  local page = change("13579", "24680")
  line:restore(br)
  lab.check(fault.struck, "the fault has struck")
  codes.expect(page, 40, { at = br, cause = "whether the PIN has been changed is not known" })
  line:cut(br)
  page = change("13579", "24680")
  line:restore(br)
  codes.expect(page, 208, { at = br })
  pair.update(world, 15)
end)

lab.test("wrong PINs lock the PIN at home, for changes and for logins; the administrator's new one is not locked", function()
  for _ = 1, 5 do lab.eq(change("99999", "24680"):code(), 2) end
  lab.contains(hq:log_text(), "the pin of alice is locked after 5 wrong attempts")
  codes.expect(change("13579", "24680"), 2, { at = hq, cause = "locked" })
  lab.eq(desk:login("alice", "13579"):code(), 2)
  hq:cli "end-user set alice pin=11223"
  lab.eq(change("11223", "24680").text, "PIN changed")
end)

lab.test("on the lent phone, whose services point home", function()
  local page = desk:login("alice", "24680")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  local asked = form(hq)
  lab.eq(asked.fields[1].default, "alice", "the form knows who is on the phone")
  lab.eq(asked:submit { userid = "alice", oldpin = "24680", newpin = "12345", confirmpin = "12345" }.text, "PIN changed")
  desk:logout()
  pair.wait_clean(world)
  log_in_and_out "12345"
  for _, cluster in ipairs { hq, br } do
    for _, pin in ipairs { "24680", "13579", "11223" } do
      lab.check(not cluster:log_text():find(pin, 1, true), "the PIN %s is in the log of %s", pin, cluster.id)
    end
  end
end)
