-- A remote cluster that is half dead: it takes connections and then says nothing, closes them, or says what is no answer. Logins of
-- its users end with their code in time, and those of others are not held up.
local core = require "core"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local br, desk = world.br, world.desk
local leeds = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }

lab.step("a second phone, and the home cluster's end", function()
  leeds:power_on()
  leeds:wait_registered { at = br }
  world.hq:stop()
end)

-- Listens where HQ was; `behave(connection)` is what each connection meets. Returns a function that ends it.
local function stand_in(behave)
  local connections, listener = {}, nil
  local port = world.hq.ports.https
  lab.wait_for("the port is free", 5, function()
    listener = core.tcp_listen(world.hq.address, port, function(connection)
      connections[#connections + 1] = connection
      connection:on(function() end)
      behave(connection)
    end)
    return listener
  end)
  return function()
    listener:close()
    for _, connection in ipairs(connections) do pcall(connection.close, connection) end
    return #connections
  end
end

local function login_and_out_of_william(phone)
  local began = core.now()
  local page = phone:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  local seconds = (core.now() - began) / 1000
  phone:wait_registered { at = br, number = "6100" }
  phone:logout()
  phone:wait_registered { at = br }
  return seconds
end

local kinds = {
  { "says nothing", function() end, 23 },
  { "closes each connection", function(connection) connection:close() end, 208 },
  { "says what is no TLS", function(connection) connection:write(("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"):rep(3)) end, 208 },
  { "begins a TLS record and stays there", function(connection) connection:write("\x16\x03\x03\x40\x00\x02\x00") end, 23 },
}

for _, kind in ipairs(kinds) do
  local what, behave, code = table.unpack(kind)
  lab.test(("HQ %s: Alice is told %d, William logs in meanwhile"):format(what, code), function()
    local stop = stand_in(behave)
    local began, page, took = core.now(), nil, nil
    task.start(function()
      page = desk:login("alice", "12345")
      took = (core.now() - began) / 1000
    end)
    local william = login_and_out_of_william(leeds)
    lab.wait_for("Alice's page", 20, function() return page end)
    local met = stop()
    lab.check(met > 0, "HQ was not asked")
    lab.eq(page:code(), code, page:words())
    lab.check(william < 3, "William waited %.1f s", william)
    lab.eq(br:get("sessions/" .. pair.desk_name), nil, "a session of Alice")
    return ("%s after %.1f s; William logged in within %.2f s"):format(page:words(), took, william)
  end)
end

lab.test("HQ is back: Alice logs in", function()
  world.hq:start()
  pair.update(world, 15)
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
end)
