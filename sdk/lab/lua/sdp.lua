-- Session descriptions of a phone with one audio stream, and one of video for those that have it. No I/O.
local sdp = {}

--- What phones can speak: payload type, name, fmtp.
sdp.formats = {
  PCMU = { 0, "PCMU/8000" }, PCMA = { 8, "PCMA/8000" }, G722 = { 9, "G722/8000" }, G729 = { 18, "G729/8000", "annexb=no" },
  GSM = { 3, "GSM/8000" }, iLBC = { 97, "iLBC/8000", "mode=20" }, iSAC = { 98, "iSAC/16000" }, opus = { 114, "opus/48000/2" },
}

--- options: codecs (names, the most wanted first), direction, video (kbps; 0: the stream that was offered is refused).
function sdp.build(address, port, options)
  local numbers, attributes = {}, {}
  for _, name in ipairs(options.codecs) do
    local format = sdp.formats[name]
    numbers[#numbers + 1] = format[1]
    attributes[#attributes + 1] = ("a=rtpmap:%d %s"):format(format[1], format[2])
    if format[3] then attributes[#attributes + 1] = ("a=fmtp:%d %s"):format(format[1], format[3]) end
  end
  local connection = ("IN %s %s"):format(address:find(":", 1, true) and "IP6" or "IP4", address)
  local lines = {
    "v=0", "o=Cisco-SIPUA 1000 0 " .. connection, "s=SIP Call", "t=0 0",
    ("m=audio %d RTP/AVP %s 101"):format(port, table.concat(numbers, " ")), "c=" .. connection,
    table.concat(attributes, "\r\n"), "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=" .. (options.direction or "sendrecv"),
  }
  if options.video then
    lines[#lines + 1] = ("m=video %d RTP/AVP 126"):format(options.video > 0 and port + 2 or 0)
    if options.video > 0 then
      lines[#lines + 1] = ("c=%s\r\nb=TIAS:%d\r\na=rtpmap:126 H264/90000"):format(connection, options.video * 1000)
    end
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\r\n")
end

-- The names of the codecs of a stream, in its order; one that is not ours goes by its payload type.
local function codecs_of(formats, media)
  local names = {}
  for number in formats:gmatch "%d+" do
    local mapped = media:match("a=rtpmap:" .. number .. " ([^\r\n]+)")
    local found
    for name, format in pairs(sdp.formats) do
      if mapped and mapped:lower() == format[2]:lower() or not mapped and tonumber(number) == format[1] then found = name end
    end
    if found or not (mapped or ""):find("^telephone") then names[#names + 1] = found or number end
  end
  return names
end

--- What the other side wants: { address, port, direction, codecs, video = kbps or nil }, or nil when the text holds no audio.
function sdp.audio(text)
  local session, media = text:match("^(.-)(m=audio.*)$")
  if not media then return nil end
  local rest = media:match("\n(m=.*)$") or ""
  media = media:sub(1, #media - #rest)
  local port, formats = media:match("^m=audio (%d+) %S+ ([^\r\n]*)")
  local address = media:match("c=IN IP[46] (%S+)") or session:match("c=IN IP[46] (%S+)")
  if not port or not address then return nil end
  local direction = "sendrecv"
  for _, word in ipairs { "sendonly", "recvonly", "inactive" } do
    if media:find("a=" .. word, 1, true) then direction = word end
  end
  local video = rest:match "m=video (%d+)"
  local rate = rest:match "b=TIAS:(%d+)"
  return {
    address = address, port = tonumber(port), direction = direction, codecs = codecs_of(formats, media),
    video = video and (video == "0" and 0 or tonumber(rate or 0) // 1000) or nil,
  }
end

--- The codecs of a list that another list has too, in the order of the other.
function sdp.common(ours, theirs)
  local known, common = {}, {}
  for _, name in ipairs(ours) do known[name] = true end
  for _, name in ipairs(theirs) do
    if known[name] then common[#common + 1] = name end
  end
  return common
end

return sdp
