-- The table of error codes as the product has it (plugins/extension-mobility/reporting/error_codes.h), and what scenarios ask of it: the
-- documented text on the phone, the true cause in the log.
local core = require "core"
local lab = require "lab"
local task = require "task"

local codes = { entries = {}, order = {} }

--- The text of a file.
function codes.read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("a")
  file:close()
  return text
end

--- The text of a file of the source, named as seen from this directory.
function codes.read_file(path) return codes.read(lab.beside(path)) end

for number, kind, argument, name, cause in codes.read_file("../../plugins/extension-mobility/reporting/error_codes.h")
  :gmatch('X%([A-Z_]+, (%d+), (EM_[A-Z_]+)(%b()), "([^"]*)", "([^"]*)"%)') do
  local code = tonumber(number)
  local space = kind == "EM_APP_IN_OUT" and " " or ""
  local text = kind == "EM_SAME" and argument:match('^%("(.*)"%)$')
  codes.order[#codes.order + 1] = code
  codes.entries[code] = {
    login = text or ("Login is unavailable%s(%d)"):format(space, code),
    logout = text or ("Logout is unavailable%s(%d)"):format(space, code),
    name = name, cause = cause,
  }
end

--- The page shows the documented text of that code, and every cluster named logs the code with its name and true cause.
function codes.expect(page, code, where)
  local entry = assert(codes.entries[code], "code " .. code .. " is in no table")
  local text = where.logout and entry.logout or entry.login
  lab.eq(page.kind, "Text", page:words())
  lab.eq(page.text, text, "what the phone shows")
  return codes.logged(code, where)
end

--- What the administrator of a cluster sees afterwards (`sojourn session failures`) names the code and the cause.
local function remembered(code, where)
  for _, failure in ipairs(where.at:json "session failures limit=500".failures) do
    if failure.code == code and (not where.cause or failure.cause:find(where.cause)) then return end
  end
  lab.check(false, "%s does not remember a refusal with %d", where.at.name, code)
end

--- The log of a cluster (where.at) names the code and, when given, the cause (where.cause, a Lua pattern); so does its list of
--- refusals.
function codes.logged(code, where)
  local entry = codes.entries[code]
  local mark = ("%s (%d): "):format(entry.name, code)
  local line = lab.wait_for(("the log of %s names %s"):format(where.at.name, mark), 3, function()
    local found
    for line in where.at:log_text():gmatch("[^\n]+") do
      local _, last = line:find(mark, 1, true)
      if last and (not where.cause or line:find(where.cause, last)) then found = line:sub(last - #mark + 1) end
    end
    return found
  end)
  remembered(code, where)
  return line
end

--- At the end of a scenario: no cluster has ever written code 0.
function codes.never_zero(...)
  for _, cluster in ipairs { ... } do
    lab.check(not cluster:log_text():find("Unknown Error (0)", 1, true), "%s logs code 0", cluster.name)
  end
end

--- One request to the Extension Mobility API of a cluster; the code of its failure (nil when it is a success), and the body.
function codes.api(cluster, xml, headers)
  headers = headers or {}
  headers["Content-Type"] = headers["Content-Type"] or "application/x-www-form-urlencoded"
  local result = task.http {
    url = ("http://%s:8080/emservice/EMServiceServlet"):format(cluster.address), method = "POST", headers = headers,
    body = "xml=" .. core.url_encode(xml),
  }
  lab.eq(result.status, 200, result.error or "status of the Extension Mobility API")
  return tonumber(result.body:match('<error code="(%d+)"')), result.body
end

--- A phone page asked for as an arbitrary phone, with headers of the caller's choice: status, and the text shown.
function codes.page_text(cluster, query, headers, from)
  local result = task.http {
    url = ("http://%s:8080/emapp/EMAppServlet?%s"):format(cluster.address, query), headers = headers, from = from, timeout_ms = 20000,
  }
  lab.eq(result.status, 200, result.error or "status of the phone page")
  return result.body:match("<Text>(.-)</Text>") or result.body
end

return codes
