-- Every declared resource, from its declaration alone: made, read, listed, changed, replaced, laid down by apply, removed, by the REST
-- interface and by the shell; every field of it filled in wrongly in each way there is; records in use are kept.
local core = require "core"
local declared = require "declared"
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local world

local function call(...) return declared.call(hq, ...) end

lab.step("a node starts with all its services, and tells what is declared", function()
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk", "ils", "lbm" }
  world = declared.world(hq)
  lab.check(#world:written() > 20, "only %d resources that people write", #world:written())
  return ("%d resources, %d of them written by people"):format(#world.schema.resources, #world:written())
end)

-- What a client gives again: all but what services write.
local function writable(resource, record)
  local copy = {}
  for _, field in ipairs(resource.fields) do
    if not field.read_only and field.type ~= "secret" then copy[field.name] = record[field.name] end
  end
  return copy
end

-- An optional text, to be changed.
local function free_text(resource)
  for _, field in ipairs(resource.fields) do
    if field.type == "text" and not field.key and not field.read_only and (field.max or 0) >= 20
      and (field.format or "") == "" then return field end
  end
end

local function same(expected, actual, what)
  for name, value in pairs(expected) do
    if type(value) == "table" then
      lab.eq(core.json_encode(actual[name]), core.json_encode(value), what .. "." .. name)
    else
      lab.eq(actual[name], value, what .. "." .. name)
    end
  end
end

-- A singleton and a plain record differ in how they come to be; what can be done with them then is the same.
local function make(resource, record)
  local path = world:path(resource, "default")
  if resource.singleton then
    local status, body, text = call("PUT", path, record)
    lab.check(status == 200 or status == 201, "PUT %s: %d %s", path, status, text)
    return path, body
  end
  local status, body, text = call("POST", resource.plural, record)
  lab.eq(status, 201, "POST " .. resource.plural .. ": " .. text)
  return world:path(resource, world:key(resource, body)), body
end

local function rest_story(resource, all)
  local record = world:record(resource, all)
  local path, made = make(resource, record)
  local given = writable(resource, record)
  same(given, made, "made")
  local status, read, text = call("GET", path)
  lab.eq(status, 200, "GET")
  same(given, read, "read")
  for _, field in ipairs(resource.fields) do
    if field.type == "secret" then lab.eq(read[field.name] or "", "", "the secret " .. field.name .. " is shown") end
  end
  local field = free_text(resource)
  if field then
    status, read, text = call("PATCH", path, { [field.name] = "changed it" })
    lab.eq(status, 200, "PATCH " .. text)
    lab.eq(read[field.name], "changed it", "PATCH")
    given[field.name] = "changed it"
    same(given, read, "after PATCH")
  end
  status, read, text = call("PUT", path, given)
  lab.eq(status, 200, "PUT " .. text)
  same(given, read, "replaced")
  if resource.singleton then return end
  local items = select(2, call("GET", resource.plural)).items
  local key, listed = world:key(resource, read), false
  for _, item in ipairs(items) do listed = listed or world:key(resource, item) == key end
  lab.check(listed, "the list does not hold %s", key)
  status, _, text = call("POST", resource.plural, record)
  lab.eq(status, 409, "made twice: " .. text)
  lab.eq(call("DELETE", path), 204, "DELETE")
  lab.eq(call("GET", path), 404, "GET after DELETE")
  lab.eq(call("DELETE", path), 404, "DELETE twice")
end

local function apply_story(resource)
  local record = world:record(resource, true)
  local name = resource.singleton and resource.name or resource.plural
  local content = { [name] = resource.singleton and record or { record } }
  local status, answer, text = call("POST", "apply", { content = content })
  lab.eq(status, 200, "apply: " .. text)
  if not resource.singleton then lab.eq(answer.added, 1, "added by apply: " .. text) end
  local before = select(3, call("GET", resource.plural))
  status, answer, text = call("POST", "apply", { content = content })
  lab.eq(status, 200, "apply again: " .. text)
  lab.eq(answer.unchanged, 1, "the second apply changes: " .. text)
  lab.eq(answer.added + answer.changed + answer.removed, 0, "the second apply changes: " .. text)
  lab.eq(select(3, call("GET", resource.plural)), before, "the records after the second apply")
  if resource.singleton then return end
  status, answer, text = call("POST", "apply", { content = { remove = { [resource.plural] = { world:key(resource, record) } } } })
  lab.eq(status, 200, "apply that removes: " .. text)
  lab.eq(answer.removed, 1, "removed by apply")
end

for _, resource in ipairs(world:written()) do
  lab.test(resource.plural .. " by REST and by apply", function()
    rest_story(resource, false)
    rest_story(resource, true)
    apply_story(resource)
  end)
end

-- The shell --------------------------------------------------------------------------------------------------------------------------

-- FIELD=VALUE words for the values that are one word.
local function words_of(resource, record)
  local words = {}
  for _, field in ipairs(resource.fields) do
    local value = record[field.name]
    if value ~= nil then
      if field.type == "minutes" then value = ("%d:%02d"):format(value // 60, value % 60) end
      words[#words + 1] = field.name .. "=" .. (type(value) == "table" and core.json_encode(value) or tostring(value))
    end
  end
  return words
end

local function shell(noun, verb, ...)
  local line = { "--json", noun, verb }
  for _, part in ipairs { ... } do
    if type(part) == "table" then table.move(part, 1, #part, #line + 1, line) else line[#line + 1] = part end
  end
  local result = hq:try(line)
  return result, result.output ~= "" and core.json_decode(result.output) or nil
end

for _, resource in ipairs(world:written()) do
  lab.test(resource.plural .. " by the shell", function()
    local noun = resource.name:gsub("_", "-")
    local record = world:record(resource, true)
    local given = writable(resource, record)
    local function good(verb, ...)
      local result, answer = shell(noun, verb, ...)
      lab.eq(result.code, 0, ("sojourn %s %s: %s%s"):format(noun, verb, result.error, result.output))
      return answer
    end
    if resource.singleton then
      same(given, good("set", words_of(resource, record)), "set")
      same(given, good("get"), "get")
      return
    end
    local key = world:key(resource, record)
    same(given, good("add", words_of(resource, record)), "add")
    same(given, good("get", key), "get")
    local field = free_text(resource)
    if field then lab.eq(good("set", key, field.name .. "=by the shell")[field.name], "by the shell", "set") end
    local listed = false
    for _, item in ipairs(good("list")) do listed = listed or world:key(resource, item) == key end
    lab.check(listed, "sojourn %s list does not hold %s", noun, key)
    good("remove", key)
    local result = shell(noun, "get", key)
    lab.eq(result.code, 1, "get after remove ends with")
    lab.check(result.error:find("^sojourn: [^\n]+\n$"), "one sentence was expected, got %q", result.error)
  end)
end

-- Wrong values -------------------------------------------------------------------------------------------------------------------------

local function field_of(resource, name)
  for _, field in ipairs(resource.fields) do
    if field.name == name then return field end
  end
end

-- How a field was filled in wrongly: as a change of a record that is there, and in a new one.
local function try_wrong(resource, path, record, name, value, case)
  local what = ("%s.%s, %s"):format(resource.name, name, case.what)
  local before = select(3, call("GET", path))
  local named = not case.anonymous and name or nil
  local status, body, text = call("PATCH", path, { [name] = value })
  declared.check_refused("PATCH " .. what, status, body, text, named)
  lab.eq(select(3, call("GET", path)), before, what .. ": the record after PATCH")
  if resource.singleton then return end
  local wrong = {}
  for other, good in pairs(record) do wrong[other] = good end
  for _, key in ipairs(resource.key) do
    if key ~= name and record[key] then wrong[key] = world:value(field_of(resource, key)) or record[key] end
  end
  wrong[name] = value
  local count = #select(2, call("GET", resource.plural)).items
  status, body, text = call("POST", resource.plural, wrong)
  declared.check_refused("POST " .. what, status, body, text, named)
  lab.eq(#select(2, call("GET", resource.plural)).items, count, what .. ": records after POST")
end

local total = 0

for _, resource in ipairs(world:written()) do
  lab.test("wrong values in " .. resource.plural, function()
    local record, cases, faults = world:record(resource, true), 0, {}
    local path = make(resource, record)
    local function try(name, value, case)
      cases = cases + 1
      local good, problem = pcall(try_wrong, resource, path, record, name, value, case)
      if not good then faults[#faults + 1] = tostring(problem) end
    end
    for _, field in ipairs(resource.fields) do
      if not field.read_only then
        for _, case in ipairs(declared.wrong(field)) do try(field.name, case.raw, case) end
      end
      -- Inside records and the items of lists.
      for _, inner in ipairs(not field.read_only and field.fields or {}) do
        for _, case in ipairs(not inner.read_only and declared.wrong(inner) or {}) do
          local whole = record[field.name]
          if field.type == "list" then whole = whole[1] end
          local copy = {}
          for name, value in pairs(whole or {}) do copy[name] = value end
          copy[inner.name] = case.raw
          try(field.name, field.type == "list" and declared.raw("[" .. declared.encode(copy) .. "]") or copy, case)
        end
      end
      if field.required and not field.default and not resource.singleton then
        local without = world:record(resource, true)
        without[field.name] = nil
        local status, body, text = call("POST", resource.plural, without)
        declared.check_refused("POST without " .. field.name, status, body, text, field.name)
      end
    end
    try("no_such_field", "a", { what = "an unknown field" })
    total = total + cases
    for index = 1, math.min(#faults, 40) do lab.say("%s", faults[index]) end
    lab.eq(#faults, 0, "wrong values that were not refused as they should be")
    if not resource.singleton then lab.eq(call("DELETE", path), 204, "DELETE " .. path) end
    return cases .. " cases"
  end)
end

lab.test("bodies that are no record at all", function()
  local resource = world.resources.partition
  local before = select(3, call("GET", resource.plural))
  for _, body in ipairs { "[]", "null", "17", '"text"', "{", "", "{]", '{"name":"a"}x', '{"name":"a","name":"b"}', ("["):rep(5000),
    ('{"a":'):rep(2000), '{"name":"\xff"}', "\0\0\0", ("x"):rep(100000) } do
    local status, answer, text = call("POST", resource.plural, body)
    declared.check_refused("POST " .. body:sub(1, 20), status, answer, text)
  end
  lab.eq(select(3, call("GET", resource.plural)), before, "partitions")
end)

-- What is in use, and what services write ---------------------------------------------------------------------------------------------

lab.test("a record in use is kept, and who uses it is told", function()
  local refused = 0
  for _, resource in ipairs(world:written()) do
    for _, field in ipairs(resource.fields) do
      local target = field.target and world.resources[field.target]
      if target and not target.runtime and not target.singleton and not field.read_only and field.target ~= resource.name then
        local used = world:record(target)
        local used_path, made = make(target, used)
        local record, key = world:record(resource), world:key(target, made)
        record[field.name] = field.type == "list" and { key } or key
        if field.name == "default_activated_device" then -- of intercom numbers alone
          record.partition = select(2, make(world.resources.partition, { name = "Intercom", usage = "intercom" })).name
        end
        if resource.name == "directory_uri" and field.name == "end_user" then record.directory_number = nil end -- one or the other
        if resource.name ~= "device_pool" and field.name:find "_transformation_css$" then -- its own, or the device pool's
          record["use_device_pool_" .. field.name] = false
        end
        local path, user = make(resource, record)
        for _, way in ipairs { "DELETE", "apply" } do
          local status, body, text
          if way == "apply" then
            status, body, text = call("POST", "apply", { content = { remove = { [target.plural] = { key } } } })
          else
            status, body, text = call("DELETE", used_path)
          end
          lab.eq(status, 409, ("%s of a %s that a %s uses: %s"):format(way, target.name, resource.name, text))
          lab.contains(body.detail, resource.singleton and resource.name or world:key(resource, user), "who uses it")
        end
        lab.eq(call("GET", used_path), 200, "what is in use")
        if resource.singleton then
          lab.eq(call("PATCH", path, { [field.name] = declared.raw "null" }), 200, "let go")
        else
          lab.eq(call("DELETE", path), 204, "DELETE the user")
        end
        lab.eq(call("DELETE", used_path), 204, "DELETE what is no longer used")
        refused = refused + 1
      end
    end
  end
  lab.check(refused > 20, "only %d references", refused)
  return refused .. " references"
end)

lab.test("what services write cannot be written", function()
  local count = 0
  for _, resource in ipairs(world.schema.resources) do
    if resource.runtime then
      count = count + 1
      local record = world:fields(resource.fields, false)
      local before = select(3, call("GET", resource.plural))
      for _, attempt in ipairs { { "POST", resource.plural, record }, { "PUT", resource.plural .. "/a", record },
        { "PATCH", resource.plural .. "/a", record }, { "DELETE", resource.plural .. "/a" } } do
        local status, body, text = call(table.unpack(attempt))
        lab.eq(status, 405, attempt[1] .. " " .. attempt[2] .. ": " .. text)
        lab.contains(body.detail, "only services write it")
      end
      local status, body, text = call("POST", "apply", { content = { [resource.plural] = { record } } })
      lab.eq(status, 400, "apply of " .. resource.plural .. ": " .. text)
      lab.contains(body.detail, "only services write it")
      lab.eq(select(3, call("GET", resource.plural)), before, resource.plural)
    end
  end
  return count .. " resources"
end)

lab.test("an apply file that is wrong at its end changes nothing at its beginning", function()
  local before = select(3, call("GET", "partitions"))
  local status, body, text = call("POST", "apply", { content = { partitions = { { name = "Good" }, { name = "Bad", description = 7 } } } })
  lab.eq(status, 400, text)
  lab.eq(body.field, "partitions[2].description", text)
  lab.eq(select(3, call("GET", "partitions")), before, "partitions")
end)

lab.say("%d wrong values", total)
