-- Session descriptions of a phone with one audio stream. No I/O.
local sdp = {}

function sdp.build(address, port, direction)
  return table.concat({
    "v=0", "o=Cisco-SIPUA 1000 0 IN IP4 " .. address, "s=SIP Call", "t=0 0",
    ("m=audio %d RTP/AVP 0 18 101"):format(port), "c=IN IP4 " .. address,
    "a=rtpmap:0 PCMU/8000", "a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no",
    "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=" .. (direction or "sendrecv"), "",
  }, "\r\n")
end

--- Where the other side wants its audio: { address, port, direction }, or nil when the text holds no audio.
function sdp.audio(text)
  local session, media = text:match("^(.-)(m=audio.*)$")
  if not media then return nil end
  local port = media:match("^m=audio (%d+)")
  local address = media:match("c=IN IP4 (%S+)") or session:match("c=IN IP4 (%S+)")
  if not port or not address then return nil end
  local direction = "sendrecv"
  for _, word in ipairs { "sendonly", "recvonly", "inactive" } do
    if media:find("a=" .. word, 1, true) then direction = word end
  end
  return { address = address, port = tonumber(port), direction = direction }
end

return sdp
