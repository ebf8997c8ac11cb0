-- Defects that this kind of system is known for, each by its number: they fail if we had them. What a partner of another make or age
-- sends is in known_defects_partner.lua.
local codes = require "codes"
local declared = require "declared"
local lab = require "lab"
local pair = require "pair"

local world = pair.start { trust = false }
local hq, br, desk = world.hq, world.br, world.desk

-- Lengthened, accented, with letters of several scripts and a sign outside the basic plane, as translations have them.
local function pseudo(text)
  local accented = { a = "á", e = "é", i = "ï", o = "ö", u = "ü", A = "Å", C = "Ç", S = "Š" }
  return "⟦" .. text:gsub("%a", accented) .. " 試験 Ελ 🌍⟧"
end

lab.test("CSCvs39175 Validate names the ITLRecovery certificates, and so does the handbook", function()
  for _, cluster in ipairs { hq, br } do
    cluster:apply { bulk_certificate_management = { url = "file://" .. lab.directory .. "/exchange/" } }
    for _, kind in ipairs { "tomcat", "tftp", "capf" } do cluster:cli { "cert", "export", "kind=" .. kind } end
  end
  hq:cli "cert consolidate"
  for _, cluster in ipairs { hq, br } do cluster:cli "cert import confirm=true" end
  local problems = br:try "emcc validate".output
  lab.contains(problems, "ITLRecovery certificate of cluster HQ")
  lab.contains(codes.read_file "../../docs/two-clusters.md", "ITLRecovery")
  pair.trust(world)
  lab.check(not br:try "emcc validate".output:find("ITLRecovery", 1, true), "it is content once they are there")
  return problems:match "[^\n]*ITLRecovery[^\n]*"
end)

lab.test("CSCvd78861 every parameter has its help text, which names no other", function()
  local seen, count = {}, 0
  for _, parameter in ipairs(hq:list "parameters") do
    lab.check(#(parameter.doc or "") >= 15, "%s has no help text", parameter.title)
    lab.check(not seen[parameter.doc], "%s has the help text of %s", parameter.title, tostring(seen[parameter.doc]))
    seen[parameter.doc] = parameter.title
    count = count + 1
  end
  lab.check(count >= 40, "%d parameters", count)
  return count .. " parameters"
end)

lab.test("CSCvn19301 expansion modules of the visiting phone stay in its file", function()
  br:cli { "phone", "set", pair.desk_name, "expansion_modules=BEKEM 36-Button Line Expansion Module" }
  hq:cli { "device-profile", "set", "Alice", "expansion_modules=CP-8800-Audio 28-Button Key Expansion Module" }
  pair.log_alice_in(world)
  lab.eq(table.concat(hq:get("live_devices/" .. pair.desk_name).expansion_modules, ","), "BEKEM 36-Button Line Expansion Module")
  local path = ("http://%s:6970/%s.cnf.xml"):format(hq.address, pair.desk_name)
  local file = require "task".http { url = path, from = desk.address }
  lab.contains(file.body, "<deviceType>BEKEM</deviceType>")
  lab.check(not file.body:find("CP-8800-Audio", 1, true), "the profile's modules are not the phone's")
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("CSCvw78247 a service URL is never rewritten", function()
  local urls = {
    "http://example.test:8080/emapp/EMAppServlet?device=#DEVICENAME#",
    "http://example.test:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#&loginType=SP",
    "http://example.test/other?x=%26EMCC%3D&y=#EMCC#",
  }
  local function all_as_entered()
    for i, url in ipairs(urls) do lab.eq(hq:get("phone_services/Service%20" .. i).url, url) end
  end
  for i, url in ipairs(urls) do
    hq:cli { "phone-service", "add", "name=Service " .. i, "url=" .. url }
    hq:cli { "phone-service", "set", "Service " .. i, "description=changed once more" }
  end
  all_as_entered()
  local own = hq:get "phone_services/Extension%20Mobility".url
  hq:restart()
  pair.log_alice_in(world)
  lab.eq(desk.file.services[1].url, own, "the URL in the phone's file")
  desk:logout()
  pair.wait_clean(world)
  all_as_entered()
  lab.eq(hq:get "phone_services/Extension%20Mobility".url, own)
end)

lab.test("CSCvw50430 all servers are told, and the next one serves when the first is down", function()
  -- A second node joins the cluster, and is down from then on: it writes itself into the list of nodes, and goes.
  local nowhere = lab.address(99)
  local path = hq.directory .. "/node.lua"
  local first = codes.read(path)
  local function run_as(text)
    hq:stop()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    hq:start()
  end
  run_as((first:gsub("hq%-1", "hq-2"):gsub(hq.address:gsub("%.", "%%."), nowhere)))
  for _, service in ipairs { "extension-mobility", "tftp" } do hq:cli { "service", "activate", service } end
  run_as(first)
  for title, value in pairs {
    ["Default Server For Remote Cluster Update"] = "hq-2", ["Backup Server for Remote Cluster Update"] = "hq-1",
    ["Default TFTP Server for EMCC Login Device"] = "hq-2", ["Backup TFTP Server for EMCC Login Device"] = "hq-1",
  } do hq:cli { "param", "set", "EMCC", title, value } end
  pair.update(world)
  local told
  for _, service in ipairs(br:get "remote_cluster_statuses/HQ".services) do
    if service.service == "emcc" then told = table.concat(service.addresses, " ") end
  end
  lab.eq(told, nowhere .. " " .. hq.address, "addresses of HQ that BR knows")
  pair.log_alice_in(world)
  lab.eq(table.concat(br:get("sessions/" .. pair.desk_name).home_tftp, " "), nowhere .. " " .. hq.address)
  lab.eq(table.concat(desk.emcc and desk.emcc.tftp or {}, " "), nowhere .. " " .. hq.address, "what the phone was told")
  desk:logout()
  pair.wait_clean(world)
  hq:cli { "param", "set", "EMCC", "Default TFTP Server for EMCC Login Device", hq.address }
  hq:cli { "param", "set", "EMCC", "Default Server For Remote Cluster Update", hq.address }
  pair.update(world)
  return told
end)

lab.test("CSCvn52593 no outage shows Login is unavailable(0)", function()
  local shown = {}
  local function try(what)
    local page = desk:login("alice", "12345")
    lab.check(page:code() and page:code() ~= 0, "%s: %s", what, page:words())
    shown[#shown + 1] = what .. " " .. page.text
  end
  hq:cli "service deactivate extension-mobility"
  try "service off:"
  hq:cli "service activate extension-mobility"
  hq:freeze()
  try "hung:"
  hq:thaw()
  hq:kill()
  try "killed:"
  hq:start()
  pair.update(world)
  pair.wait_clean(world, 40)
  codes.never_zero(hq, br)
  return table.concat(shown, "; ")
end)

lab.test("CSCvn57656 UTF-8 in every free text of every object comes back as it was", function()
  local count, all = 0, declared.world(hq)
  for _, resource in ipairs(all:written()) do
    for _, record in ipairs(resource.singleton and { hq:get(all:path(resource, "default")) } or hq:list(resource.plural)) do
      for _, field in ipairs(resource.fields) do
        local free = field.type == "text" and not field.key and not field.read_only and (field.format or "") == "" and (field.max or 0) >= 60
        if free then
          local path = all:path(resource, resource.singleton and "default" or all:key(resource, record))
          local text = pseudo(field.name)
          local status, body = hq:rest("PATCH", path, { [field.name] = text })
          lab.eq(status, 200, path .. "." .. field.name .. (body and body.detail or ""))
          lab.eq(body[field.name], text, path .. "." .. field.name)
          lab.eq(hq:get(path)[field.name], text, path .. "." .. field.name)
          hq:rest("PATCH", path, { [field.name] = record[field.name] or "" })
          count = count + 1
        end
      end
    end
  end
  lab.check(count >= 20, "only %d fields tried", count)
  return count .. " fields"
end)

lab.test("CSCvn57656 ... and on the way from the profile to the phone's file, its pages, and the far end of a call", function()
  local first, last, display, label = pseudo "Alice", pseudo "Archer", pseudo "Alice Archer", pseudo "Line"
  hq:cli { "end-user", "set", "alice", "first_name=" .. first, "last_name=" .. last }
  local profile = hq:get "device_profiles/Alice"
  profile.lines[1].display, profile.lines[1].label = display, label
  hq:apply { device_profiles = { profile } }
  lab.eq(hq:json "end-user get alice".first_name, first, "in the shell")
  pair.log_alice_in(world)
  lab.eq(hq:get("live_devices/" .. pair.desk_name).user_display_name, first .. " " .. last)
  lab.eq(desk.file.lines[1].display, display, "in the phone's file")
  lab.eq(desk.file.lines[1].label, label, "in the phone's file")
  local bob = pair.bob(hq)
  bob:power_on()
  bob:wait_registered { at = hq }
  local call = desk:dial "4002"
  local ringing = bob:wait_call()
  lab.eq(ringing.party.name, display, "what Bob sees")
  ringing:answer()
  call:wait_answered()
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("CSCvt97890 the caller's name crosses the EMCC trunk, in any script", function()
  local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
  local call = desk:dial "999"
  local outside = london:wait_call { dialled = "999" }
  call:wait_answered()
  lab.eq(outside.party.name, pseudo "Alice Archer", "what the emergency service sees")
  call:hang_up()
  outside:wait_ended()
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("CSCvn57656 an id with letters of another alphabet, on phone pages and between clusters", function()
  hq:cli { "end-user", "add", "user_id=zoë", "last_name=" .. pseudo "Zoe", "pin=24680", "enable_emcc=true", "controlled_profiles=Alice" }
  lab.eq(desk:login("zoë", "24680"):code(), nil)
  desk:wait_registered { at = hq, number = "4001" }
  lab.eq(br:get("sessions/" .. pair.desk_name).user_id, "zoë")
  local page = desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s"):format(br.address, pair.desk_name))
  lab.contains(page:words(), "zoë")
  desk:logout()
  pair.wait_clean(world)
end)
