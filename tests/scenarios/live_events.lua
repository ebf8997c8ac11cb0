-- Live events: listeners of the REST interface hear what they asked for, and do not keep the node from stopping in order.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
hq:start()

lab.test("a listener hears the events of its type, and no others", function()
  local started = hq:watch "service.started"
  hq:cli "service activate tftp"
  lab.eq(started:wait().event.service, "tftp")
  hq:cli "service deactivate tftp"
  hq:cli "service activate tftp"
  lab.wait_for("the second start is told", 5, function() return #started.seen == 2 end)
  for _, told in ipairs(started.seen) do lab.eq(told.type, "service.started") end
end)

lab.test("a type that does not exist is refused with what comes near", function()
  local status, body = hq:rest("GET", "events?type=service.startd")
  lab.eq(status, 400)
  lab.contains(body.detail, "service.started")
end)

lab.test("the node stops while listeners are there", function()
  local listeners = {}
  for number = 1, 20 do listeners[number] = hq:watch "config.changed" end
  lab.eq(hq:stop(), 0)
  lab.wait_for("their streams end", 5, function()
    for _, listener in ipairs(listeners) do
      if not listener.ended then return false end
    end
    return true
  end)
end)
