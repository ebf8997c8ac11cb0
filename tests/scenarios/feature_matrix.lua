-- The matrix feature x phone x transport of docs/callmanager.md: each cell is tried with a real node, and the page must say what was seen.
-- With SOJOURN_WRITE_MATRIX=1 the page is written anew.
local core = require "core"
local dialling = require "matrix_dialling"
local lab = require "lab"
local task = require "task"
local visitor = require "matrix_visitor"

local hq = lab.cluster { id = "HQ" }
local transports = { "udp", "tcp", "tls" }
local cisco, plain, trunk = "Cisco phone", "plain phone", "trunk peer"
local columns = {} -- { kind, transport, number, name, phone }

-- The cluster --------------------------------------------------------------------------------------------------------------------------

local authority, authority_key = core.certificate "Phone Authority"

local function certificate_of(name)
  local pem, key = core.certificate(name, authority, authority_key)
  return { pem = pem, key = key }
end

local users, numbers, phones = {}, {}, {}
local groups, lists, pilots = {}, {}, {}

-- A hunt pilot with one line group; without members its calls go to where it forwards them.
local function hunt(number, members, overflow, seconds)
  groups[#groups + 1] = { name = "Group " .. number, distribution = "top_down", rna_reversion_timeout = seconds or 1, members = members }
  lists[#lists + 1] = { name = "List " .. number, members = { "Group " .. number } }
  pilots[#pilots + 1] = { pattern = number, partition = "Internal", hunt_list = "List " .. number, forward_busy_destination = overflow,
    forward_busy_calling_search_space = overflow and "All" or nil }
end

local function configure(name, number, kind, transport)
  local user = kind == plain and "user" .. number or nil
  if user then users[#users + 1] = { user_id = user, last_name = user, digest_credentials = user .. "-secret" } end
  numbers[#numbers + 1] = { pattern = number, partition = "Internal", calling_search_space = "All", forward_all_calling_search_space = "All",
    call_pickup_group = "Everybody" }
  phones[#phones + 1] = {
    name = name, model = kind == plain and "Third-party SIP Device (Advanced)" or "Cisco 8851", device_pool = "Default", calling_search_space = "All",
    subscribe_calling_search_space = "All", speed_dials = kind == cisco and { { number = "4901", label = "Carol", busy_lamp_field = true } } or {},
    phone_security_profile = ("%s over %s"):format(kind, transport), digest_user = user, owner_user_id = user,
    lines = { { directory_number = number .. "@Internal", display = "Phone " .. number } },
  }
end

local function softphone(number, transport, name, user)
  user = user or "user" .. number
  return lab.softphone { name = number, cluster = hq, user = user, password = user .. "-secret", number = number,
    transport = transport, certificate = transport == "tls" and certificate_of(name) or nil }
end

-- A trunk's peer with what is asked of phones; its number is 9 and whatever follows.
local function peer(transport, address)
  local gateway = lab.gateway { name = "peer over " .. transport, address = address, answer = "ring",
    certificate = transport == "tls" and certificate_of(address) or nil }
  local self = { gateway = gateway, agent = gateway.agent }
  function self.dial(_, number, options)
    local flow = transport == "udp" and gateway.udp:to(hq.address, hq.ports.sip) or nil
    return gateway:call(hq, number, { user = "0301234", flow = flow, headers = options and options.headers })
  end
  function self.way() return transport == "tls" and gateway:connect(hq) or gateway.udp:to(hq.address, hq.ports.sip) end
  function self:wait_call(wanted) return gateway:wait_call(wanted) end
  return self
end

local helpers = {}

lab.step("a node with a phone of each kind on each transport, and two softphones for them to speak with", function()
  local profiles = {}
  for at, kind in ipairs { cisco, plain } do
    for to, transport in ipairs(transports) do
      profiles[#profiles + 1] = { name = ("%s over %s"):format(kind, transport), transport = transport, digest_authentication = kind == plain,
        device_security_mode = transport == "tls" and "authenticated" or "non_secure" }
      local column = { kind = kind, transport = transport, number = ("4%d0%d"):format(at, to), name = ("SEP0011223300%d%d"):format(at, to) }
      columns[#columns + 1] = column
      configure(column.name, column.number, kind, transport)
    end
  end
  columns[#columns + 1] = visitor.column(cisco, numbers)
  for _, column in ipairs(columns) do
    hunt("8" .. column.number, { column.number .. "@Internal" })
    hunt("7" .. column.number, { column.number .. "@Internal" }, nil, 10)
  end
  hunt("8490", { "4901@Internal", "4902@Internal" })
  hunt("7490", { "4902@Internal" }, nil, 10)
  configure("SEP001122330091", "4901", plain, "udp")
  configure("SEP001122330092", "4902", plain, "udp")
  configure("SEP001122330093", "4903", plain, "udp") -- shares the lines of all
  for _, column in ipairs(columns) do
    local lines = phones[#phones].lines
    lines[#lines + 1] = { directory_number = column.number .. "@Internal" }
  end
  dialling.prepare({ numbers = numbers, phones = phones }, function(name, number) configure(name, number, plain, "udp") end)
  local trunks, patterns, securities = {}, {}, {}
  for at, transport in ipairs(transports) do
    local address, name = lab.address(60 + at), "Trunk-" .. transport
    local column = { kind = trunk, transport = transport, number = "43" .. at, name = name, phone = peer(transport, address) }
    columns[#columns + 1] = column
    securities[at] = { name = name, outgoing_transport = transport }
    trunks[at] = { name = name, calling_search_space = "All", sip_trunk_security_profile = name, destinations = { { address = address, port = 5060 } } }
    patterns[at] = { pattern = column.number, partition = "Internal", sip_trunk = name }
    for _, digit in ipairs { "7", "8" } do hunt(digit .. column.number, {}, column.number) end
  end
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp" }
  for _, purpose in ipairs { "phones", "sip_trunks" } do hq:cli { "cert", "trust", purpose, purpose, "pem=" .. authority } end
  hq:apply {
    partitions = { { name = "Internal" }, { name = "Intercom", usage = "intercom" } },
    calling_search_spaces = { { name = "All", partitions = { "Internal" } },
      { name = "Intercoms", usage = "intercom", partitions = { "Intercom" } } },
    device_pools = { { name = "Default" } }, phone_security_profiles = profiles, end_users = users, directory_numbers = numbers, phones = phones,
    call_park_numbers = { { pattern = "470X", partition = "Internal" } },
    message_waiting_numbers = { { number = "4990", partition = "Internal", message_waiting_indicator = true },
      { number = "4991", partition = "Internal", message_waiting_indicator = false } },
    line_groups = groups, hunt_lists = lists, hunt_pilots = pilots,
    voice_mail_pilots = { { number = "4902" } }, voice_mail_profiles = { { name = "Mail", voice_mail_pilot = "4902", default_profile = true } },
    call_pickup_groups = { { name = "Others", number = "4802", partition = "Internal" },
      { name = "Everybody", number = "4801", partition = "Internal", other_pickup_groups = { "Others" } } },
    sip_trunk_security_profiles = securities, sip_trunks = trunks, route_patterns = patterns,
  }
  hq:apply(dialling.records)
  for _, column in ipairs(columns) do
    if column.visitor then
      visitor.prepare(column, hq)
    elseif column.kind == plain then
      column.phone = softphone(column.number, column.transport, column.name)
    elseif column.kind == cisco then
      column.phone = lab.phone { name = column.number, mac = column.name:sub(4), home = hq,
        certificate = column.transport == "tls" and certificate_of(column.name) or nil }
    end
  end
  for _, number in ipairs { "4901", "4902" } do
    helpers[#helpers + 1] = softphone(number, "udp")
    lab.eq(helpers[#helpers]:register().status, 200)
  end
end)

local carol, dave = helpers[1], helpers[2]
local frank = softphone("4905", "udp")
frank:register()

-- The features: what a phone does, and what must come of it. Each returns what stands in the cell --------------------------------------

local works = "works"
local nothing = "—" -- there is nothing to try

local function refused(status)
  lab.check(status and status >= 400, "answered %s", tostring(status))
  return ("refused: %d"):format(status)
end

local function ended(...)
  for _, call in ipairs { ... } do call:wait_ended() end
end

-- An answered call of the phone to the helper: both sides of it.
local function talk(phone, helper, options)
  local call = phone:dial(helper.number, options)
  local there = helper:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  return call, there
end

-- Two who were put through to each other talk, and one hangs up.
local function talk_and_end(one, other)
  lab.talk_when_joined(one, other)
  one:hang_up()
  ended(other)
end

local features = {}

local function feature(name, try) features[#features + 1] = { name = name, try = try } end

-- A request outside of dialogs to the node; its final response.
local function ask(phone, column, method, uri, event, kind, body)
  local agent, flow = phone.agent, phone.flow or phone.registration and phone.registration.flow or phone.way(uri)
  local message = agent:request(method, uri, ("<%s>"):format(uri), flow)
  message:add("Contact", agent.contact(flow)):add("Expires", 600)
  if event then message:add("Event", event) end
  if body then
    message:add("Content-Type", kind)
    message.body = body
  end
  return assert(agent:ask(flow, message))
end

-- A softkey as Cisco's phones send it, from something else.
local function softkey_of_another_make(phone, column, key)
  return ask(phone, column, "REFER", "sip:" .. hq.address, nil, "application/x-cisco-remotecc-request+xml",
    ("<x-cisco-remotecc-request><softkeymsg><softkeyevent>%s</softkeyevent></softkeymsg></x-cisco-remotecc-request>"):format(key)).status
end

-- What a plain phone switches by its subscription to feature events (ECMA-323).
local function switch(phone, column, body)
  return ask(phone, column, "SUBSCRIBE", ("sip:%s@%s"):format(column.number, hq.address), "as-feature-event", "application/x-as-feature-event+xml",
    '<?xml version="1.0"?>' .. body).status
end

feature("register, refresh", function(phone, column)
  if column.kind == trunk then
    return refused(ask(phone, column, "REGISTER", "sip:" .. hq.address).status)
  elseif column.kind == plain then
    lab.eq(phone:register().status, 200)
    lab.eq(phone:register().status, 200)
  else
    if column.visitor then
      column.log_in()
    else
      phone:power_on()
      phone:wait_registered { at = hq, number = column.number }
    end
    phone:refresh()
    lab.eq(phone.state, "registered")
  end
  return works
end)

feature("call and be called", function(phone, column)
  local call, there = talk(phone, carol)
  there:hang_up()
  ended(call)
  call = carol:dial(column.number)
  there = phone:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  there:hang_up()
  ended(call)
  return works
end)

feature("be busy, decline, give up", function(phone, column)
  local call = carol:dial(column.number)
  phone:wait_call():reject(486, "Busy Here")
  ended(call)
  lab.eq(call.status, 486)
  call = carol:dial(column.number)
  phone:wait_call():reject(603, "Decline")
  ended(call)
  lab.eq(call.status, 603)
  call = phone:dial "4901"
  local there = carol:wait_call()
  call:hang_up()
  ended(there, call)
  lab.eq(call.status, 487)
  return works
end)

feature("withhold the number (Privacy), and call somebody who does", function(phone, column)
  local call = phone:dial("4901", { headers = { Privacy = "id" } })
  local there = carol:wait_call()
  lab.eq(there.party.number, "anonymous")
  call:hang_up()
  ended(there, call)
  call = carol:dial(column.number, { headers = { Privacy = "id" } })
  there = phone:wait_call()
  if column.kind == trunk then -- it is told the number, to be kept from users
    lab.eq(there.invite:get "Privacy", "id")
    lab.contains(there.invite:get "From", "anonymous@anonymous.invalid")
  else
    lab.eq(there.party.number, "anonymous")
  end
  call:hang_up()
  ended(there, call)
  return works
end)

feature("hold, resume", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  lab.wait_for("the other side hears of it", 5, function() return there.remote_media.direction == "sendonly" end)
  lab.eq(call:hold "sendrecv", 200)
  lab.wait_for("the other side hears of it", 5, function() return there.remote_media.direction == "sendrecv" end)
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

feature("transfer, the target has answered", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second, target = talk(phone, dave)
  lab.eq(call:transfer(second), 200)
  ended(call, second)
  talk_and_end(there, target)
  return works
end)

feature("transfer, the target still rings", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second = phone:dial "4902"
  local target = dave:wait_call()
  second:wait_ringing()
  local told
  task.start(function() told = call:transfer(second, 10) end)
  lab.wait_for("the transfer is under way", 5, function() return call.told and #call.told > 0 end)
  target:answer()
  lab.wait_for("the transferor is told", 5, function() return told end)
  lab.eq(told, 200)
  talk_and_end(there, target)
  ended(call, second)
  return works
end)

feature("transfer without calling first", function(phone)
  local call, there = talk(phone, carol)
  local told
  task.start(function() told = call:transfer("4902", 10) end)
  local target = dave:wait_call()
  target:answer()
  lab.wait_for("the transferor is told", 5, function() return told end)
  lab.eq(told, 200)
  talk_and_end(there, target)
  ended(call)
  return works
end)

feature("take over a call of the line (INVITE with Replaces)", function(phone, column)
  -- Whose call it is takes it with a dialog of its own, as the line's other phone would.
  local call, there = talk(phone, carol)
  local function tag(party) return party:match ";tag=([^;]+)" end
  local replaces = ("%s;to-tag=%s;from-tag=%s"):format(call.call_id, tag(call.remote_party), tag(call.local_party))
  local second = phone:dial(carol.number, { headers = { Replaces = replaces, Require = "replaces" } })
  second:wait_answered()
  ended(call)
  talk_and_end(second, there)
  return works
end)

-- The helper's call at another phone that has the same line, which is registered with it for so long; that phone, its call, the helper's.
local function talk_elsewhere(column)
  local erin = softphone(column.number, "udp", nil, "user4903")
  lab.eq(erin:register().status, 200)
  return erin, talk(erin, carol, { headers = { Supported = "join" } })
end

-- A dialog as Replaces and Join name it to the node, by the phone's call.
local function dialog_of(call)
  local function tag(party) return party:match ";tag=([^;]+)" end
  return ("%s;to-tag=%s;from-tag=%s"):format(call.call_id, tag(call.remote_party), tag(call.local_party))
end

feature("go on with a call that waits at another phone of the line", function(phone, column)
  if column.kind == trunk then
    local call, there = talk(carol, dave)
    local taken = phone:dial("4901", { headers = { Replaces = dialog_of(call), Require = "replaces" } })
    ended(taken)
    call:hang_up()
    ended(there)
    return refused(taken.status)
  end
  local erin, call, there = talk_elsewhere(column)
  lab.eq(call:hold "sendonly", 200)
  local resumed = phone:dial(column.number)
  resumed:wait_answered()
  ended(call)
  talk_and_end(resumed, there)
  lab.eq(erin:register(0).status, 200)
  return works
end)

feature("see that another phone of the line is in a call", function(phone, column)
  if column.kind == trunk then return refused(ask(phone, column, "SUBSCRIBE", "sip:4901@" .. hq.address, "dialog").status) end
  local watch = column.kind == plain and phone:subscribe(column.number, "dialog")
  local erin, call, there = talk_elsewhere(column)
  if watch then
    lab.contains(phone:wait_notified(watch, "<state>confirmed</state>").body, "sip:4901@")
  else
    lab.eq(phone:wait_remote_use(column.number, "in use"), "4901")
  end
  call:hang_up()
  ended(there)
  if watch then
    phone:wait_notified(watch, "<state>terminated</state>")
    lab.eq(phone:subscribe(column.number, "dialog", 0, watch).response.status, 200)
  else
    phone:wait_remote_use(column.number, "idle")
  end
  lab.eq(erin:register(0).status, 200)
  return works
end)

feature("mix two calls by itself, and leave the two together", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second, target = talk(phone, dave)
  lab.eq(call:hold "sendrecv", 200)
  lab.talk_both(call, there)
  lab.talk_both(second, target)
  lab.eq(call:transfer(second), 200)
  ended(call, second)
  talk_and_end(there, target)
  return works
end)

-- Joins the call of another phone of the line, which says that it can mix; the call of that phone, and what comes there.
local function join(phone, column, key)
  local erin, call, there
  if column.kind == trunk then
    call, there = talk(carol, dave)
  else
    erin, call, there = talk_elsewhere(column)
  end
  local joined = phone:dial(column.number, { headers = { Join = dialog_of(call), ["Call-Info"] = "<urn:x-cisco-remotecc:" .. key .. ">" } })
  return joined, call, there, erin
end

-- The lab's phone mixes nothing: it is told to which of its calls the other one belongs.
feature("join a call of the line's other phone, which mixes (Barge, INVITE with Join)", function(phone, column)
  local joined, call, there, erin = join(phone, column, "barge")
  local cell = works
  if erin then
    local added = erin:wait_call()
    lab.contains(added.invite:get "Join", call.call_id)
    added:answer()
    joined:wait_answered()
    joined:hang_up()
    ended(added)
    lab.talk_both(call, there)
    lab.eq(erin:register(0).status, 200)
  else
    ended(joined)
    cell = refused(joined.status)
  end
  call:hang_up()
  ended(there)
  return cell
end)

feature("join it over a conference bridge (cBarge)", function(phone, column)
  local joined, call, there, erin = join(phone, column, "cbarge")
  ended(joined)
  call:hang_up()
  ended(there)
  if erin then lab.eq(erin:register(0).status, 200) end
  return refused(joined.status)
end)

feature("forward all calls, and no more", function(phone, column)
  local function forward(number)
    if column.kind == plain then
      return switch(phone, column, ("<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>%s</activateForward>"
        .. "<forwardDN>%s</forwardDN></SetForwarding>"):format(number and "true" or "false", number or ""))
    end
    if column.kind == cisco then return phone:forward_all(number) end
    local call = phone:dial("x-cisco-serviceuri-cfwdall" .. (number and "-" .. number or ""))
    ended(call)
    return call.status
  end
  if column.kind == trunk then return refused(forward "4901") end
  local done = column.kind == plain and 200 or 487
  lab.eq(forward "4901", done)
  local call = dave:dial(column.number)
  carol:wait_call()
  call:hang_up()
  ended(call)
  lab.eq(forward(nil), done)
  call = dave:dial(column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)

feature("do not disturb, and be disturbed", function(phone, column)
  local function disturbed(yes)
    if column.kind == plain then
      return switch(phone, column, ("<SetDoNotDisturb><doNotDisturbOn>%s</doNotDisturbOn></SetDoNotDisturb>"):format(yes and "false" or "true"))
    elseif column.kind == trunk then
      return ask(phone, column, "PUBLISH", "sip:9@" .. hq.address, "presence", "application/pidf+xml", "<presence/>").status
    end
    return phone:publish(not yes).status
  end
  if column.kind == trunk then return refused(disturbed(false)) end
  if not column.visitor then hq:cli { "phone", "set", column.name, "do_not_disturb_option=call_reject" } end
  lab.eq(disturbed(false), 200)
  local call = dave:dial(column.number)
  ended(call)
  lab.eq(call.status, 486)
  lab.eq(disturbed(true), 200)
  call = dave:dial(column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)

-- Where its call waits once the phone has parked it: with the softkey, or by a transfer to a park number.
local function park(phone, column, call)
  if column.kind == cisco then
    lab.eq(phone:softkey("Park", call), 202)
    return lab.wait_for("the phone shows where", 5, function() return (phone.status_line or ""):match "470%d" end)
  end
  lab.eq(call:transfer "4701", 200)
  return "4701"
end

feature("park a call, and take it back", function(phone, column)
  local call, there = talk(phone, carol)
  phone.status_line = nil
  local number = park(phone, column, call)
  ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  call = phone:dial(number)
  call:wait_answered()
  lab.wait_for("the other side has media again", 5, function() return there.remote_media.direction ~= "inactive" end)
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

-- With the key that monitors, or, as plain phones can, by watching the number.
feature("be told what becomes of a call that it has parked", function(phone, column)
  local watch = column.kind == plain and phone:subscribe("4701", "dialog")
  if column.kind == trunk then return refused(ask(phone, column, "SUBSCRIBE", "sip:4701@" .. hq.address, "dialog").status) end
  local call, there = talk(phone, carol)
  if watch then
    park(phone, column, call)
    phone:wait_notified(watch, "<state>confirmed</state>")
  else
    lab.eq(phone:softkey("ParkMonitor", call), 202)
    phone:wait_park("4700", "parked")
  end
  ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  there:hang_up()
  if watch then phone:wait_notified(watch, "<state>terminated</state>") else phone:wait_park("4700", "abandoned") end
  return works
end)

feature("call a hunt pilot: its second member answers", function(phone)
  local call = phone:dial "8490"
  carol:wait_call() -- does not answer in time
  local there = dave:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

-- A phone as a member of a line group; a trunk's peer by what the pilot forwards.
feature("be reached through a hunt pilot", function(phone, column)
  local call = carol:dial("8" .. column.number)
  local there = phone:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

feature("log out of hunt groups, and in (HLog)", function(phone, column)
  local function press()
    return column.kind == cisco and phone:softkey "HLog" or ask(phone, column, "REFER", "sip:" .. hq.address, nil,
      "application/x-cisco-remotecc-request+xml",
      "<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>HLog</softkeyevent></softkeyeventmsg></x-cisco-remotecc-request>").status
  end
  local function pressed(logged_in)
    lab.eq(press(), 202)
    if column.kind == cisco then phone:wait_hunt_login(logged_in) end
    hq:wait_record((column.visitor and "live_devices/" or "phones/") .. column.name, function(record)
      if column.visitor then return visitor.is_logged_in(record) == logged_in end
      return record.logged_into_hunt_group == logged_in
    end)
  end
  if column.kind == trunk then return refused(press()) end
  pressed(false)
  local call = carol:dial("8" .. column.number)
  ended(call)
  lab.eq(call.status, 480)
  pressed(true)
  call = carol:dial("8" .. column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)

-- What rings at the helper's phone is answered at this one: with a key, or by dialling the number of the group.
local function pick_up(phone, column, number)
  local call = carol:dial(number)
  local ringing = dave:wait_call()
  call:wait_ringing()
  local picked
  if column.kind == cisco then
    ended(phone:pick_up "pickup")
    picked = phone:wait_call()
    picked:answer()
  else
    picked = phone:dial "4801"
    if column.kind == trunk then
      ended(picked)
      call:hang_up()
      ended(ringing)
      return refused(picked.status)
    end
    picked:wait_answered()
  end
  call:wait_answered()
  ended(ringing)
  talk_and_end(call, picked)
  return works
end

feature("pick up a call of the group", function(phone, column) return pick_up(phone, column, "4902") end)

feature("pick up a call that hunts", function(phone, column) return pick_up(phone, column, "7490") end)

feature("pick up a call by its dialog (INVITE with Replaces)", function(phone, column)
  if column.kind == trunk then return refused(ask(phone, column, "SUBSCRIBE", "sip:4902@" .. hq.address, "dialog").status) end
  local call = carol:dial "4902"
  local ringing = dave:wait_call()
  call:wait_ringing()
  local invite = ringing.invite
  local replaces = ("%s;to-tag=%s;from-tag=%s;early-only"):format(ringing.call_id, invite.our_tag, invite:get("From"):match ";tag=([^;]+)")
  local picked = phone:dial("4902", { headers = { Replaces = replaces, Require = "replaces" } })
  picked:wait_answered()
  call:wait_answered()
  ended(ringing)
  talk_and_end(call, picked)
  return works
end)

feature("watch a number (busy lamp, dialog)", function(phone, column)
  if column.kind == cisco then
    phone:wait_lamp("4901", "idle")
  elseif column.kind == trunk then
    return refused(ask(phone, column, "SUBSCRIBE", "sip:4901@" .. hq.address, "dialog").status)
  end
  local watch = column.kind == plain and phone:subscribe("4901", "dialog")
  local call = dave:dial "4901"
  local ringing = carol:wait_call()
  ringing:answer()
  call:wait_answered()
  if watch then phone:wait_notified(watch, "<state>confirmed</state>") else phone:wait_lamp("4901", "busy") end
  call:hang_up()
  ended(ringing)
  if watch then
    phone:wait_notified(watch, "<state>terminated</state>")
    lab.eq(phone:subscribe("4901", "dialog", 0, watch).response.status, 200)
  else
    phone:wait_lamp("4901", "idle")
  end
  return works
end)

feature("show that messages wait", function(phone, column)
  if column.kind == trunk then return refused(ask(phone, column, "SUBSCRIBE", "sip:4901@" .. hq.address, "message-summary").status) end
  local watch = column.kind == plain and phone:subscribe(column.number, "message-summary")
  for _, waits in ipairs { true, false } do
    hq:cli { "mwi", "set", column.number .. "@Internal", tostring(waits) }
    if watch then
      phone:wait_notified(watch, "Messages-Waiting: " .. (waits and "yes" or "no"))
    else
      phone:wait_messages(waits)
    end
  end
  return works
end)

feature("switch its own message lamp (message waiting number)", function(phone, column)
  local watch = column.kind == plain and phone:subscribe(column.number, "message-summary")
  for _, number in ipairs { "4990", "4991" } do
    local call = phone:dial(number)
    ended(call)
    if column.kind == trunk then return refused(call.status) end
    if watch then
      phone:wait_notified(watch, "Messages-Waiting: " .. (number == "4990" and "yes" or "no"))
    else
      phone:wait_messages(number == "4990")
    end
  end
  return works
end)

-- The helper calls, and is sent to the voice mail, which the other helper plays.
feature("divert a call to voice mail (iDivert, REFER)", function(phone, column)
  local call = carol:dial(column.number)
  local there = phone:wait_call()
  there:answer()
  call:wait_answered()
  if column.kind ~= cisco then
    local status = softkey_of_another_make(phone, column, "iDivert")
    call:hang_up()
    ended(there)
    return refused(status)
  end
  lab.eq(phone:softkey("iDivert", there), 202)
  local mail = dave:wait_call()
  mail:answer()
  ended(there)
  talk_and_end(call, mail)
  return works
end)

feature("divert a call that hunts while it rings (iDivert, REFER)", function(phone, column)
  local call = carol:dial("7" .. column.number)
  local there = phone:wait_call()
  call:wait_ringing()
  if column.kind ~= cisco then
    local status = softkey_of_another_make(phone, column, "iDivert")
    call:hang_up()
    ended(there)
    return refused(status)
  end
  lab.eq(phone:softkey("iDivert", there), 202)
  local mail = dave:wait_call()
  mail:answer()
  call:wait_answered()
  ended(there)
  talk_and_end(call, mail)
  return works
end)

feature("say that a call is malicious (MCID, REFER)", function(phone, column)
  local call, there = talk(phone, carol)
  local status = column.kind == cisco and phone:softkey("MCID", call) or softkey_of_another_make(phone, column, "MCID")
  if column.kind == cisco then phone:wait_shown "\x80T" end
  call:hang_up()
  ended(there)
  return column.kind == cisco and status == 202 and works or refused(status)
end)

feature("be told when a busy number is free, and call it (CallBack, REFER)", function(phone, column)
  local call = phone:dial "4901"
  carol:wait_call():reject(486, "Busy Here")
  ended(call)
  if column.kind ~= cisco then return refused(softkey_of_another_make(phone, column, "CallBack")) end
  lab.eq(phone:softkey "CallBack", 202)
  phone:wait_page "4901 has become available."
  lab.eq(phone:press_page "Dial", 202)
  local there = carol:wait_call()
  there:reject(486, "Busy Here")
  ended(there)
  return works
end)

for _, key in ipairs { "Conference", "Join" } do
  feature(("the key %s (REFER)"):format(key), function(phone, column)
    local call, there = talk(phone, carol)
    local second = key == "Conference" and phone:dial "4902"
    local status
    if second then
      dave:wait_call():answer()
      second:wait_answered()
    end
    if column.kind == cisco then
      status = phone:softkey(key, call)
    else
      status = softkey_of_another_make(phone, column, key)
    end
    for _, one in ipairs { call, second or nil } do one:hang_up() end
    ended(there, second or there)
    return refused(status)
  end)
end

for _, key in ipairs { "MeetMe", "AbbrDial" } do
  -- Keys that Cisco's phones send as a call to what their files name, and others could.
  feature(("the key %s (x-cisco-serviceuri)"):format(key), function(phone, column)
    local call
    if column.kind == cisco then
      call = phone:service(key:lower(), "4999")
    else
      call = phone:dial(("x-cisco-serviceuri-%s-4999"):format(key:lower()))
    end
    ended(call)
    return refused(call.status)
  end)
end

local intercom -- a softphone with an intercom line
local function intercom_phone()
  if not intercom then
    intercom = softphone("64906", "udp")
    lab.eq(intercom:register().status, 200)
  end
  return intercom
end

dialling.features { hq = hq, intercom = intercom_phone, cisco = cisco, plain = plain, trunk = trunk, carol = carol, frank = frank, peer = columns[#columns].phone,
  works = works, nothing = nothing, refused = refused, ended = ended, talk = talk, talk_and_end = talk_and_end, feature = feature }

local function run_matrix()
  local cells = {}
  for _, one in ipairs(features) do
    cells[one.name] = {}
    for _, column in ipairs(columns) do
      lab.test(("%s: %s over %s"):format(one.name, column.title or column.kind, column.transport:upper()), function()
        cells[one.name][column] = one.try(column.phone, column)
      end)
    end
  end
  return cells
end

-- The page -----------------------------------------------------------------------------------------------------------------------------

local page = lab.beside "../../docs/callmanager.md"
local first, last = "<!-- the matrix -->\n", "<!-- end of the matrix -->\n"

local function table_of(cells)
  local lines = { "| what the user does |", "| --- |" }
  for _, column in ipairs(columns) do
    lines[1] = ("%s %s, %s |"):format(lines[1], column.title or column.kind, column.transport:upper())
    lines[2] = lines[2] .. " --- |"
  end
  for _, one in ipairs(features) do
    local line = ("| %s |"):format(one.name)
    for _, column in ipairs(columns) do line = ("%s %s |"):format(line, cells[one.name][column] or "failed") end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n") .. "\n"
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local cells = run_matrix()

lab.test("docs/callmanager.md says what was seen", function()
  local text, seen = read(page), table_of(cells)
  local from, to = select(2, text:find(first, 1, true)), text:find(last, 1, true)
  lab.check(from and to, "the page has no place for the matrix")
  if os.getenv "SOJOURN_WRITE_MATRIX" then
    local file <close> = assert(io.open(page, "w"))
    file:write(text:sub(1, from), seen, text:sub(to))
    return "written anew"
  end
  lab.eq(text:sub(from + 1, to - 1), seen, "the matrix; SOJOURN_WRITE_MATRIX=1 writes it")
end)
