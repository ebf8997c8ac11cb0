-- Without trust, and without the home cluster, a login ends with 208, and works as soon as the cause is gone.
local lab = require "lab"
local pair = require "pair"

local world = pair.start { trust = false }
local hq, br, desk = world.hq, world.br, world.desk

lab.test("no trust: 208", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, page:words())
  lab.eq(hq:get("sessions/" .. pair.desk_name), nil)
  return page:words()
end)

lab.test("trust on one side only: 208", function()
  local exchange = lab.directory .. "/exchange"
  for _, cluster in ipairs { hq, br } do
    cluster:apply { bulk_certificate_management = { url = "file://" .. exchange .. "/" } }
    cluster:cli "cert export"
  end
  hq:cli "cert consolidate"
  br:cli "cert import confirm=true"
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, page:words())
  return page:words()
end)

lab.test("trust on both sides: the login works", function()
  hq:cli "cert import confirm=true"
  pair.update(world)
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("trust is withdrawn on one side, with connections open and the record staying: 208 at once", function()
  lab.contains(hq:cli "cert remove BR", "removed: 5")
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, page:words())
  lab.eq(hq:try("cert remove BR").code, 1)
  lab.contains(hq:cli "cert import confirm=true", "left out, as trust in it was withdrawn here")
  hq:cli "cert import confirm=true again=BR"
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
  return page:words()
end)

lab.test("the home cluster is down: 208, while local users still log in", function()
  hq:stop()
  local page = desk:login("alice", "12345")
  lab.check(page:code() == 208 or page:code() == 23, "expected 208, or 23 for no answer: %s", page:words())
  local words = page:words()
  page = desk:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = br, number = "6100" }
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  return words
end)

lab.test("it is back: the next login works, without waiting for an update", function()
  hq:start()
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
end)
