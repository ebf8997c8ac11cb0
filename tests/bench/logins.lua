-- Load for wrk: each connection's requests are a login on the next phone, then its logout.
local devices = tonumber(os.getenv("DEVICES"))
local turn = 0
local pending = {}
logins, failures = 0, 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function request()
  local device
  if #pending >= 64 then
    device = table.remove(pending, 1)
    return wrk.format("GET", string.format("/emapp/EMAppServlet?device=SEP%012d&EMCC=true&doLogout=true", device))
  end
  device = turn % devices
  turn = turn + 1
  table.insert(pending, device)
  return wrk.format("GET", string.format("/emapp/EMAppServlet?device=SEP%012d&EMCC=true&userid=t%d&seq=12345", device, device))
end

function response(status, headers, body)
  if status == 200 and body:find("successful", 1, true) and not body:find("ogout", 1, true) then
    logins = logins + 1
  elseif body:find("unavailable", 1, true) or body:find("try to login", 1, true) or status ~= 200 then
    failures = failures + 1
  end
end

function done()
  local total, refused = 0, 0
  for _, thread in ipairs(threads) do
    total = total + thread:get("logins")
    refused = refused + thread:get("failures")
  end
  print("logins " .. total)
  print("failures " .. refused)
end
