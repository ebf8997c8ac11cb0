-- What `GET /api/v1/schema` tells is all that is needed to make records, and wrong ones, of every kind: this reads the declarations
-- and builds values from them. A value that JSON has and Lua has not (null, a number too large, bytes that are no text) is written
-- raw, as text.
local core = require "core"
local lab = require "lab"
local task = require "task"

local declared = {}

local serial = 0
local function next_serial()
  serial = serial + 1
  return serial
end

-- Raw JSON ---------------------------------------------------------------------------------------------------------------------------

local raw_texts = {}

--- Stands for a piece of JSON text inside a table.
function declared.raw(text)
  raw_texts[#raw_texts + 1] = text
  return ("@raw%d@"):format(#raw_texts)
end

--- The table as JSON, with raw pieces in their places.
function declared.encode(value)
  if type(value) == "table" and next(value) == nil and getmetatable(value) == nil then return "{}" end
  return (core.json_encode(value):gsub('"@raw(%d+)@"', function(number) return raw_texts[tonumber(number)] end))
end

--- A REST call with a body of text; status, decoded body, body as it came.
function declared.call(cluster, method, path, body)
  if type(body) == "table" then body = declared.encode(body) end
  local result = task.http {
    url = "http://localhost/api/v1/" .. path, method = method, unix_socket = cluster.socket, timeout_ms = 60000,
    body = body, headers = body and { ["Content-Type"] = "application/json" } or {},
  }
  if result.error then error(("%s %s: %s"):format(method, path, result.error), 2) end
  return result.status, result.body ~= "" and core.json_decode(result.body) or nil, result.body
end

-- Right values -----------------------------------------------------------------------------------------------------------------------

local by_format = {
  name = "Name %d", device_name = "SEP0000000%05d", hostname = "host%d.example.test", url = "http://host%d.example.test/path", web_url = "http://host%d.example.test/path",
  digits = "55%05d", dial_pattern = "77%05d", cluster_id = "Cluster%d", locale = "English_United_States", user_id = "user%d", advertised_pattern = "88%05dXX!", domain = "domain%d.example.test", domain_pattern = "*.domain%d.example.test",
  path = "/tmp/file%d", xml_name = "element%d", pin = "66%05d", host_list = "192.0.2.1; host%d.example.test",
}
local fixed_format = { time_zone = "Europe/London", time_of_day = "08:30", date_template = "D.M.Y", mask = "0XXX", address = "127.0.0.1", country = "GB", hex = "00aaff", role = "Standard EM Authentication Proxy Rights",
  host_key = ("A"):rep(43) }

local fixed_name = { numbers = "112", calling_numbers = "5501" } -- texts whose form services alone know

local function right_text(field)
  local number = next_serial()
  local text = fixed_name[field.name] or fixed_format[field.format or ""] or (by_format[field.format or ""] or "Text %d"):format(number)
  if #text < (field.min or 0) then text = text .. ("0"):rep(field.min - #text) end
  local most = field.type ~= "list" and field.max or 0 -- a list's is the number of its items
  if most > 0 and #text > most then text = text:sub(-most) end
  return text
end

local World = {}
World.__index = World

--- Reads what the cluster declares.
function declared.world(cluster)
  local world = setmetatable({ cluster = cluster, resources = {}, made = {} }, World)
  local status, schema = declared.call(cluster, "GET", "schema")
  lab.eq(status, 200, "GET schema")
  world.schema = schema
  for _, resource in ipairs(schema.resources) do world.resources[resource.name] = resource end
  return world
end

--- The declared resources that people write.
function World:written()
  local list = {}
  for _, resource in ipairs(self.schema.resources) do
    if not resource.runtime then list[#list + 1] = resource end
  end
  return list
end

function World:path(resource, key)
  return resource.plural .. (key and "/" .. core.url_encode(key) or "")
end

--- The key text of a record.
function World:key(resource, record)
  if resource.singleton then return "default" end
  local first, second = record[resource.key[1]], resource.key[2] and record[resource.key[2]]
  return second and second ~= "" and first .. "@" .. second or first
end

--- The key of some record of a resource, made when there is none; nil when only services could make one.
function World:some(name)
  local resource = self.resources[name]
  if self.made[name] then return self.made[name] end
  local _, body = declared.call(self.cluster, "GET", resource.plural .. "?limit=1")
  if body.items[1] then return self:key(resource, body.items[1]) end
  if resource.runtime then return nil end
  local record = self:record(resource)
  local status, answer, text = declared.call(self.cluster, "POST", resource.plural, record)
  lab.eq(status, 201, ("a %s that others need: %s"):format(name, text))
  self.made[name] = self:key(resource, answer)
  return self.made[name]
end

--- A value that is right for a field; nil when none can be made (it refers to what only services make). `all`: with everything
--- that is optional inside.
function World:value(field, type_name, all)
  type_name = type_name or field.type
  if type_name == "text" or type_name == "secret" then return right_text(field) end
  if type_name == "boolean" then return true end
  if type_name == "integer" or type_name == "minutes" or type_name == "real" then
    if field.unique and field.max then return field.max - next_serial() end
    return field.type ~= "list" and (field.max or field.min) or 1
  end
  if type_name == "time" then return "2026-01-31T08:00:00Z" end
  if type_name == "enum" then
    local last = field.choices[#field.choices]
    return last ~= "SCCP" and last or "SIP" -- which is declared, and refused since no service speaks it
  end
  if type_name == "reference" then return self:some(field.target) end
  if type_name == "record" then return self:fields(field.fields, all) end
  local item = self:value(field, field.element, all)
  return setmetatable({ item }, getmetatable(core.json_decode("[]")))
end

function World:fields(fields, all)
  local record = {}
  for _, field in ipairs(fields) do
    local needed = field.required and not field.default or field.key
    if not field.read_only and (all or needed) then record[field.name] = self:value(field, nil, all) end
  end
  return record
end

--- A record that is right: with what is required, or with all that can be given. Its key is new: where that is a reference, to a
--- record made for it.
function World:record(resource, all)
  local record = self:fields(resource.fields, all)
  if resource.name == "call_manager" and record.name then record.name = "hq-1" end -- there is no other node
  if resource.name == "bulk_certificate_management" and record.url then record.url = "sftp://host.example.test:22/exchange/" end
  local routes = resource.name == "route_pattern" or resource.name == "sip_route_pattern" or resource.name == "hunt_pilot"
  if routes and not (record.sip_trunk or record.route_list or record.hunt_list) then record.block = true end
  if routes and record.sip_trunk then record.route_list = nil end -- one or the other
  if record.emergency_services_number then -- who calls for help is not asked for codes
    record.require_forced_authorization_code, record.require_client_matter_code = false, false
  end
  if resource.name == "softkey_template" then -- each state has keys that it may have, and those that it must have
    local must = { on_hook = "new_call", digits_after_first = "backspace", connected = "end_call", connected_transfer = "transfer",
                   connected_conference = "conference", on_hold = "resume" }
    for _, field in ipairs(resource.fields) do
      if field.type == "list" and (all or must[field.name]) then record[field.name] = { { softkey = must[field.name] or "undefined" } } end
    end
  end
  if resource.name == "calling_search_space" and record.usage then record.usage = "general" end -- as its partitions are
  record.default_activated_device = nil -- of intercom numbers alone, as are the speed dials of lines
  if type(record.lines) == "table" then
    for _, line in ipairs(all and record.lines or {}) do line.speed_dial = "" end
  end
  if record.expansion_modules then record.model, record.expansion_modules[1] = "Cisco 8851", "BEKEM 36-Button Line Expansion Module" end
  if record.network_locale then record.network_locale = "United_Kingdom" end
  if resource.name == "time_period" and record.end_time then record.end_time = "17:30" end
  if resource.name == "directory_uri" then
    record.directory_number, record.end_user = record.directory_number or self:some "directory_number", nil
  end
  if resource.name ~= "device_pool" then -- a device's own, or the device pool's
    for _, party in ipairs { "calling", "called", "connected", "redirecting" } do
      if record[party .. "_party_transformation_css"] then record["use_device_pool_" .. party .. "_party_transformation_css"] = false end
    end
  end
  if record.headers_passed_through then record.headers_passed_through[1] = "User-to-User" end
  if record.strip_digits then record.strip_digits = #record.pattern end
  if resource.name == "learned_block_rule" and not record.kind then record.kind = "enterprise" end
  if record.catalog then record.catalog = self:some "imported_catalog" end -- which is named, and not referred to
  if record.kind and record.prefix then record.kind, record.pattern, record.prefix = "enterprise", "83XX", "83" end -- all must fit
  if resource.name == "call_manager_group" and record.nodes then record.nodes[1] = self:some "node" end
  if resource.name == "lbm_hub_group" then record.members = { self:some "node" } end -- who asks the bootstrap hubs
  for _, field in ipairs(resource.fields) do
    if field.name == (resource.key or {})[1] and field.type == "reference" then
      local target = self.resources[field.target]
      local status, answer, text = declared.call(self.cluster, "POST", target.plural, self:record(target))
      lab.eq(status, 201, ("a %s that others need: %s"):format(field.target, text))
      record[field.name] = self:key(target, answer)
    end
  end
  return record
end

-- Wrong values -----------------------------------------------------------------------------------------------------------------------

local raw = declared.raw

local function numbers_around(field, add)
  if field.min then add("one too small", tostring(field.min - 1)) end
  if field.max then add("one too large", tostring(field.max + 1)) end
  add("a huge number", "1e308")
  add("an endless number", "1e999")
  add("a number that no double holds", "9223372036854775807")
  add("a negative huge number", "-1e300")
  add("half a number", "1.5")
end

local function texts_around(field, add)
  local function quoted(text) return core.json_encode(text) end
  if field.max then add("a text that is too long", quoted(("a"):rep(field.max + 1))) end
  if field.min and field.min > 1 then add("a text that is too short", quoted(("a"):rep(field.min - 1))) end
  add("control characters", '"a\\u0001b"')
  add("a line end", '"a\\r\\nVia: b"')
  add("an escaped NUL", '"a\\u0000b"', true)
  add("half a surrogate pair", '"a\\ud800b"', true)
  add("bytes that are not UTF-8", '"a\xff\xc0b"', true)
  local takes_signs = { [""] = true, path = true, new_password = true }
  if not takes_signs[field.format or ""] then add("a text of another form", '"<\\"%&>"') end
end

--- All that is wrong for a field: a list of { what, raw JSON, anonymous }. Anonymous: the body as a whole cannot be read, so that no
--- field can be named.
function declared.wrong(field, type_name)
  local list = {}
  local function add(what, text, anonymous) list[#list + 1] = { what = what, raw = raw(text), anonymous = anonymous } end
  type_name = type_name or field.type
  if type_name == "text" or type_name == "secret" or type_name == "reference" or type_name == "enum" or type_name == "time" then
    add("a number", "17")
    add("true", "true")
    add("a list", '["a"]')
  else
    add("a word", '"no such thing"')
  end
  if type_name == "text" or type_name == "secret" then texts_around(field, add) end
  if type_name == "integer" or type_name == "minutes" then
    numbers_around(field, add)
    add("false", "false")
  elseif type_name == "boolean" then
    add("a number", "1")
    add("the text true", '"true"')
  elseif type_name == "enum" then
    add("a word that is not declared", '"no_such_word"')
    add("an empty word", '""')
  elseif type_name == "reference" then
    add("a record that is not there", '"no-such-record"')
  elseif type_name == "time" then
    add("a day that is not there", '"2026-02-31T08:00:00Z"')
  elseif type_name == "list" then
    add("a number", "3")
    if field.max and field.max < 2000 then add("too many items", "[" .. ("null,"):rep(field.max) .. "null]") end
  end
  if type_name ~= "record" then add("an object", '{"a":[{"b":[[[]]],"c":null}]}') end
  if type_name ~= "list" then add("a nest of lists", ("["):rep(60) .. ("]"):rep(60)) end
  if type_name == "list" then
    local element = { type = field.element, choices = field.choices, target = field.target, fields = field.fields }
    for _, case in ipairs(declared.wrong(element)) do
      list[#list + 1] = { what = "a list with " .. case.what, raw = raw("[" .. declared.encode(case.raw) .. "]"),
        anonymous = case.anonymous }
    end
  end
  if field.required and not field.default then
    if type_name ~= "boolean" then add("null", "null") end
    if type_name == "text" or type_name == "reference" or type_name == "secret" then add("an empty text", '""') end
    if type_name == "list" then add("an empty list", "[]") end
  end
  return list
end

--- Checks that an answer is a problem document with a sentence, and that it names the field.
function declared.check_refused(what, status, body, text, name)
  lab.check(status >= 400 and status < 500, "%s: expected a refusal, got %d: %s", what, status, text)
  lab.check(body and body.detail and #body.detail > 10 and body.status == status, "%s: no problem document: %s", what, text)
  if not name then return end
  local named = (body.field or ""):find(name, 1, true)
  for _, one in ipairs(body.errors or {}) do
    if one.field:find(name, 1, true) then named = true end
  end
  lab.check(named, "%s: the field %s is not named: %s", what, name, text)
end

return declared
