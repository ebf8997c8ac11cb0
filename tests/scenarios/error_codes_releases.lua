-- A home cluster of an older release, which has EMCC and neither secure logins nor changes of a PIN from other clusters: what
-- travellers meet there. HQ's node stays, with its certificates; another program answers in the place of Extension Mobility.
local codes = require "codes"
local core = require "core"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local hq, br = world.hq, world.br
local secure = "SEP00BB00000042"

local function log_in(device)
  return world.desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s&userid=alice&seq=12345&EMCC=true"):format(br.address, device))
end

local function change_pin(user, old, new)
  local result = task.http { timeout_ms = 20000,
    url = ("http://%s:8080/changecredential/ChangeCredentialServlet?device=%s&userid=%s&oldpin=%s&newpin=%s&confirmpin=%s"):format(
      br.address, pair.desk_name, user, old, new, new) }
  lab.eq(result.status, 200, result.error)
  return result.body:match "<Text>(.-)</Text>"
end

-- The node's plugins and the one that stands in for Extension Mobility, in a directory of their own.
local function put_in_the_place_of_extension_mobility(name)
  local plugins = lab.directory .. "/plugins"
  assert(os.execute(("mkdir -p '%s' && ln -sf '%s'/*.so '%s/../tests/probes/plugins/old_partner.so' '%s/'"):format(plugins,
    hq.plugins, core.real_path(hq.programs), plugins)))
  hq:cli "service deactivate extension-mobility"
  hq:stop()
  local file = hq.directory .. "/node.lua"
  local text = codes.read(file):gsub(('["plugins"] = %q'):format(hq.plugins):gsub("%p", "%%%0"), ('["plugins"] = %q'):format(plugins))
  local out = assert(io.open(file, "w"))
  out:write(text)
  out:close()
  hq:start()
  hq:cli { "service", "activate", name }
  hq:wait_ready()
end

lab.step("HQ is of release 8.6; BR is in mixed mode and has a secure phone", function()
  put_in_the_place_of_extension_mobility "old-partner"
  br:apply {
    phone_security_profiles = { { name = "Secure", device_security_mode = "authenticated", transport = "tls" } },
    phones = { { name = secure, model = "Cisco 8851", enable_extension_mobility = true, device_pool = "London", phone_security_profile = "Secure" } },
  }
  br:cli { "param", "set", "Enterprise", "Cluster Security Mode", "mixed" }
  local printed = br:cli "remote-cluster update HQ"
  lab.contains(printed, "version 8.6.2.20000-2?[2J.")
  lab.check(not br:cli "remote-cluster-status get HQ":find("\27", 1, true), "a partner's text reaches the terminal as it is")
  return printed:match "Cluster HQ[^\n]*"
end)

lab.test("45 a secure phone, and a home cluster whose version has no secure EMCC: the PIN does not leave", function()
  local cause = codes.expect(log_in(secure), 45, { at = br, cause = "cluster HQ runs version 8.6.2.20000" })
  lab.check(not hq:log_text():find("was asked to log somebody in", 1, true), "HQ has seen the login")
  return cause
end)

lab.test("a phone that is not secure is served by it all the same", function()
  codes.expect(log_in(pair.desk_name), 33, { at = br, cause = "all are in use" })
  lab.contains(hq:log_text(), "was asked to log somebody in")
end)

lab.test("a PIN cannot be changed through it, and the user is told where", function()
  lab.eq(change_pin("alice", "12345", "67890"), "The PIN can only be changed on a phone of your home cluster")
  return codes.logged(1, { at = br, cause = "cluster HQ does not support changing a PIN from another cluster" })
end)

lab.test("HQ is of this release again: the secure phone meets 46, and the PIN is changed", function()
  hq:cli "service deactivate old-partner"
  hq:cli "service activate extension-mobility"
  hq:wait_ready()
  pair.update(world)
  codes.expect(log_in(secure), 46, { at = br })
  lab.eq(change_pin("alice", "12345", "67890"), "PIN changed")
  codes.never_zero(hq, br)
end)
