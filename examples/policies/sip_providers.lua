-- What SIP providers want otherwise: each by a name, which is the Normalization Script of a SIP trunk or of its SIP profile. Several
-- are given with a + between them: "plain-identity+national".
--
--   plain-identity   P-Asserted-Identity without a display name, and with user=phone
--   anonymous-from   a From that says nothing of a caller who withholds (RFC 3323), and no Remote-Party-ID
--   national         +44 1632 ... is dialled as 01632 ..., and comes in as +44 1632 ...
--   history-info     History-Info (RFC 7044) instead of Diversion, as RFC 7544 maps them

local country = "44" -- of the provider
local trunk_prefix = "0"

local function values(input, name)
  local found = {}
  for _, header in ipairs(input.headers) do
    if header.name:lower() == name then
      table.insert(found, header.value)
    end
  end
  return found
end

local function uri_of(value)
  return value:match("<([^>]*)>") or value:match("^%s*([^;]*)")
end

local function set(answer, name, value)
  table.insert(answer.set, { name = name, value = value })
end

local scripts = {}

scripts["plain-identity"] = function(input, answer)
  local identity = values(input, "p-asserted-identity")[1]
  if input.direction == "outbound" and identity then
    local uri = uri_of(identity)
    if uri:match("^sip:%+?%d+@") and not uri:find(";user=phone", 1, true) then
      uri = uri .. ";user=phone"
    end
    set(answer, "P-Asserted-Identity", "<" .. uri .. ">")
  end
end

scripts["anonymous-from"] = function(input, answer)
  local privacy = values(input, "privacy")[1]
  local from = values(input, "from")[1]
  if input.direction == "outbound" and input.status == 0 and privacy and privacy:find("id", 1, true) and from then
    set(answer, "From", '"Anonymous" <sip:anonymous@anonymous.invalid>' .. (from:match(";tag=[^;%s]+") or ""))
    table.insert(answer.remove, "Remote-Party-ID")
  end
end

scripts["national"] = function(input, answer)
  local international = "^sip:%+" .. country .. "(%d+)@(.*)$"
  local national = "^(.*<sip:)" .. trunk_prefix .. "(%d+@.*)$"
  if input.direction == "outbound" then
    local number, host = input.request_uri:match(international)
    if number then
      answer.request_uri = "sip:" .. trunk_prefix .. number .. "@" .. host
    end
  elseif input.status == 0 then
    for _, name in ipairs({ "From", "P-Asserted-Identity", "Remote-Party-ID" }) do
      local value = values(input, name:lower())[1]
      local front, back = (value or ""):match(national)
      if front then
        set(answer, name, front .. "+" .. country .. back)
      end
    end
  end
end

local reasons = { unconditional = "302", ["user-busy"] = "486", ["no-answer"] = "408", deflection = "480", unavailable = "503" }

scripts["history-info"] = function(input, answer)
  local diversions = values(input, "diversion")
  if input.direction ~= "outbound" or input.method ~= "INVITE" or input.status ~= 0 or #diversions == 0 then
    return
  end
  local index = "1"
  for i = #diversions, 1, -1 do -- the first that diverted stands last in Diversion, and first here
    local cause = reasons[diversions[i]:match(";reason=\"?([%w-]+)") or ""] or "404"
    table.insert(answer.add, { name = "History-Info", value = ("<%s?Reason=SIP%%3Bcause%%3D%s>;index=%s"):format(uri_of(diversions[i]), cause, index) })
    index = index .. ".1"
  end
  table.insert(answer.add, { name = "History-Info", value = ("<%s>;index=%s"):format(input.request_uri, index) })
  table.insert(answer.remove, "Diversion")
end

return {
  about = "What SIP providers want otherwise, by the name of a Normalization Script.",

  hooks = {
    ["sip.normalise"] = function(input)
      local answer = { set = {}, add = {}, remove = {}, reason = input.script }
      for name in input.script:gmatch("[^+]+") do
        if scripts[name] then
          scripts[name](input, answer)
        end
      end
      return answer
    end,
  },

  tests = {
    {
      name = "an identity without a name, as a telephone number",
      hook = "sip.normalise",
      input = { script = "plain-identity", direction = "outbound", method = "INVITE", request_uri = "sip:555@p.example",
        headers = { { name = "P-Asserted-Identity", value = '"Alice A" <sip:+441632960001@192.0.2.1>' } } },
      expect = { set = { { name = "P-Asserted-Identity", value = "<sip:+441632960001@192.0.2.1;user=phone>" } } },
    },
    {
      name = "what comes in keeps its name",
      hook = "sip.normalise",
      input = { script = "plain-identity", direction = "inbound", method = "INVITE", request_uri = "sip:555@p.example",
        headers = { { name = "P-Asserted-Identity", value = '"Alice A" <sip:+441632960001@192.0.2.1>' } } },
      expect = { set = {} },
    },
    {
      name = "a caller who withholds",
      hook = "sip.normalise",
      input = { script = "anonymous-from", direction = "outbound", method = "INVITE", request_uri = "sip:555@p.example",
        headers = { { name = "From", value = '"Anonymous" <sip:1001@192.0.2.1>;tag=abc' }, { name = "Privacy", value = "id" } } },
      expect = { set = { { name = "From", value = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=abc' } }, remove = { "Remote-Party-ID" } },
    },
    {
      name = "one who does not",
      hook = "sip.normalise",
      input = { script = "anonymous-from", direction = "outbound", method = "INVITE", request_uri = "sip:555@p.example",
        headers = { { name = "From", value = '"Alice" <sip:1001@192.0.2.1>;tag=abc' } } },
      expect = { set = {}, remove = {} },
    },
    {
      name = "dialled as at home",
      hook = "sip.normalise",
      input = { script = "national", direction = "outbound", method = "INVITE", request_uri = "sip:+441632960002@p.example:5060" },
      expect = { request_uri = "sip:01632960002@p.example:5060" },
    },
    {
      name = "abroad stays as it is",
      hook = "sip.normalise",
      input = { script = "national", direction = "outbound", method = "INVITE", request_uri = "sip:+4930960002@p.example" },
      expect = { request_uri = "" },
    },
    {
      name = "who calls from home has a number that can be dialled anywhere",
      hook = "sip.normalise",
      input = { script = "national", direction = "inbound", method = "INVITE", request_uri = "sip:1001@192.0.2.1",
        headers = { { name = "From", value = "<sip:01632960003@p.example>;tag=x" } } },
      expect = { set = { { name = "From", value = "<sip:+441632960003@p.example>;tag=x" } } },
    },
    {
      name = "who has diverted the call, the first one first; together with another script",
      hook = "sip.normalise",
      input = { script = "national+history-info", direction = "outbound", method = "INVITE", request_uri = "sip:555@p.example",
        headers = { { name = "Diversion", value = "<sip:1002@192.0.2.1>;reason=user-busy" }, { name = "Diversion", value = "<sip:1001@192.0.2.1>;reason=unconditional" } } },
      expect = { remove = { "Diversion" }, add = {
        { name = "History-Info", value = "<sip:1001@192.0.2.1?Reason=SIP%3Bcause%3D302>;index=1" },
        { name = "History-Info", value = "<sip:1002@192.0.2.1?Reason=SIP%3Bcause%3D486>;index=1.1" },
        { name = "History-Info", value = "<sip:555@p.example>;index=1.1.1" },
      } },
    },
    {
      name = "a script of another name",
      hook = "sip.normalise",
      input = { script = "other", direction = "outbound", method = "INVITE", request_uri = "sip:+441632960002@p.example" },
      expect = { request_uri = "", set = {}, add = {}, remove = {} },
    },
  },
}
