-- The world of the feature matrix (feature_matrix.lua): a node with a phone of each kind on each transport, those with whom they speak, and
-- the rows: what a user does, tried with each phone.
--
-- A row is `matrix.feature("what the user does", function(phone, column) ... return matrix.works end)` in the file of its subject, in
-- the list below; it returns what stands in the cell. Records that it needs it adds with matrix.add_records { ... }, phones with
-- matrix.configure, both when its file is read. A new file goes into the list; rows stand on the page in its order.
local addresses = require "addresses"
local core = require "core"
local lab = require "lab"
local sip = require "sip_message"

local matrix = {
  works = "works",
  nothing = "—", -- there is nothing to try
  cisco = "Cisco phone", plain = "plain phone", trunk = "trunk peer",
  columns = {}, -- { kind, transport, number, name, phone; speed_dials = records of its keys; title, visitor = true }
  rows = {}, -- { name, try = function(phone, column) }
}

local subjects = {
  "matrix_calls", "matrix_lines", "matrix_services", "matrix_pickup", "matrix_lamps", "matrix_keys", "matrix_dialling",
}

local cisco, plain, trunk = matrix.cisco, matrix.plain, matrix.trunk
local transports = { "udp", "tcp", "tls" }
local hq
local ipv6 -- whether all use IPv6 alone

-- Records ------------------------------------------------------------------------------------------------------------------------------

local authority, authority_key = core.certificate "Phone Authority"

local function certificate_of(name)
  local pem, key = core.certificate(name, authority, authority_key)
  return { pem = pem, key = key }
end

local records = {
  partitions = { { name = "Internal" } }, calling_search_spaces = { { name = "All", partitions = { "Internal" } } },
  device_pools = { { name = "Default" } }, phone_security_profiles = {}, end_users = {}, directory_numbers = {}, phones = {},
  line_groups = {}, hunt_lists = {}, hunt_pilots = {}, sip_trunk_security_profiles = {}, sip_trunks = {}, route_patterns = {},
}

--- Adds records, by resource, to those that the node begins with.
function matrix.add_records(more)
  for resource, list in pairs(more) do
    records[resource] = records[resource] or {}
    table.move(list, 1, #list, #records[resource] + 1, records[resource])
  end
end

--- Adds a hunt pilot with one line group; without members its calls go to where it forwards them.
function matrix.hunt(number, members, overflow, seconds)
  matrix.add_records {
    line_groups = { { name = "Group " .. number, distribution = "top_down", rna_reversion_timeout = seconds or 1, members = members } },
    hunt_lists = { { name = "List " .. number, members = { "Group " .. number } } },
    hunt_pilots = { { pattern = number, partition = "Internal", hunt_list = "List " .. number, forward_busy_destination = overflow,
      forward_busy_calling_search_space = overflow and "All" or nil } },
  }
end

--- The record of a directory number of those that are called.
function matrix.directory_number(number)
  return { pattern = number, partition = "Internal", calling_search_space = "All", forward_all_calling_search_space = "All",
    call_pickup_group = "Everybody" }
end

--- The key of Cisco's phones that shows what Carol does.
function matrix.carols_key() return { number = "4901", label = "Carol", busy_lamp_field = true } end

--- Adds a phone (plain, over UDP, unless said otherwise) with a directory number; returns the records of both.
function matrix.configure(name, number, kind, transport)
  kind, transport = kind or plain, transport or "udp"
  local user = kind == plain and "user" .. number or nil
  local phone, directory_number = {
    name = name, model = user and "Third-party SIP Device (Advanced)" or "Cisco 8851", device_pool = "Default", calling_search_space = "All",
    common_device_configuration = ipv6 and "Addresses" or nil,
    subscribe_calling_search_space = "All", speed_dials = not user and { matrix.carols_key() } or nil,
    phone_security_profile = ("%s over %s"):format(kind, transport), digest_user = user, owner_user_id = user,
    lines = { { directory_number = number .. "@Internal", display = "Phone " .. number } },
  }, matrix.directory_number(number)
  matrix.add_records { directory_numbers = { directory_number }, phones = { phone },
    end_users = user and { { user_id = user, last_name = user, digest_credentials = user .. "-secret" } } or {} }
  return phone, directory_number
end

-- Phones -------------------------------------------------------------------------------------------------------------------------------

--- A softphone with that number; `user` is who logs in from it, when it is not the number's own.
function matrix.softphone(number, transport, name, user)
  user = user or "user" .. number
  return lab.softphone { name = number, cluster = hq, ipv6 = ipv6, user = user, password = user .. "-secret", number = number,
    transport = transport or "udp", certificate = transport == "tls" and certificate_of(name) or nil }
end

local helpers = {}

--- Adds a softphone for the others to speak with, which is registered once the node runs; returns it, and the records of phone and number.
function matrix.helper(name, number)
  local phone, directory_number = matrix.configure(name, number)
  helpers[#helpers + 1] = matrix.softphone(number)
  return helpers[#helpers], phone, directory_number
end

-- A trunk's peer with what is asked of phones; its number is 9 and whatever follows.
local function peer(transport, address)
  local gateway = lab.gateway { name = "peer over " .. transport, address = address, ipv6 = ipv6, answer = "ring",
    certificate = transport == "tls" and certificate_of(address) or nil }
  local self = { gateway = gateway, agent = gateway.agent }
  function self.dial(_, number, options)
    local flow = transport == "udp" and gateway.udp:to(addresses.of(hq, gateway), hq.ports.sip) or nil
    return gateway:call(hq, number, { user = "0301234", flow = flow, headers = options and options.headers })
  end
  function self.way() return transport == "tls" and gateway:connect(hq) or gateway.udp:to(addresses.of(hq, gateway), hq.ports.sip) end
  function self:wait_call(wanted) return gateway:wait_call(wanted) end
  return self
end

local function add_phones()
  for at, kind in ipairs { cisco, plain } do
    for to, transport in ipairs(transports) do
      matrix.add_records { phone_security_profiles = { { name = ("%s over %s"):format(kind, transport), transport = transport,
        digest_authentication = kind == plain, device_security_mode = transport == "tls" and "authenticated" or "non_secure" } } }
      local column = { kind = kind, transport = transport, number = ("4%d0%d"):format(at, to), name = ("SEP0011223300%d%d"):format(at, to) }
      matrix.columns[#matrix.columns + 1] = column
      column.speed_dials = matrix.configure(column.name, column.number, kind, transport).speed_dials
    end
  end
end

local function add_trunks()
  for at, transport in ipairs(transports) do
    local name, phone = "Trunk-" .. transport, peer(transport, not ipv6 and lab.address(60 + at) or "::1")
    local column = { kind = trunk, transport = transport, number = "43" .. at, name = name, phone = phone }
    matrix.columns[#matrix.columns + 1] = column
    matrix.add_records {
      sip_trunk_security_profiles = { { name = name, outgoing_transport = transport } },
      sip_trunks = { { name = name, calling_search_space = "All", sip_trunk_security_profile = name, 
        destinations = { { address = phone.gateway.address, port = phone.gateway.port } } } },
      route_patterns = { { pattern = column.number, partition = "Internal", sip_trunk = name } },
    }
    for _, digit in ipairs { "7", "8" } do matrix.hunt(digit .. column.number, {}, column.number) end
    matrix.peer = column.phone
  end
end

--- The cluster, its columns and the rows; nothing runs yet. fields: cluster, ipv6 = all use IPv6 alone, visitor = function(matrix) -> the column of a visitor.
function matrix.begin(fields)
  hq, ipv6 = fields.cluster, fields.ipv6
  matrix.hq = hq
  if ipv6 then matrix.add_records { common_device_configurations = { { name = "Addresses", ip_addressing_mode = "ipv6_only" } } } end
  add_phones()
  if fields.visitor then matrix.columns[#matrix.columns + 1] = fields.visitor(matrix) end
  for _, column in ipairs(matrix.columns) do
    matrix.hunt("8" .. column.number, { column.number .. "@Internal" })
    matrix.hunt("7" .. column.number, { column.number .. "@Internal" }, nil, 10)
  end
  matrix.carol, matrix.dave = matrix.helper("SEP001122330091", "4901"), matrix.helper("SEP001122330092", "4902")
  add_trunks()
  for _, subject in ipairs(subjects) do require(subject) end
end

--- Starts the node with all records, and makes the phones.
function matrix.start()
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp" }
  for _, purpose in ipairs { "phones", "sip_trunks" } do hq:cli { "cert", "trust", purpose, purpose, "pem=" .. authority } end
  hq:apply(records)
  for _, column in ipairs(matrix.columns) do
    if column.prepare then
      column:prepare(hq)
    elseif column.kind == plain then
      column.phone = matrix.softphone(column.number, column.transport, column.name)
    elseif column.kind == cisco then
      column.phone = lab.phone { name = column.number, mac = column.name:sub(4), home = hq, ipv6 = ipv6,
        certificate = column.transport == "tls" and certificate_of(column.name) or nil }
    end
  end
  for _, helper in ipairs(helpers) do lab.eq(helper:register().status, 200) end
end

-- Rows ---------------------------------------------------------------------------------------------------------------------------------

--- Adds a row.
function matrix.feature(name, try) matrix.rows[#matrix.rows + 1] = { name = name, try = try } end

-- Ends what a row that failed has left, so that the next one fails only by itself.
local function end_calls(column)
  for _, phone in ipairs { column.phone, table.unpack(helpers) } do
    for _, call in pairs(phone.agent.calls) do call:hang_up() end
  end
end

--- Tries each row with each phone: the cells, by row and column.
function matrix.try()
  local cells = {}
  for _, row in ipairs(matrix.rows) do
    cells[row] = {}
    for _, column in ipairs(matrix.columns) do
      local good = lab.test(("%s: %s over %s"):format(row.name, column.title or column.kind, column.transport:upper()), function()
        cells[row][column] = row.try(column.phone, column)
      end)
      if not good then end_calls(column) end
    end
  end
  return cells
end

-- The page -----------------------------------------------------------------------------------------------------------------------------

local function title_of(column) return ("%s, %s"):format(column.title or column.kind, column.transport:upper()) end

local function table_of(cells)
  local lines = { "| what the user does |", "| --- |" }
  for _, column in ipairs(matrix.columns) do
    lines[1] = ("%s %s |"):format(lines[1], title_of(column))
    lines[2] = lines[2] .. " --- |"
  end
  for _, row in ipairs(matrix.rows) do
    local line = ("| %s |"):format(row.name)
    for _, column in ipairs(matrix.columns) do line = ("%s %s |"):format(line, cells[row][column] or "failed") end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n") .. "\n"
end

local page = "../../docs/callmanager.md"

-- The text of the page, and where its table begins and ends.
local function read_page()
  local file <close> = assert(io.open(lab.beside(page)))
  local text = file:read "a"
  local from, to = select(2, text:find("<!-- the matrix -->\n", 1, true)), text:find("<!-- end of the matrix -->\n", 1, true)
  lab.check(from and to, "the page has no place for the table")
  return text, from + 1, to - 1
end

--- The table of the page is that of the cells, or becomes it.
function matrix.compare(cells)
  lab.test("docs/callmanager.md says what was seen", function()
    local text, from, to = read_page()
    local seen = table_of(cells)
    if os.getenv "SOJOURN_WRITE_MATRIX" then
      local file <close> = assert(io.open(lab.beside(page), "w"))
      file:write(text:sub(1, from - 1), seen, text:sub(to + 1))
      return "written anew"
    end
    lab.eq(text:sub(from, to), seen, "the table; SOJOURN_WRITE_MATRIX=1 writes it")
  end)
end

local function cells_of(line)
  local list = {}
  for cell in line:sub(2):gmatch "%s*(.-)%s*|" do list[#list + 1] = cell end
  return list
end

--- The cells are those of the page's table, as far as it has their columns.
function matrix.agree(cells)
  lab.test("each cell is as docs/callmanager.md has it", function()
    local text, from, to = read_page()
    local titles, said, others = nil, {}, {}
    for line in text:sub(from, to):gmatch "[^\n]+" do
      local list = cells_of(line)
      titles = titles or list
      for at = 2, #list do said[list[1] .. ", " .. titles[at]] = list[at] end
    end
    for _, row in ipairs(matrix.rows) do
      for _, column in ipairs(matrix.columns) do
        local name = row.name .. ", " .. title_of(column)
        if said[name] ~= cells[row][column] then others[#others + 1] = ("%s: %s, not %s"):format(name, cells[row][column], said[name]) end
      end
    end
    lab.eq(table.concat(others, "\n"), "")
  end)
end

-- What rows do with phones ----------------------------------------------------------------------------------------------------------------

--- The cell of what is refused, with which status; an error when it is not.
function matrix.refused(status)
  lab.check(status and status >= 400, "answered %s", tostring(status))
  return ("refused: %d"):format(status)
end

--- Waits until calls have ended.
function matrix.ended(...)
  for _, call in ipairs { ... } do call:wait_ended() end
end

--- An answered call of the phone to another one: both sides of it.
function matrix.talk(phone, other, options)
  local call = phone:dial(other.number, options)
  local there = other:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  return call, there
end

--- Two who were put through to each other talk, and one hangs up.
function matrix.talk_and_end(one, other)
  lab.talk_when_joined(one, other)
  one:hang_up()
  matrix.ended(other)
end

--- A dialog as Replaces and Join name it to the node, by the phone's call.
function matrix.dialog_of(call)
  local function tag(party) return party:match ";tag=([^;]+)" end
  return ("%s;to-tag=%s;from-tag=%s"):format(call.call_id, tag(call.remote_party), tag(call.local_party))
end

--- The node as a URI, or a user there.
function matrix.uri(user) return ("sip:%s%s"):format(user and user .. "@" or "", sip.host(addresses.of(hq, { ipv6 = ipv6 }))) end

--- A request outside of dialogs to the node; its final response.
function matrix.ask(phone, method, uri, event, kind, body)
  local agent, flow = phone.agent, phone.flow or phone.registration and phone.registration.flow or phone.way(uri)
  local message = agent:request(method, uri, ("<%s>"):format(uri), flow)
  message:add("Contact", agent.contact(flow)):add("Expires", 600)
  if event then message:add("Event", event) end
  if body then
    message:add("Content-Type", kind)
    message.body = body
  end
  return assert(agent:ask(flow, message))
end

--- The cell of one who may not watch a number.
function matrix.refused_to_watch(phone, number, event)
  return matrix.refused(matrix.ask(phone, "SUBSCRIBE", matrix.uri(number), event).status)
end

--- A softkey as Cisco's phones send it, from something else; the status of the answer.
function matrix.softkey_of_another_make(phone, key)
  return matrix.ask(phone, "REFER", matrix.uri(), nil, "application/x-cisco-remotecc-request+xml",
    ("<x-cisco-remotecc-request><softkeymsg><softkeyevent>%s</softkeyevent></softkeymsg></x-cisco-remotecc-request>"):format(key)).status
end

return matrix
