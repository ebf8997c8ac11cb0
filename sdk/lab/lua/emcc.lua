-- The phone's part in Extension Mobility Cross Cluster: it obeys a redirect file, boots from its home cluster, and finds back when
-- home cannot be reached or says so.
local task = require "task"

local emcc = {}

--- Takes the redirect from the visited cluster's file: from now on files come from home.
function emcc.enter(phone, redirect)
  phone.emcc = { tftp = redirect.tftp, logout_url = redirect.logout_url, failing_since = nil }
  phone.call_log = {}
  phone:log("EMCC mode: files come from %s now, logout is at %s", table.concat(redirect.tftp, ", "), tostring(redirect.logout_url))
  task.changed()
end

--- Forgets home: the next boot is from the phone's own TFTP server.
function emcc.leave(phone, why)
  if not phone.emcc then return end
  phone:log("EMCC mode ends: %s", why)
  phone.emcc = nil
  phone.call_log = {}
  task.changed()
end

--- Home has not served the phone for its patience: asks the visited cluster to log it out, then goes back there.
function emcc.give_up(phone, why)
  local url = phone.emcc.logout_url
  phone:log("home is given up: %s", why)
  if url and url ~= "" then
    local page = require("phone_services").open(phone, url)
    phone.gave_up_home = page:words()
  end
  emcc.leave(phone, why)
end

return emcc
