-- The phone's XML services: opening a URL, reading the page, filling in its form, following its keys and its Refresh.
local core = require "core"
local task = require "task"

local Page = {}
Page.__index = Page

local services = {}

local function child_text(element, name)
  for _, child in ipairs(element) do
    if child.name == name then return (child.text:gsub("^%s+", ""):gsub("%s+$", "")) end
  end
end

local readers = {}

function readers.CiscoIPPhoneText(page, root) page.text = child_text(root, "Text") or "" end

function readers.CiscoIPPhoneMenu(page, root)
  page.items = {}
  for _, child in ipairs(root) do
    if child.name == "MenuItem" then
      page.items[#page.items + 1] = { name = child_text(child, "Name"), url = child_text(child, "URL") }
    end
  end
end

function readers.CiscoIPPhoneInput(page, root)
  page.url = child_text(root, "URL")
  page.fields = {}
  for _, child in ipairs(root) do
    if child.name == "InputItem" then
      page.fields[#page.fields + 1] = {
        label = child_text(child, "DisplayName"), parameter = child_text(child, "QueryStringParam"),
        default = child_text(child, "DefaultValue") or "", flags = child_text(child, "InputFlags") or "",
      }
    end
  end
end

function readers.CiscoIPPhoneExecute(page, root)
  page.execute = {}
  for _, child in ipairs(root) do
    if child.name == "ExecuteItem" then page.execute[#page.execute + 1] = child.attributes.URL end
  end
end

function readers.CiscoIPPhoneError(page, root) page.error_number = tonumber(root.attributes.Number) end

--- Everything a person can read on the page, in one line.
function Page:words()
  local words = {}
  for _, part in ipairs { self.title or "", self.text or "", self.prompt or "" } do
    if part ~= "" then words[#words + 1] = part end
  end
  for _, item in ipairs(self.items or {}) do words[#words + 1] = item.name end
  for _, field in ipairs(self.fields or {}) do words[#words + 1] = field.label end
  return table.concat(words, " | ")
end

--- The number in brackets that a page of Extension Mobility shows for a refusal: 208 of "Login is unavailable (208)".
function Page:code() return tonumber(self:words():match("%((%d+)%)")) end

local function read_page(phone, url, result)
  local page = setmetatable({ phone = phone, address = url, status = result.status, headers = result.headers or {} }, Page)
  if result.error then
    page.kind, page.text = "unreachable", "Host Not Found: " .. result.error
    return page
  end
  if result.status ~= 200 then
    page.kind, page.text = "http_error", ("HTTP Error [%d]"):format(result.status)
    return page
  end
  local root, problem = core.xml(result.body)
  if not root then
    page.kind, page.text = "not_xml", "XML Error [4]: " .. problem
    return page
  end
  page.kind = root.name:match("^CiscoIPPhone(.+)$") or root.name
  page.title, page.prompt = child_text(root, "Title"), child_text(root, "Prompt")
  page.keys = {}
  for _, child in ipairs(root) do
    if child.name == "SoftKeyItem" then
      page.keys[child_text(child, "Name") or ""] = child_text(child, "URL")
    end
  end
  if readers[root.name] then readers[root.name](page, root) end
  local seconds, next_url = (page.headers["refresh"] or ""):match("^%s*(%d+)%s*;%s*[uU][rR][lL]=(.+)$")
  if seconds then page.refresh = { seconds = tonumber(seconds), url = next_url } end
  return page
end

-- The page's own wish to be followed by another, and what an Execute page has the phone do.
local function follow(phone, page)
  for _, uri in ipairs(page.execute or {}) do
    if uri == "Init:CallHistory" then
      phone.call_log = {}
    elseif uri == "Init:Services" then
      phone.page = nil
    end
  end
  local refresh = page.refresh
  if refresh and refresh.seconds > 0 then
    core.timer(refresh.seconds * 1000, function()
      if phone.page ~= page or phone.state == "off" then return end
      if refresh.url:find("^https?:") then
        task.start(services.open, phone, refresh.url)
      else
        phone.page = nil
      end
    end)
  end
end

--- Opens a URL on the phone and returns its page. #DEVICENAME# and #EMCC# are replaced as phones do.
function services.open(phone, url)
  local place = url:gsub("#DEVICENAME#", phone.device_name):gsub("#EMCC#", phone.supports_emcc and "true" or "false")
  phone:log("opens %s", (place:gsub("seq=[^&]*", "seq=...")))
  local result = phone:cannot_reach(place:match("^%a+://([^:/]+)")) and { error = "no way there" } or task.http {
    url = place, from = phone.address, timeout_ms = 20000,
    headers = {
      ["User-Agent"] = "Cisco/" .. phone.model,
      ["x-CiscoIPPhoneModelName"] = phone.model_name,
      ["x-CiscoIPPhoneDisplay"] = "800,480,24,C",
      ["x-CiscoIPPhoneSDKVersion"] = "8.5.1",
      ["Accept"] = "x-CiscoIPPhone/*;q=1.0,text/*;q=0.5,image/png;q=0.3,*/*;q=0.1",
      ["Accept-Language"] = "en-US",
      ["Accept-Charset"] = "utf-8,iso-8859-1;q=0.8",
    },
  }
  local page = read_page(phone, place, result)
  phone.page = page
  phone:log("shows %s: %s", page.kind, page:words())
  follow(phone, page)
  return page
end

local function with_parameters(url, values)
  local parts = {}
  for _, value in ipairs(values) do parts[#parts + 1] = value[1] .. "=" .. core.url_encode(value[2]) end
  return url .. (url:find("?", 1, true) and "&" or "?") .. table.concat(parts, "&")
end

--- Fills in the page's form and submits it: values by parameter name. Fields left out keep what the page has put there.
function Page:submit(values)
  assert(self.kind == "Input", "the page has no form: " .. self.kind .. ": " .. self:words())
  local filled, known = {}, {}
  for _, field in ipairs(self.fields) do
    filled[#filled + 1] = { field.parameter, tostring(values[field.parameter] or field.default) }
    known[field.parameter] = true
  end
  for name in pairs(values) do
    assert(known[name], ("the page asks for no %s: %s"):format(name, self:words()))
  end
  return services.open(self.phone, with_parameters(self.url, filled))
end

--- Chooses a menu entry by its number or by a part of its name.
function Page:choose(which)
  for number, item in ipairs(self.items or {}) do
    if number == which or (type(which) == "string" and item.name:lower():find(which:lower(), 1, true)) then
      return services.open(self.phone, item.url)
    end
  end
  error(("no entry %s on the page: %s"):format(which, self:words()), 2)
end

--- Presses a softkey that has a URL.
function Page:press(name)
  for key, url in pairs(self.keys or {}) do
    if key:lower() == name:lower() then
      if not url:find("^https?:") then
        self.phone.page = nil
        return nil
      end
      return services.open(self.phone, url)
    end
  end
  error(("no softkey %s on the page: %s"):format(name, self:words()), 2)
end

return services
