-- The codes of a store that fails beneath a service: a table whose pages are damaged, one that takes nothing, a hash that is none. Each
-- is provoked in the node's own database while the node is down, named with its true cause, and over once the cause is gone.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"

local world = pair.start { trust = false, base_devices = 0 }
local br, desk = world.br, world.desk
local database = br.state .. "/sojourn.db"

local function shell(command) lab.check(os.execute(command), "fails: %s", command) end

local function sql(statement)
  local pipe = assert(io.popen(("sqlite3 -bail '%s' \"%s\""):format(database, statement)))
  local answer = pipe:read("a")
  lab.check(pipe:close(), "sqlite3 refuses: %s", statement)
  return answer
end

local function log_in()
  return desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s&userid=william&seq=67890"):format(br.address, pair.desk_name))
end

-- The node as it comes up after `damage`, meets a login, and is itself again.
local function damaged(damage, code, cause)
  br:stop()
  sql "PRAGMA wal_checkpoint(TRUNCATE)"
  shell(("cp '%s' '%s.kept'"):format(database, database))
  damage()
  br:start()
  br:wait_ready()
  local page = log_in()
  local line = codes.expect(page, code, { at = br, cause = cause })
  br:stop()
  shell(("rm -f '%s-wal' '%s-shm' && mv '%s.kept' '%s'"):format(database, database, database, database))
  br:start()
  br:wait_ready()
  return line
end

-- The first page of a table is overwritten: a bad sector.
local function bad_sector(table_name)
  return function()
    local page = tonumber(sql(("SELECT rootpage FROM sqlite_master WHERE name = '%s'"):format(table_name)))
    local size = tonumber(sql "PRAGMA page_size")
    local file = assert(io.open(database, "r+b"))
    file:seek("set", (page - 1) * size)
    file:write(("\xff"):rep(size))
    file:close()
  end
end

lab.test("20 the phone cannot be read", function() return damaged(bad_sector "r_phone", 20, "malformed") end)
lab.test("9 the user cannot be read", function() return damaged(bad_sector "r_end_user", 9, "malformed") end)
lab.test("210 the sessions cannot be read when the service starts", function() return damaged(bad_sector "r_session", 210, "could not be read") end)

lab.test("6 the session cannot be written", function()
  return damaged(function()
    sql "CREATE TRIGGER no_room BEFORE INSERT ON r_session BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
  end, 6, "there is no room")
end)

lab.test("204 the PIN cannot be compared: its hash is none; that is no wrong attempt", function()
  for _, hash in ipairs { "\\$argon2id\\$v=19\\$broken", "plain text" } do
    damaged(function() sql(("UPDATE r_end_user SET pin = '%s' WHERE user_id = 'william'"):format(hash)) end, 204, "hash cannot be read")
  end
  for _, state in ipairs(br:list "credential_states") do lab.eq(state.failed_attempts, 0, "wrong attempts") end
end)

lab.test("with the store in order again, users log in", function()
  desk:wait_registered { at = br, number = "6001" }
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  codes.never_zero(br)
end)
