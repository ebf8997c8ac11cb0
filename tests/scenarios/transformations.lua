-- Numbers in the form that a provider wants, between real nodes: what the gateway is sent, what the analyzer says before, and what is
-- on record behind, of ordinary and of emergency calls.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local hq = pair.start({ trust = false, desk = false, base_devices = 0 }).hq
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
lab.eq(carol:register().status, 200)
hq:activate { "cdr", "dna-server" }
hq:apply {
  partitions = { { name = "As sent" } },
  calling_search_spaces = { { name = "As sent", partitions = { "As sent" } } },
  calling_party_transformation_patterns = {
    { pattern = "4XXX", partition = "As sent", calling_party_transform_mask = "1408555XXXX", calling_party_prefix_digits = "+" },
  },
  called_party_transformation_patterns = {
    { pattern = "1[2-9]XXXXXXXXX", partition = "As sent", called_party_prefix_digits = "+" },
  },
}

-- What a call of Carol's to that number is at the gateway; the call is over then.
local function sent(number)
  local call = carol:dial(number)
  local there = san_jose:wait_call()
  local invite = there.invite
  call:wait_answered()
  task.pause(1100) -- shorter calls are not on record
  call:hang_up()
  there:wait_ended()
  return invite
end

lab.test("without a transformation CSS the trunk sends what the route pattern has left", function()
  local invite = sent "912125551234"
  lab.contains(invite.uri, "sip:12125551234@")
  lab.contains(invite:get "From", "sip:4003@")
end)

lab.test("with one it sends the provider's form, as the analyzer says", function()
  hq:cli { "sip-trunk", "set", "HQ-Gateway", "use_device_pool_calling_party_transformation_css=false",
    "calling_party_transformation_css=As sent", "use_device_pool_called_party_transformation_css=false",
    "called_party_transformation_css=As sent" }
  local analysed = hq:json { "dna", "analyze", "calling_search_spaces=HQ-National", "device_pool=San Jose", "calling_number=4003",
    "digits=912125551235" }
  lab.eq(analysed.called_number, "+12125551235")
  lab.eq(analysed.calling_number, "+14085554003")
  local invite = sent "912125551235"
  lab.contains(invite.uri, "sip:+12125551235@")
  for _, name in ipairs { "From", "P-Asserted-Identity", "Contact" } do lab.contains(invite:get(name), "sip:+14085554003@") end
end)

lab.test("emergency calls show the number under which who needs help can be called back", function()
  local invite = sent "911"
  lab.contains(invite.uri, "sip:911@")
  lab.contains(invite:get "From", "sip:+14085554003@")
end)

lab.test("on record stands what was dialled, and what was sent", function()
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local expected = {
    ["912125551234"] = { "4003", "12125551234" },
    ["912125551235"] = { "+14085554003", "+12125551235" },
    ["911"] = { "+14085554003", "911" },
  }
  for _, row in ipairs(records.finish(hq)) do
    local numbers = expected[row.finalCalledPartyNumber]
    lab.check(numbers, "a record of %s", row.finalCalledPartyNumber)
    lab.eq(row.callingPartyNumber, "4003")
    lab.eq(row.outpulsedCallingPartyNumber, numbers[1])
    lab.eq(row.outpulsedCalledPartyNumber, numbers[2])
    expected[row.finalCalledPartyNumber] = nil
  end
  lab.check(next(expected) == nil, "a record is missing")
end)

lab.test("a phone shows who calls in the form that its users know, as the analyzer says", function()
  hq:apply {
    partitions = { { name = "As shown" } },
    calling_search_spaces = { { name = "As shown", partitions = { "As shown" } } },
    calling_party_transformation_patterns = {
      { pattern = "\\+1408555.4XXX", partition = "As shown", discard_digits = "pre_dot" },
    },
  }
  hq:cli { "phone", "set", "CAROL-SOFTPHONE", "use_device_pool_calling_party_transformation_css=false",
    "calling_party_transformation_css=As shown" }
  local analysed = hq:json { "dna", "analyze", "calling_search_spaces=HQ-Internal", "calling_number=+14085554009", "digits=4003" }
  lab.eq(analysed.calling_number, "4009")
  local call = san_jose:call(hq, "4003", { user = "+14085554009" })
  local ring = carol:wait_call()
  for _, name in ipairs { "From", "Remote-Party-ID" } do lab.contains(ring.invite:get(name), "sip:4009@") end
  call:hang_up()
end)

lab.test("a CSS of the trunk's own beside the device pool's is refused", function()
  local refused = hq:try { "sip-trunk", "set", "HQ-Gateway", "use_device_pool_called_party_transformation_css=true" }
  lab.check(refused.code ~= 0, "it is taken")
  lab.contains(refused.error, "use_device_pool_called_party_transformation_css = false")
end)
