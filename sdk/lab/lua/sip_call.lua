-- One call as a phone sees it: state, the other party, media. The agent feeds it; scripts use the methods.
local core = require "core"
local kpml = require "kpml"
local sdp = require "sdp"
local sip = require "sip_message"
local task = require "task"

local Call = {}
Call.__index = Call

local call = {}

function call.new(agent, fields)
  local self = setmetatable(fields, Call)
  self.agent = agent
  self.state = "new" -- calling, ringing, answered, ended
  self.received_packets = 0
  self.media_address = agent.media_address
  self.media = assert(core.udp(self.media_address, 0, function(_, from)
    self.received_packets = self.received_packets + 1
    self.heard_from = from
    task.changed()
  end))
  _, self.media_port = self.media:local_address()
  return self
end

--- What this side says of its media: all that it can, or what it has in common with the offer it answers. Nil when that is nothing.
function Call:sdp(direction, answer)
  local codecs, video = self.agent.codecs, self.agent.video
  if answer and self.remote_media then
    codecs = sdp.common(codecs, self.remote_media.codecs)
    if #codecs == 0 then return nil end
    self.codec = codecs[1]
    video = self.remote_media.video and (self.remote_media.video > 0 and video or 0)
  end
  return sdp.build(self.media_address, self.media_port, { codecs = codecs, direction = direction, video = video })
end

--- Takes the other side's session description from a message, if it has one.
function Call:learn_media(message)
  local found = message.body ~= "" and sdp.audio(message.body)
  if found then
    self.remote_media = found
    self.codec = sdp.common(self.agent.codecs, found.codecs)[1] or self.codec
  end
end

--- Takes name and number of the other party from the header that says it best.
function Call:learn_party(message, fallback)
  for _, name in ipairs { "P-Asserted-Identity", "Remote-Party-ID", fallback } do
    local party = sip.parse_address(message:get(name))
    if party.uri then
      self.party = { name = party.name, number = party.user }
      return
    end
  end
end

function Call:set(state, reason)
  self.state, self.reason = state, reason or self.reason
  self.agent:log("call %s %s%s", self.call_id, state, reason and ": " .. tostring(reason) or "")
  if state == "ended" then
    self.media:close()
    self.agent.calls[self.call_id] = nil
  end
  task.changed()
end

--- Waits until the call is in that state; fails early when it has ended instead.
function Call:wait(state, seconds)
  return task.wait_for(("%s: the call is %s"):format(self.agent.name, state), seconds or 5, function()
    if self.state == "ended" and state ~= "ended" then
      error(("%s: the call ended before it was %s: %s"):format(self.agent.name, state, tostring(self.reason)), 0)
    end
    return self.state == state, "it is " .. self.state
  end)
end

function Call:wait_ringing(seconds) return self:wait("ringing", seconds) end
function Call:wait_answered(seconds) return self:wait("answered", seconds) end
function Call:wait_ended(seconds) return self:wait("ended", seconds) end

--- Answers an incoming call.
function Call:answer() self.agent:answer(self) end

--- Refuses an incoming call.
function Call:reject(status, reason) self.agent:refuse(self, status or 486, reason or "Busy Here") end

--- Ends the call, answered or not, whoever made it.
function Call:hang_up()
  if self.state == "answered" then
    self.agent:bye(self)
  elseif self.outgoing and self.state ~= "ended" then
    self.agent:cancel(self)
  elseif self.state ~= "ended" then
    self:reject(603, "Decline")
  end
end

--- Offers the media anew: "sendonly" holds the call, "sendrecv" goes on. Returns the status of the answer.
function Call:hold(direction) return self.agent:reinvite(self, direction) end

--- Puts the other party through, to a number or to the party of another call. Returns the status that this has come to.
function Call:transfer(target, seconds)
  local status = self.agent:refer(self, target)
  if status >= 300 then return status end
  return task.wait_for(("%s: the transfer has come to an end"):format(self.agent.name), seconds or 5, function()
    local last = self.told[#self.told]
    return last and last >= 200 and last, "told " .. table.concat(self.told, ", ")
  end)
end

--- Presses keys: who has subscribed for them in the call is told (KPML), as is who does so before it is answered.
function Call:press(keys) kpml.press(self, keys) end

--- Subscribes for the keys that are pressed there, for so many seconds (0: no more), by a regular expression (any key); the status of the
--- answer.
function Call:watch_keys(seconds, regex) return assert(kpml.subscribe(self, seconds, regex)).status end

--- Waits until these keys have been told since.
function Call:wait_keys(keys)
  task.wait_for(("%s: the keys %s are told"):format(self.agent.name, keys), 5, function()
    return self.keys_there == keys, "told are " .. tostring(self.keys_there)
  end)
end

--- Sends so many packets of audio straight to the address that the other side gave.
function Call:talk(packets)
  assert(self.remote_media, "the other side has given no media address")
  for sequence = 1, packets do
    local header = string.pack(">BBI2I4I4", 0x80, (sdp.formats[self.codec] or { 0 })[1], sequence, sequence * 160, 0x50544e31)
    self.media:send(header .. string.rep("\xff", 160), self.remote_media.address, self.remote_media.port)
  end
end

--- Both sides talk, and each must hear the other from the other's own address.
function call.talk_both(one, other, packets)
  packets = packets or 10
  one:talk(packets)
  other:talk(packets)
  task.wait_for("audio is heard both ways", 3, function()
    return one.received_packets > 0 and other.received_packets > 0,
      ("%d and %d packets"):format(one.received_packets, other.received_packets)
  end)
end

--- The same of two who were put through to each other, once each has learned the other's address: the last one by the ACK.
function call.talk_when_joined(one, other, packets)
  task.wait_for("each knows the other's media address", 5, function()
    return one.remote_media and one.remote_media.port == other.media_port and other.remote_media
      and other.remote_media.port == one.media_port
  end)
  call.talk_both(one, other, packets)
end

return call
