-- SIP messages: scanning, building, addresses, and cutting a TCP stream into messages. No I/O.
local sip = {}

local compact = {
  i = "call-id", m = "contact", e = "content-encoding", l = "content-length", c = "content-type", f = "from", s = "subject",
  k = "supported", t = "to", v = "via", o = "event", u = "allow-events", r = "refer-to", b = "referred-by",
}

local Message = {}
Message.__index = Message

--- The first header of that name, or nil.
function Message:get(name)
  name = name:lower()
  for _, header in ipairs(self.headers) do
    if header.key == name then return header.value end
  end
end

--- All headers of that name, in order.
function Message:all(name)
  local values = {}
  name = name:lower()
  for _, header in ipairs(self.headers) do
    if header.key == name then values[#values + 1] = header.value end
  end
  return values
end

function Message:add(name, value)
  if value then self.headers[#self.headers + 1] = { name = name, key = name:lower(), value = tostring(value) } end
  return self
end

function Message:set(name, value)
  local key = name:lower()
  for index = #self.headers, 1, -1 do
    if self.headers[index].key == key then table.remove(self.headers, index) end
  end
  return self:add(name, value)
end

--- As it goes on the wire.
function Message:text()
  local lines = {}
  if self.method then
    lines[1] = ("%s %s SIP/2.0"):format(self.method, self.uri)
  else
    lines[1] = ("SIP/2.0 %d %s"):format(self.status, self.reason)
  end
  for _, header in ipairs(self.headers) do
    if header.key ~= "content-length" then lines[#lines + 1] = header.name .. ": " .. header.value end
  end
  lines[#lines + 1] = "Content-Length: " .. #self.body
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. self.body
end

function sip.request(method, uri)
  return setmetatable({ method = method, uri = uri, headers = {}, body = "" }, Message)
end

function sip.response(status, reason)
  return setmetatable({ status = status, reason = reason, headers = {}, body = "" }, Message)
end

--- The message in a text whose head and body are complete, or nil and a sentence.
function sip.parse(text)
  local head, body = text:match("^(.-)\r\n\r\n(.*)$")
  if not head then return nil, "a message without an empty line" end
  head = head:gsub("\r\n[ \t]+", " ")
  local first, rest = head:match("^([^\r\n]*)\r?\n?(.*)$")
  local message
  local status, reason = first:match("^SIP/2%.0 (%d%d%d) ?(.*)$")
  if status then
    message = sip.response(tonumber(status), reason)
  else
    local method, uri = first:match("^(%u+) (%S+) SIP/2%.0$")
    if not method then return nil, "not a SIP start line: " .. first end
    message = sip.request(method, uri)
  end
  for line in (rest .. "\r\n"):gmatch("(.-)\r\n") do
    local name, value = line:match("^([^:%s]+)%s*:%s*(.-)%s*$")
    if not name then return nil, "not a header: " .. line end
    local key = name:lower()
    message.headers[#message.headers + 1] = { name = name, key = compact[key] or key, value = value }
  end
  message.body = body
  return message
end

--- A cutter for one TCP stream: feed(bytes) returns the messages that are complete now, or nil and a sentence.
function sip.cutter()
  local pending = ""
  return function(bytes)
    local messages = {}
    pending = pending .. bytes
    while true do
      pending = pending:gsub("^[\r\n]+", "")
      local _, head_end = pending:find("\r\n\r\n", 1, true)
      if not head_end then return messages end
      local head = pending:sub(1, head_end):lower()
      local length = head:match("\r\ncontent%-length[ \t]*:[ \t]*(%d+)") or head:match("\r\nl[ \t]*:[ \t]*(%d+)")
      if not length then return nil, "a message without Content-Length on a stream" end
      local total = head_end + tonumber(length)
      if #pending < total then return messages end
      local message, problem = sip.parse(pending:sub(1, total))
      if not message then return nil, problem end
      messages[#messages + 1] = message
      pending = pending:sub(total + 1)
    end
  end
end

local function parameters(text)
  local found = {}
  for name, value in text:gmatch(";%s*([^;=%s]+)%s*=?%s*([^;]*)") do
    found[name:lower()] = value:match('^"(.*)"$') or value
  end
  return found
end

--- An address as it stands in a URI, a Via, a URL.
function sip.host(address) return address:find(":", 1, true) and "[" .. address .. "]" or address end

--- { scheme, user, host, port, parameters } of a SIP URI.
function sip.parse_uri(uri)
  local scheme, rest = uri:match("^(%a+):(.*)$")
  if not scheme then return {} end
  local target, tail = rest:match("^([^;?]*)(.*)$")
  local user, place = target:match("^(.-)@(.*)$")
  place = place or target
  local host, port = place:match("^(.-):(%d+)$")
  return { scheme = scheme, user = user, host = host or place, port = tonumber(port), parameters = parameters(tail) }
end

--- { name, uri, parameters, user, host } of a From, To, Contact or identity header.
function sip.parse_address(value)
  if not value then return {} end
  local name, uri, tail = value:match('^%s*"(.-)"%s*<([^>]*)>(.*)$')
  if not uri then name, uri, tail = value:match("^%s*([^<]-)%s*<([^>]*)>(.*)$") end
  if not uri then name, uri, tail = "", value:match("^%s*([^;%s]+)(.*)$") end
  if not uri then return {} end
  local parsed = sip.parse_uri(uri)
  return { name = name ~= "" and name or nil, uri = uri, user = parsed.user, host = parsed.host, port = parsed.port,
           parameters = parameters(tail) }
end

--- The parts of a challenge: realm, nonce, qop, opaque, algorithm.
function sip.parse_challenge(value)
  local found = {}
  for name, quoted in value:gmatch('([%w%-]+)%s*=%s*"([^"]*)"') do found[name:lower()] = quoted end
  for name, plain in value:gmatch('([%w%-]+)%s*=%s*([^%s",]+)') do found[name:lower()] = found[name:lower()] or plain end
  return found
end

return sip
