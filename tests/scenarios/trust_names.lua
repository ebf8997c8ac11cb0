-- What phones and peers of trunks are trusted for: a name is given once, and only a certificate of the same purpose takes its place.
local core = require "core"
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local first, second = core.certificate "First Authority", core.certificate "Second Authority"

lab.step("a node that trusts an authority of phones", function()
  hq:start()
  hq:activate { "certificates" }
  hq:cli { "cert", "trust", "phones", "lab", "pem=" .. first }
end)

local function trusted()
  local record = hq:get "certificate_authorities/lab"
  return record.purpose .. " " .. record.subject
end

lab.test("the name cannot be given for trunks", function()
  local result = hq:try { "cert", "trust", "sip_trunks", "lab", "pem=" .. second }
  lab.eq(result.code, 1)
  lab.contains(result.error, "expected another name than lab, under which a certificate is trusted for phones")
  lab.eq(trusted(), "phones /CN=First Authority")
end)

lab.test("the next certificate of the same purpose takes its place", function()
  hq:cli { "cert", "trust", "phones", "lab", "pem=" .. second }
  lab.eq(trusted(), "phones /CN=Second Authority")
end)

lab.test("who has no name in common with it is trusted beside it", function()
  hq:cli { "cert", "trust", "sip_trunks", "provider", "pem=" .. first }
  lab.eq(#hq:list "certificate_authorities", 2)
end)
