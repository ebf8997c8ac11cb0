-- Every declared parameter and every declared command, from its declaration alone: defaults, right and wrong values, missing and wrong
-- arguments, by the REST interface and by the shell.
local core = require "core"
local declared = require "declared"
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local world

local function call(...) return declared.call(hq, ...) end

lab.step("a node starts with all its services", function()
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk", "ils", "lbm", "dna-server", "dna" }
  world = declared.world(hq)
end)

-- Parameters ---------------------------------------------------------------------------------------------------------------------------

local function path_of(parameter)
  return ("parameters/%s/%s"):format(core.url_encode(parameter.service), parameter.symbol)
end

-- The declared default as a value of its type.
local function default_of(field)
  if field.type == "boolean" then return field.default == "true" end
  if field.type == "enum" then return field.default or field.choices[1] end
  if field.type == "text" or field.type == "reference" then return field.default or "" end
  return tonumber(field.default) or 0
end

local function other_value(field)
  if field.type == "boolean" then return not default_of(field) end
  local first, last
  if field.type == "enum" then first, last = field.choices[1], field.choices[#field.choices] end
  if field.type == "integer" or field.type == "minutes" then first, last = field.min, field.max end
  if last then return last ~= default_of(field) and last or first end
  return world:value(field)
end

local function value_of(parameter)
  local status, body, text = call("GET", path_of(parameter))
  lab.eq(status, 200, "GET " .. path_of(parameter) .. ": " .. text)
  return body.value
end

lab.test("every parameter is listed with its value and its default", function()
  local items = select(2, call("GET", "parameters")).items
  lab.eq(#items, #world.schema.parameters, "parameters listed")
  return #items .. " parameters"
end)

local wrong_values = 0

for _, parameter in ipairs(world.schema.parameters) do
  lab.test(("the parameter %s of %s"):format(parameter.title, parameter.service), function()
    local field, path, name = parameter.field, path_of(parameter), parameter.symbol
    local is_own = parameter.name == "cluster_id" -- the node file gives it
    if not is_own then lab.eq(value_of(parameter), default_of(field), "the default") end
    local before, wanted = value_of(parameter), other_value(field)
    local status, body, text = call("PUT", path, { value = wanted })
    lab.eq(status, 200, "PUT: " .. text)
    lab.eq(body.value, wanted, "what PUT answers")
    lab.eq(value_of(parameter), wanted, "what is read after PUT")
    for _, case in ipairs(declared.wrong(field)) do
      if case.what ~= "the text true" then -- a shell has nothing but text to send
        local wrong_status, answer, wrong_text = call("PUT", path, { value = case.raw })
        declared.check_refused(("PUT %s, %s"):format(name, case.what), wrong_status, answer, wrong_text, not case.anonymous and parameter.title)
        if case.what == "one too large" or case.what == "one too small" then
          lab.contains(answer.detail, ("%d"):format(field.max or field.min), "the range")
        end
        wrong_values = wrong_values + 1
      end
    end
    for _, wrong in ipairs { { valu = 1 }, { value = wanted, more = 1 }, "[]", "17", "{" } do
      local wrong_status, answer, wrong_text = call("PUT", path, wrong)
      declared.check_refused("PUT of another body", wrong_status, answer, wrong_text)
    end
    lab.eq(value_of(parameter), wanted, "what is read after wrong values")
    -- The shell: what is printed as name is taken as name.
    local shown = field.type == "minutes" and ("%d:%02d"):format(before // 60, before % 60) or tostring(before)
    hq:cli { "param", "set", parameter.service, parameter.title, shown }
    lab.eq(hq:json { "param", "get", parameter.service, name }.value, before, "set and got by the shell")
    if field.max and field.type == "integer" then
      local result = hq:try { "param", "set", parameter.service, name, tostring(field.max + 1) }
      lab.eq(result.code, 1, "a value out of range by the shell ends with")
      lab.contains(result.error, ("from %d to %d"):format(field.min, field.max))
    end
    if is_own then return end
    status, body, text = call("PUT", path, { value = declared.raw "null" })
    lab.eq(status, 200, "back to the default: " .. text)
    lab.eq(body.value, default_of(field), "back to the default")
    local answer = select(2, call("POST", "apply", { content = { parameters = { [parameter.service] = { [parameter.title] = wanted } } } }))
    lab.eq(answer.changed, 1, "changed by apply")
    answer = select(2, call("POST", "apply", { content = { parameters = { [parameter.service] = { [name] = wanted } } } }))
    lab.eq(answer.unchanged, 1, "unchanged by the second apply")
    lab.eq(call("PUT", path, { value = declared.raw "null" }), 200, "back to the default")
  end)
end

lab.test("parameters that are not there", function()
  for _, path in ipairs { "parameters/Enterprise/no_such", "parameters/No%20such/cluster_id", "parameters/x", "parameters/Enterprise/" } do
    lab.eq(call("GET", path), 404, "GET " .. path)
    local status, body, text = call("PUT", path, { value = 1 })
    declared.check_refused("PUT " .. path, status, body, text)
  end
  local status, body = call("GET", "parameters/Enterprise/cluster_ie")
  lab.eq(status, 404)
  lab.contains(body.detail, "did you mean Cluster ID?")
end)

-- Commands -----------------------------------------------------------------------------------------------------------------------------

-- Everything that is configured, as it came.
local function everything()
  local all = {}
  for _, resource in ipairs(world.schema.resources) do all[#all + 1] = select(3, call("GET", resource.plural)) end
  all[#all + 1] = select(3, call("GET", "parameters"))
  return table.concat(all, "\n")
end

local wrong_arguments = 0
local configured = everything()

for _, command in ipairs(world.schema.commands) do
  lab.test("wrong arguments of " .. command.command, function()
    local path = "do/" .. command.command:gsub(" ", "/")
    local function refused(what, arguments, named)
      local status, body, text = call("POST", path, arguments)
      declared.check_refused(("%s, %s"):format(command.command, what), status, body, text, named)
      wrong_arguments = wrong_arguments + 1
    end
    local right = world:fields(command.fields, true)
    local function with(name, value)
      local copy = {}
      for other, good in pairs(right) do copy[other] = good end
      copy[name] = value
      return copy
    end
    for _, field in ipairs(command.fields) do
      for _, case in ipairs(field.read_only and {} or declared.wrong(field)) do -- what the node fills in is passed over
        local text_as_it_is = field.type == "text" and (case.what == "control characters" or case.what == "a line end")
        if not text_as_it_is then
          refused(field.name .. ", " .. case.what, with(field.name, case.raw), not case.anonymous and field.name)
        end
      end
      if field.required and not field.default then refused("without " .. field.name, with(field.name, nil), field.name) end
    end
    refused("an unknown field", with("no_such_field", 1), "no_such_field")
    for _, body in ipairs { "17", "null", '"text"', "{", "[1]" } do refused("the body " .. body, body) end
    -- The shell names what it does not know before it asks the node.
    local words = { table.unpack({ command.command:match("^(%S+) (.+)$") }) }
    words[#words + 1] = "no_such_field=1"
    if command.command ~= "policy activate" and command.command ~= "policy replay" and command.command ~= "policy shadow" then
      local result = hq:try(words)
      lab.eq(result.code, 2, "sojourn " .. result.line .. " ends with")
      lab.contains(result.error, "no_such_field")
    end
  end)
end

lab.test("wrong arguments have changed nothing", function()
  lab.eq(everything(), configured, "all that is configured")
  return ("%d wrong values, %d wrong arguments"):format(wrong_values, wrong_arguments)
end)

lab.test("commands that are not there", function()
  local status, body = call("POST", "do/service/activat", "{}")
  lab.eq(status, 404)
  lab.contains(body.detail, "did you mean service activate?")
  lab.eq(call("GET", "do/service/list"), 405)
end)
