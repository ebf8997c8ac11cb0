-- Reads the dial template of a phone and tells, digit by digit, when a number is complete, as firmware does: of the templates that
-- agree with what was dialled the one with most literal digits counts. No I/O.
local core = require "core"

local dial_template = {}

--- What phones read of a template, in bytes; what is beyond is lost.
dial_template.most_bytes = 8192

--- The templates of a file: { match, line, timeout } each, or nil and a sentence.
function dial_template.read(bytes)
  if #bytes > dial_template.most_bytes then return nil, ("%d bytes, and a phone reads %d"):format(#bytes, dial_template.most_bytes) end
  local root, problem = core.xml(bytes)
  if not root then return nil, problem end
  if root.name:lower() ~= "dialtemplate" then return nil, "the root element is " .. root.name end
  local templates = {}
  for _, element in ipairs(root) do
    if element.name:upper() == "TEMPLATE" then
      local found = {}
      for name, value in pairs(element.attributes) do found[name:lower()] = value end
      templates[#templates + 1] = { match = found.match or "", line = tonumber(found.line) or 0, timeout = tonumber(found.timeout) }
    end
  end
  return templates
end

local literal, dots, wild = 3, 2, 1

-- How far a template agrees with digits: the number of literal digits and its kind, and whether it is complete; nil when it does not.
local function agree(match, digits)
  local at, count, kind = 1, 0, literal
  local position = 1
  while position <= #digits do
    local digit, element = digits:sub(position, position), match:sub(at, at)
    if element == "" then return nil end
    if element == "*" then
      kind = wild
      -- It takes digits until the one that stands behind it.
      local behind = match:sub(at + 1, at + 1) == "\\" and match:sub(at + 2, at + 2) or match:sub(at + 1, at + 1)
      while position < #digits and digits:sub(position + 1, position + 1) ~= behind do position = position + 1 end
    elseif element == "." then
      kind = math.min(kind, dots)
    else
      if element == "\\" then
        at = at + 1
        element = match:sub(at, at)
      end
      if element ~= digit then return nil end
      count = count + 1
    end
    at, position = at + 1, position + 1
  end
  return count, kind, match:sub(at) == ""
end

--- What the digits are: complete (true) with seconds to wait for more; or not (false).
function dial_template.look(templates, digits, line)
  local best, best_count, best_kind, most = nil, -1, 0, -1
  for _, template in ipairs(templates) do
    if template.line == 0 or template.line == line then
      local count, kind, complete = agree(template.match, digits)
      if count then
        most = math.max(most, count)
        if complete and (count > best_count or count == best_count and kind > best_kind) then
          best, best_count, best_kind = template, count, kind
        end
      end
    end
  end
  if best and best_count >= most then return true, best.timeout end
  return false
end

--- What happens when these digits are pressed one after another: the number that is dialled, and the seconds that pass after the last
--- of its digits. A number that is complete goes at once, whatever is pressed after it.
function dial_template.press(templates, digits, line, interdigit_seconds)
  for count = 1, #digits do
    local complete, seconds = dial_template.look(templates, digits:sub(1, count), line)
    if complete and seconds == 0 then return digits:sub(1, count), 0 end
    if count == #digits then return digits, complete and seconds or interdigit_seconds end
  end
end

return dial_template
