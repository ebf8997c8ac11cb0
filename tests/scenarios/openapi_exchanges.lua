-- What tests/conformance/openapi.sh looks at: exchanges with a node, each as a line of JSON in the file $SOJOURN_EXCHANGES: the method, the path as
-- it was asked, the body, and the answer. Of every resource all that can be done with a record, and what is refused; of the rest each path.
-- Live events come between them as they are told, three of each type.
local core = require "core"
local declared = require "declared"
local lab = require "lab"
local task = require "task"

local hq = lab.cluster { id = "HQ" }
local file = assert(io.open(assert(os.getenv "SOJOURN_EXCHANGES", "SOJOURN_EXCHANGES names no file"), "w"))
local world, ended

local told, pending = {}, ""
local function take_events(bytes)
  pending = pending .. bytes
  for data in pending:gmatch "data: ([^\n]*)\n" do
    local kind = data:match '^{"type":"([^"]+)"' or "lost"
    told[kind] = (told[kind] or 0) + 1
    if told[kind] <= 3 and not ended then file:write(core.json_encode { event = data }, "\n") end
  end
  pending = pending:match "[^\n]*$"
  task.changed()
end

-- Bodies are kept as they were, as text: a decoded null is not told from what is not there.
local function exchange(method, path, body, headers)
  local text = body and (type(body) == "table" and declared.encode(body) or body)
  local result = task.http {
    url = "http://localhost/api/v1" .. path, method = method, unix_socket = hq.socket, timeout_ms = 60000, body = text,
    headers = headers or text and { ["Content-Type"] = method == "PATCH" and "application/merge-patch+json" or "application/json" } or {},
  }
  if result.error then error(("%s %s: %s"):format(method, path, result.error), 2) end
  file:write(core.json_encode { method = method, path = path, body = text or "", status = result.status, answer = result.body,
    headers = result.headers }, "\n")
  local whole = result.headers and result.body ~= "" and result.body:find "^[%[{]"
  return result.status, whole and core.json_decode(result.body) or nil, result
end

lab.step("a node starts with all its services", function()
  hq:start()
  core.http({ url = "http://localhost/api/v1/events", unix_socket = hq.socket, timeout_ms = 3600000, stream = take_events }, function() end)
  hq:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk", "ils", "lbm" }
  world = declared.world(hq)
end)

local function free_text(resource)
  for _, field in ipairs(resource.fields) do
    if field.type == "text" and not field.key and not field.required and not field.read_only and (field.max or 0) >= 20 and (field.format or "") == "" then
      return field
    end
  end
end

local function story(resource, all)
  local record = world:record(resource, all)
  local plural, key = "/" .. resource.plural, core.url_encode(world:key(resource, record))
  local path, field = plural .. "/" .. key, free_text(resource)
  if resource.singleton then
    exchange("PUT", path, record)
  else
    exchange("POST", plural, record)
    exchange("POST", plural, record)
    exchange("POST", plural, { no_such_member = 1 })
  end
  local _, read = exchange("GET", path)
  exchange("GET", plural .. "?limit=1")
  exchange("PUT", path, record)
  exchange("PUT", path, record, { ["Content-Type"] = "application/json", ["If-Match"] = '"other"' })
  exchange("PUT", path, "{}", { ["Content-Type"] = "text/plain" })
  exchange("PATCH", path, field and { [field.name] = "changed" } or "{}")
  exchange("PATCH", path, field and ('{"%s":null}'):format(field.name) or "{}")
  exchange("PATCH", path, "[]")
  exchange("PATCH", path, read and declared.encode { no_such_member = 1 } or "{}")
  if not resource.singleton then
    exchange("DELETE", path)
    exchange("DELETE", path)
    exchange("GET", path)
    exchange("PATCH", path, "{}")
    exchange("POST", path, "{}")
    exchange("PUT", path, record)
    exchange("DELETE", path)
  end
end

lab.test("every resource", function()
  for _, resource in ipairs(world.schema.resources) do
    exchange("GET", "/" .. resource.plural)
    exchange("GET", "/" .. resource.plural .. "?limit=0")
    exchange("GET", "/" .. resource.plural .. "/no-such-record")
    if resource.runtime then
      exchange("POST", "/" .. resource.plural, "{}")
      local _, list = exchange("GET", "/" .. resource.plural .. "?limit=1")
      if list.items[1] then exchange("GET", "/" .. world:path(resource, world:key(resource, list.items[1]))) end
    else
      story(resource, false)
      story(resource, true)
    end
  end
end)

lab.test("all else that there is", function()
  local json = { ["Content-Type"] = "application/json" }
  exchange("GET", "/")
  exchange("GET", "/schema")
  exchange("GET", "/openapi.json")
  exchange("GET", "/parameters")
  exchange("GET", "/parameters/Enterprise/no_such_parameter")
  for _, parameter in ipairs(world.schema.parameters) do
    exchange("GET", ("/parameters/%s/%s"):format(core.url_encode(parameter.service), parameter.symbol))
  end
  exchange("PUT", "/parameters/Enterprise/enterprise_max_phones", { value = 1000 })
  exchange("PATCH", "/parameters/Enterprise/enterprise_max_phones", '{"value":null}')
  exchange("PUT", "/parameters/Enterprise/enterprise_max_phones", { value = 0 })
  exchange("PUT", "/parameters/Enterprise/enterprise_max_phones", '{"value":null}', { ["Content-Type"] = "application/json", ["If-Match"] = '"other"' })
  exchange("POST", "/apply", { content = { partitions = { { name = "Applied" } } } }, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = "an-apply-of-one" })
  exchange("POST", "/apply", { content = { partitions = { { name = "Other" } } } }, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = "an-apply-of-one" })
  exchange("GET", "/apply/an-apply-of-one")
  exchange("GET", "/apply/no-such-apply")
  exchange("POST", "/apply", { content = { partitions = { { name = "Applied", description = "again" } }, parameters = { Enterprise = { enterprise_max_phones = 2000 } } } })
  exchange("POST", "/apply", { content = { no_such_list = { { name = "x" } }, partitions = { { nam = "y" } } } })
  local _, job = exchange("POST", "/apply", { content = { remove = { partitions = { "Applied" } } } }, { ["Content-Type"] = "application/json", Prefer = "respond-async" })
  lab.wait_for("the job has ended", 30, function() return exchange("GET", "/apply/" .. job.job_id) == 200 end)
  for _, command in ipairs(world.schema.commands) do
    local path = "/do/" .. command.command:gsub(" ", "/")
    if command.tells then exchange("POST", path, "{}", json) end
    exchange("POST", path, { no_such_member = 1 })
  end
  exchange("POST", "/do/service/list", "{}", json)
  exchange("GET", "/traces/0af7651916cd43dd8448eb211c80319c")
  exchange("GET", "/traces/xyz")
  exchange("PUT", "/own_password", { password = "x" })
  exchange("GET", "/events?type=no.such.event")
  exchange("DELETE", "/schema")
  exchange("GET", "/nothing")
end)

lab.test("events are told", function()
  lab.wait_for("three kinds of them have come", 10, function()
    local kinds = 0
    for _ in pairs(told) do kinds = kinds + 1 end
    return kinds >= 3
  end)
end)

ended = true
file:close()
