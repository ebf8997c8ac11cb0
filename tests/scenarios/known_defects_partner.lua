-- Known defects of a cluster whose partner is of another make or age: newer and older certificate bundles, messages with members that
-- nobody knows, calls with headers and bodies that nobody knows.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"

local world = pair.start { trust = false }
local hq, br = world.hq, world.br
local exchange = lab.directory .. "/exchange"

local function shell(format, ...)
  local command = format:format(...)
  local ok = os.execute("( " .. command .. " ) >" .. lab.directory .. "/shell.log 2>&1")
  if not ok then error(command .. ": " .. codes.read(lab.directory .. "/shell.log"), 2) end
end

-- BR's certificates as another version would have written them.
local function rewrite(kind, file, how)
  local names = ""
  for _, name in ipairs(kind) do names = names .. (" -caname BR/br-1/%s"):format(name) end
  shell("cd %s && openssl pkcs12 -in %s -nokeys -passin pass: -out all.pem && openssl pkcs12 -export -nokeys -in all.pem %s %s -passout pass: -out %s && rm all.pem",
    exchange, file, names, how, file)
end

lab.step("CSCuy43181 certificate bundles can be read by any partner: no encryption, no key, names inside", function()
  for _, cluster in ipairs { hq, br } do
    cluster:apply { bulk_certificate_management = { url = "file://" .. exchange .. "/" } }
    cluster:cli "cert export"
  end
  for _, name in ipairs { "tomcat", "tftp", "capf", "itlrecovery" } do
    shell("cd %s && openssl pkcs12 -in br-1_%s.pkcs12 -info -nodes -passin pass: | tee shown.txt && grep -q 'BEGIN CERTIFICATE' shown.txt && ! grep -q 'PRIVATE KEY' shown.txt && ! grep -qi 'encrypted data' shown.txt && rm shown.txt",
      exchange, name)
  end
end)

lab.test("CSCuy43181 a bundle in older algorithms and one in newer ones are imported", function()
  rewrite({ "tomcat" }, "br-1_tomcat.pkcs12", "-certpbe PBE-SHA1-3DES -macalg sha1")
  rewrite({ "CAPF" }, "br-1_capf.pkcs12", "-certpbe AES-256-CBC -macalg sha512")
  hq:cli "cert consolidate"
  for _, cluster in ipairs { hq, br } do cluster:cli "cert import confirm=true" end
  local kinds = {}
  for _, certificate in ipairs(hq:list "trusted_certificates") do kinds[certificate.kind] = certificate.cluster_id end
  for _, kind in ipairs { "tomcat", "CallManager", "TVS", "CAPF", "ITLRecovery" } do lab.eq(kinds[kind], "BR", kind) end
  pair.update(world)
end)

lab.test("CSCuy43181 what cannot be understood is said exactly, and nothing is lost by it", function()
  local before = #hq:list "trusted_certificates"
  for _, name in ipairs { "tomcat", "tftp", "capf", "itlrecovery" } do
    local file = assert(io.open(("%s/%s_bulk_%s.pkcs12"):format(exchange, hq.address, name), "r"))
    file:close()
  end
  local bulk = ("%s/%s_bulk_tomcat.pkcs12"):format(exchange, hq.address)
  shell("cp %s %s.good && printf 'bundle version 99' > %s", bulk, bulk, bulk)
  local result = br:try "cert import confirm=true"
  shell("mv %s.good %s", bulk, bulk)
  lab.check(result.code ~= 0, "it is refused")
  lab.contains(result.error .. result.output, "bulk_tomcat.pkcs12")
  lab.eq(#hq:list "trusted_certificates", before)
  return (result.error:gsub("\n", ""))
end)

-- A message of BR to HQ, made by hand with BR's own certificate.
local function tell(path, body)
  local at = lab.directory .. "/partner"
  local file = assert(io.open(at .. ".json", "w"))
  file:write(body)
  file:close()
  shell("curl -sS -k --noproxy '*' --max-time 10 --interface %s --cert %s/identity/tomcat.pem --key %s/identity/tomcat.key -H 'Content-Type: application/json' " ..
    "-H 'X-Future-Header: %s' -H 'traceparent: ff-not-a-trace' --data @%s.json -o %s.out -w '%%{http_code}' https://%s:8443/intercluster/v1/%s >%s.status",
    br.address, br.state, br.state, ("x"):rep(2000), at, at, hq.address, path, at)
  return codes.read(at .. ".out"), tonumber(codes.read(at .. ".status"))
end

lab.test("CSCvn30046 messages with members and headers that we do not know are answered", function()
  local answer, status = tell("user", [=[{ "protocol": 7, "cluster_id": "BR", "login_type": "uid", "user_id": "alice",
    "postQuantum": { "kem": ["a", 1, null, true, { "deep": [[]] }] }, "späteres": "日本語", "number": 1e300 }]=])
  lab.eq(status, 200, answer)
  lab.contains(answer:gsub("%s", ""), '"known":true')
  lab.contains(answer:gsub("%s", ""), '"protocol":1', "the version both speak")
  answer, status = tell("information", [=[{ "protocol": 2, "cluster_id": "BR", "version": "99.1", "services": [
    { "service": "emcc", "active": true, "addresses": ["]=] .. br.address .. [=["], "weight": 3 }], "holograms": true }]=])
  lab.eq(status, 200, answer)
  lab.contains(answer, "HQ")
end)

lab.test("CSCvn30046 what is wrong in a message is said, and harms nothing", function()
  for _, body in ipairs { "", "[]", "{", [[{ "cluster_id": "HQ" }]], ("["):rep(5000) } do
    local answer, status = tell("login", body)
    lab.check(status == 400 or (status == 200 and not answer:find('"code": ?0')), "%s: %s %s", body:sub(1, 20), tostring(status), answer)
  end
  pair.log_alice_in(world)
  world.desk:logout()
  pair.wait_clean(world)
end)

lab.test("CSCvn30046 a call over the EMCC trunk with headers and bodies that we do not know goes out, and shows its name", function()
  local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
  pair.log_alice_in(world)
  local session = br:get("sessions/" .. pair.desk_name)
  hq:stop()
  local partner = lab.gateway { name = "partner", address = hq.address }
  partner.agent.credentials = { user = pair.desk_name, password = session.lease_id }
  local transmit = partner.agent.transmit
  function partner.agent.transmit(self, flow, message, hear)
    if message.method == "INVITE" then
      message:set("Content-Type", 'multipart/mixed;boundary="uniqueBoundary"')
      message.body = ("--uniqueBoundary\r\nContent-Type: application/sdp\r\n\r\n%s\r\n--uniqueBoundary\r\nContent-Type: " ..
        "application/x-cisco-future+xml\r\nContent-Disposition: unheard;handling=optional\r\n\r\n<future/>\r\n--uniqueBoundary--\r\n"):format(message.body)
    end
    return transmit(self, flow, message, hear)
  end
  local call = partner:call(br, "999", { user = "4001", display = "Zoë ⟦Ålïcé 試験⟧", headers = {
    ["X-Sojourn-Emcc"] = ("device=%s;cluster=HQ;holograms=yes"):format(pair.desk_name),
    ["Call-Info"] = "<urn:x-cisco-remotecc:callinfo>;x-cisco-video-traffic-class=MIXED", ["Session-ID"] = "00000000000000000000000000000000;remote=0",
    ["Cisco-Guid"] = "0-1-2-3", ["X-Holograms"] = "yes, " .. ("z"):rep(500), ["Supported"] = "timer,resource-priority,replaces,sdp-anat,X-cisco-srtp-fallback",
    ["Geolocation"] = "<cid:nothing@here>", ["P-Unheard-Of"] = ';;;=,"', ["Allow-Events"] = "kpml, holograms",
  } })
  local outside = london:wait_call { dialled = "999" }
  call:wait_answered()
  lab.eq(outside.party.name, "Zoë ⟦Ålïcé 試験⟧", "CSCvt97890: the name that the emergency service sees")
  lab.eq(outside.party.number, "4001")
  lab.talk_both(call, outside)
  call:hang_up()
  outside:wait_ended()
end)
