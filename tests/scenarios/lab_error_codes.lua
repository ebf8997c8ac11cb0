-- docs/error-codes.md says of each code what the product's table says, and each is provoked by a scenario or named as one that is not.
local lab = require "lab"
local codes = require "codes"

local page = codes.read_file "../../docs/error-codes.md"
local rows, excused, provoked = {}, {}, {}
for line in page:gmatch("[^\n]+") do
  local code, text, cause = line:match("^| (%d+) | ([^|]*) | ([^|]*) | [^|]* | [^|]* |$")
  if code then rows[tonumber(code)] = { text = text, cause = cause } end
  local numbers = line:match("^%- ([%d, ]+): ")
  for number in (numbers or ""):gmatch("%d+") do excused[tonumber(number)] = true end
end
for _, file in ipairs { "error_codes", "error_codes_clusters", "error_codes_api", "error_codes_releases", "error_codes_store" } do
  for name in codes.read_file(file .. ".lua"):gmatch('lab%.test%("([^"]*)"') do
    local code = name:match("^(%d+) ")
    if code then provoked[tonumber(code)] = true end
  end
end

lab.test("the table has been read", function()
  lab.check(#codes.order > 40, "%d codes", #codes.order)
  return #codes.order .. " codes"
end)

lab.test("each code has its row, with the text and the cause of the table", function()
  for _, code in ipairs(codes.order) do
    local entry, row = codes.entries[code], rows[code]
    lab.check(row, "code %d is missing on the page", code)
    lab.eq(row.text, entry.login, "text of " .. code)
    lab.eq(row.cause, entry.cause, "cause of " .. code)
    rows[code] = nil
  end
  lab.eq(next(rows), nil, "a code on the page that the product does not have")
end)

lab.test("each code is provoked by a scenario, or named as one that is not, never both", function()
  for _, code in ipairs(codes.order) do
    lab.check(provoked[code] or excused[code], "code %d is neither provoked nor excused", code)
    lab.check(not (provoked[code] and excused[code]), "code %d is provoked and excused", code)
  end
end)
