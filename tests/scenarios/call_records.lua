-- Call detail records: of calls that were made, failed and given up, in a file that a foreign reader of CSV takes; calls that a killed
-- node held; a billing server; who ended what.
local lab = require "lab"
local records = require "records"
local task = require "task"

local hq = lab.cluster { id = "HQ" }
local outbox = lab.directory .. "/billing"
os.execute(("mkdir -p '%s'"):format(outbox))

local function finish() return records.finish(hq) end

local function eventually(number)
  lab.wait_for(number .. " records", 10, function() return hq:json("cdr status").open_calls == number end)
end

local carol, dave

local function register_both()
  lab.eq(carol:register().status, 200)
  lab.eq(dave:register().status, 200)
end

lab.step("a node with two softphones", function()
  hq:start()
  hq:activate { "callmanager", "cdr" }
  local phones, users, numbers = {}, {}, {}
  for i, name in ipairs { "carol", "dave" } do
    users[i] = { user_id = name, last_name = name, digest_credentials = name .. "s-secret" }
    numbers[i] = { pattern = "400" .. 2 + i, partition = "Internal", calling_search_space = "All" }
    phones[i] = { name = "SEP0011223344" .. 50 + i, model = "Third-party SIP Device (Basic)", device_pool = "Default", calling_search_space = "All",
      phone_security_profile = "Standard SIP Digest Profile", digest_user = name, owner_user_id = name,
      lines = { { directory_number = numbers[i].pattern .. "@Internal" } } }
  end
  hq:apply { partitions = { { name = "Internal" } }, calling_search_spaces = { { name = "All", partitions = { "Internal" } } },
    device_pools = { { name = "Default" } }, end_users = users, directory_numbers = numbers, phones = phones }
  carol = lab.softphone { cluster = hq, user = "carol", password = "carols-secret", number = "4003" }
  dave = lab.softphone { cluster = hq, user = "dave", password = "daves-secret", number = "4004" }
  register_both()
end)

lab.test("a call that the called party ends, one that is refused, one that is given up, one to nowhere", function()
  local call = carol:dial "4004"
  local ringing = dave:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.eq(hq:json("cdr status").open_calls, 1)
  task.pause(1100)
  ringing:hang_up()
  call:wait_ended()
  dave.agent.answer_mode = "busy"
  call = carol:dial "4004"
  call:wait_ended()
  dave.agent.answer_mode = "ring"
  call = carol:dial "4004"
  dave:wait_call()
  call:hang_up()
  call:wait_ended()
  call = carol:dial "4999"
  call:wait_ended()
  eventually(0)
  local rows = finish()
  lab.eq(#rows, 3, "the call that was given up is left out")
  local first, busy, nowhere = rows[1], rows[2], rows[3]
  lab.eq(first.callingPartyNumber, "4003")
  lab.eq(first.finalCalledPartyNumber, "4004")
  lab.eq(first.callingPartyUnicodeLoginUserID, "", "nobody is logged in there")
  lab.eq(first.origDeviceName, "SEP001122334451")
  lab.eq(first.destDeviceName, "SEP001122334452")
  lab.eq(first.origIpv4v6Addr, carol.address)
  lab.eq(first.finalCalledPartyNumberPartition, "Internal")
  lab.eq(first.origCause_value, "0")
  lab.eq(first.destCause_value, "16", "who was called hung up")
  lab.check(tonumber(first.duration) >= 1, "it lasted %s s", first.duration)
  lab.check(first.origMediaCap_payloadCapability ~= "0", "the codec is on record")
  lab.eq(busy.destCause_value, "17")
  lab.eq(busy.duration, "0")
  lab.eq(nowhere.origCause_value, "1")
  lab.eq(nowhere.destDeviceName, "")
  lab.check(first.globalCallID_callId ~= busy.globalCallID_callId and first.pkid ~= busy.pkid, "records differ")
end)

lab.test("calls with zero duration are on record when that is wanted", function()
  hq:cli { "param", "set", "Cisco CDR Agent", "log_zero_duration", "true" }
  local call = carol:dial "4004"
  dave:wait_call()
  call:hang_up()
  call:wait_ended()
  eventually(0)
  local rows = finish()
  lab.eq(#rows, 4)
  lab.eq(rows[4].origCause_value, "16", "the caller hung up")
end)

lab.test("a killed node's call is on record, and the numbers go on", function()
  local call = carol:dial "4004"
  dave:wait_call():answer()
  call:wait_answered()
  lab.wait_for("the call is on the disk", 10, function()
    local file = assert(io.open(hq.state .. "/cdr/calls"))
    local text = file:read "a"
    file:close()
    return text:find("\t4004\t", 1, true) ~= nil
  end)
  hq:kill()
  hq:start()
  hq:wait_ready()
  lab.wait_for("it is read", 10, function() return hq:json("cdr status").records >= 1 end)
  register_both()
  local next_call = carol:dial "4004"
  dave:wait_call():answer()
  next_call:wait_answered()
  next_call:hang_up()
  eventually(0)
  local rows = finish()
  lab.eq(#rows, 6)
  lab.eq(rows[5].origCause_value, "41")
  lab.eq(rows[5].destCause_value, "41")
  lab.eq(rows[5].finalCalledPartyNumber, "4004")
  lab.eq(rows[5].comment, "EndNotSeen=NodeStopped")
  lab.check(tonumber(rows[6].globalCallID_callId) > tonumber(rows[5].globalCallID_callId), "numbers rise")
  local file = hq:json("cdr status").last_file
  lab.check(file == "" or file:match "^cdr_HQ_01_%d+_%d+$", "%s is no name of such a file", file)
end)

local function statistics() return records.of(hq, "cmr") end

lab.test("what both phones say of their media is on record with the numbers of the call, however wrong it is", function()
  lab.eq(#statistics(), 0)
  hq:cli 'param set "Cisco CallManager" call_diagnostics_enabled true'
  carol.agent.media_statistics = { { "RTP-RxStat", "Dur=12,Pkt=600,Oct=103200,LatePkt=1,LostPkt=3,AvgJit=1.6,VQMetrics=\"MLQK=4.5;CCR=0,0\"" },
    { "RTP-TxStat", "Dur=12,Pkt=598,Oct=102856" } }
  dave.agent.media_statistics = { { "P-RTP-Stat", "PS=600,OS=-1,PR=99999999999999999999,OR=x,PL=,JI=2147483648,LA,DU=12,EN=G711" } }
  local call = carol:dial "4004"
  local ringing = dave:wait_call()
  ringing:answer()
  call:wait_answered()
  call:hang_up()
  ringing:wait_ended()
  eventually(0)
  lab.wait_for("both are written", 10, function() return hq:json("cdr status").statistics == 2 end)
  local calls = finish()
  local last, said = calls[#calls], statistics()
  lab.eq(#said, 2)
  local by_device = {}
  for _, row in ipairs(said) do
    by_device[row.directoryNum] = row
    lab.eq(row.globalCallID_callId, last.globalCallID_callId)
  end
  local of_carol, of_dave = by_device["4003"], by_device["4004"]
  lab.eq(of_carol.callIdentifier, last.origLegCallIdentifier)
  lab.eq(of_dave.callIdentifier, last.destLegIdentifier)
  lab.eq(of_carol.numberPacketsReceived, "600")
  lab.eq(of_carol.numberPacketsLost, "3")
  lab.eq(of_carol.numberPacketsSent, "598")
  lab.eq(of_carol.jitter, "2")
  lab.eq(of_carol.duration, "12")
  lab.eq(of_carol.varVQMetrics, "MLQK=4.5;CCR=0,0")
  lab.eq(of_dave.numberPacketsSent, "600")
  for _, column in ipairs { "numberOctetsSent", "numberPacketsReceived", "numberOctetsReceived", "numberPacketsLost", "jitter", "latency" } do
    lab.eq(of_dave[column], "0")
  end
  carol.agent.media_statistics, dave.agent.media_statistics = nil, nil
end)

lab.test("finished files are sent to the billing server, also those of before a restart", function()
  hq:cli(("billing-application-server set url=file://%s/"):format(outbox))
  local call = carol:dial "4004"
  dave:wait_call()
  call:hang_up()
  call:wait_ended()
  eventually(0)
  finish()
  lab.wait_for("it is sent", 20, function() return #records.read(outbox) == 1 end)
  lab.wait_for("nothing is left to be sent", 20, function()
    local listing = io.popen(("ls '%s/cdr/unsent' | wc -l"):format(hq.state))
    local count = tonumber(listing:read "a")
    listing:close()
    return count == 0
  end)
  lab.eq(records.read(outbox)[1].origCause_value, "16")
  hq:cli "billing-application-server set url=file:///dev/null/nowhere/"
  call = carol:dial "4004"
  dave:wait_call()
  call:hang_up()
  call:wait_ended()
  eventually(0)
  finish()
  lab.wait_for("the failure is told", 20, function() return hq:json("cdr status").problem ~= "" end)
  lab.contains(hq:log_text(), "could not be sent to the billing server")
  hq:cli(("billing-application-server set url=file://%s/"):format(outbox))
  hq:restart()
  lab.wait_for("it is sent after the restart", 20, function() return #records.read(outbox) == 2 end)
end)
