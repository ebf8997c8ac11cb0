-- The matrix of docs/callmanager.md, as feature_matrix.lua has it, with phones, trunk peers and files over IPv6 alone: each cell is the same.
local lab = require "lab"
local matrix = require "matrix"
local tftp = require "tftp"

if not lab.has_ipv6() then return lab.skip("phones over IPv6", "the machine has no IPv6") end

local hq = lab.cluster { id = "HQ", ipv6 = true }
matrix.begin { cluster = hq, ipv6 = true }

lab.step("a node with a phone of each kind on each transport, and those with whom they speak", matrix.start)

matrix.agree(matrix.try())

lab.test("all are registered from IPv6 addresses", function()
  local registrations = hq:json("registration list").registrations
  lab.check(#registrations >= #matrix.columns, "%d are registered", #registrations)
  for _, registration in ipairs(registrations) do lab.eq(registration.address, hq.address6, registration.device_name) end
end)

lab.test("a phone has its file over HTTP in IPv6, and can have it over TFTP", function()
  local phone = matrix.columns[1].phone
  for _, download in ipairs(phone.downloads) do lab.eq(download.server, hq.address6) end
  local bytes, problem = tftp.get(phone.address, hq.address6, hq.ports.tftp, phone.device_name .. ".cnf.xml")
  lab.contains(lab.check(bytes, problem), "<ipAddressMode>1</ipAddressMode>")
end)
