-- A mail system that tells only those who have subscribed: lamps at home and on a lent phone, refreshes, a node that is killed, a mail
-- system that dies, and numbers that are let go.
local lab = require "lab"
local pair = require "pair"
local sip = require "sip_message"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local granted = 600

-- What the mail system knows of its subscribers: the newest SUBSCRIBE of each mailbox, and how many there were of which kind.
local function mail_system()
  local mail = lab.gateway { name = "Unity", address = lab.address(51) }
  local receive = mail.agent.receive
  mail.subscribers, mail.refreshed, mail.left, mail.flows = {}, 0, {}, {}
  mail.agent.receive = function(agent, flow, message)
    mail.flows[flow] = true
    if message.method ~= "SUBSCRIBE" then return receive(agent, flow, message) end
    lab.eq(message:get "Event", "message-summary")
    local number = sip.parse_address(message:get "From").uri:match "sip:([^@]+)@"
    local known = message:get("To"):find(";tag=", 1, true)
    local subscriber = mail.subscribers[number]
    if known and not (subscriber and subscriber.call_id == message:get "Call-ID") then return agent:respond(flow, message, 481) end
    local expires = tonumber(message:get "Expires")
    local response = agent:respond(flow, message, 200, function(answer)
      answer:add("Contact", ("<sip:%s@%s:5060;transport=tcp>"):format(number, mail.address)):add("Expires", math.min(expires, granted))
    end)
    mail.subscribers[number] = {
      call_id = message:get "Call-ID", own = response:get "To", peer = message:get "From", target = sip.parse_address(message:get "Contact").uri,
      sequence = subscriber and known and subscriber.sequence or 0,
    }
    if expires == 0 then mail.left[number] = true elseif known then mail.refreshed = mail.refreshed + 1 end
    task.changed()
  end
  return mail
end

-- A NOTIFY in the dialog of a subscriber; returns the status of the answer.
local function notify(mail, subscriber, waiting)
  local flow = mail:connect(hq)
  local message = mail.agent:request("NOTIFY", subscriber.target, subscriber.peer, flow)
  subscriber.sequence = subscriber.sequence + 1
  message:set("From", subscriber.own):set("Call-ID", subscriber.call_id):set("CSeq", subscriber.sequence .. " NOTIFY")
    :add("Contact", ("<sip:mail@%s:5060;transport=tcp>"):format(mail.address)):add("Event", "message-summary")
    :add("Subscription-State", "active"):add("Content-Type", "application/simple-message-summary")
  message.body = ("Messages-Waiting: %s\r\nVoice-Message: %d/0\r\n"):format(waiting and "yes" or "no", waiting and 1 or 0)
  local response, why = mail.agent:ask(flow, message)
  assert(response, why)
  return response.status
end

local function wait_subscribed(mail, number, seconds)
  lab.wait_for("the node subscribes to the mailbox of " .. number, seconds or 10, function() return mail.subscribers[number] end)
  return mail.subscribers[number]
end

local mail = mail_system()
bob:power_on()
bob:wait_registered { at = hq }

lab.test("a profile that asks for it has every number subscribed, and the lamp follows what the mail system says", function()
  lab.eq(#hq:json("mwi status").mail_systems, 0)
  hq:cli { "voice-mail-profile", "add", "name=Unity", "default_profile=true", "message_waiting_sip_trunk=HQ-Gateway" }
  local alices, bobs = wait_subscribed(mail, "4001"), wait_subscribed(mail, "4002")
  local status = hq:json("mwi status 4002@HQ-Phones").numbers[1]
  lab.eq(status.state, "subscribing") -- accepted, and nothing was said yet
  lab.eq(notify(mail, bobs, true), 200)
  bob:wait_messages(true)
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  lab.eq(notify(mail, alices, true), 200)
  desk:wait_messages(true)
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  status = hq:json("mwi status")
  lab.eq(status.mail_systems[1].sip_trunk, "HQ-Gateway")
  lab.eq(status.mail_systems[1].state, "answers")
  lab.eq(status.mail_systems[1].active, 2)
  lab.eq(hq:json("mwi status 4002@HQ-Phones").numbers[1].state, "active")
  lab.eq(hq:json("message-waiting get 4002@HQ-Phones").source, "HQ-Gateway")
end)

lab.test("a node that is killed subscribes anew; what belongs to its old subscription is refused", function()
  local old = mail.subscribers["4002"]
  mail.subscribers = {}
  hq:kill()
  granted = 15 -- so that it refreshes after 12 s
  hq:start()
  hq:wait_ready()
  bob:wait_registered { at = hq }
  local fresh = wait_subscribed(mail, "4002", 30)
  lab.eq(notify(mail, old, false), 481)
  lab.eq(hq:json("message-waiting get 4002@HQ-Phones").waiting, true)
  lab.eq(notify(mail, fresh, false), 200)
  bob:wait_messages(false)
end)

lab.test("it is refreshed before it runs out", function()
  local before = mail.refreshed
  lab.wait_for("a SUBSCRIBE within the dialog", 30, function() return mail.refreshed > before end)
end)

lab.test("a mail system that dies is said to be silent, with the cause; when it is back it is subscribed to", function()
  mail:close()
  for flow in pairs(mail.flows) do flow:close() end
  local function state() return hq:json("mwi status").mail_systems[1] end
  lab.wait_for("it is silent", 60, function() return state().state == "silent" end)
  lab.contains(state().reason, "refused")
  assert(state().since)
  lab.wait_for("nothing is active any more", 30, function() return state().active == 0 end)
  granted = 600
  mail = mail_system()
  wait_subscribed(mail, "4002", 330)
  lab.eq(state().state, "answers")
  lab.eq(notify(mail, mail.subscribers["4002"], true), 200)
  bob:wait_messages(true)
end)

lab.test("a profile that asks for it no more has them taken back", function()
  hq:cli { "voice-mail-profile", "set", "Unity", "message_waiting_sip_trunk=null" }
  lab.wait_for("the node unsubscribes Bob", 10, function() return mail.left["4002"] end)
  lab.eq(#hq:json("mwi status").numbers, 0)
end)
