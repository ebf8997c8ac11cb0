-- docs/two-clusters.md, walked as it is printed: every block of commands, in its order, on the clusters that its title names, with
-- nothing changed but the addresses and the place of the certificate exchange. At the end Alice is logged in.
local codes = require "codes"
local core = require "core"
local lab = require "lab"
local task = require "task"

local hq, br = lab.cluster { id = "HQ" }, lab.cluster { id = "BR" }

-- The page as a list of { title, commands }.
local steps, step, open = {}, nil, false
for line in (codes.read_file "../../docs/two-clusters.md" .. "\n"):gmatch("([^\n]*)\n") do
  local title, command = line:match("^### (.*)"), line:match("^    (.*)")
  if title then step = { title = title, blocks = {} } steps[#steps + 1] = step end
  if step and command then
    if not open then step.blocks[#step.blocks + 1] = "" end
    step.blocks[#step.blocks] = step.blocks[#step.blocks] .. command .. "\n"
  end
  open = command ~= nil
end

-- At BR a step for both clusters is done the other way round.
local other = { ["127.0.1.1"] = "127.0.2.1", ["127.0.2.1"] = "127.0.1.1", HQ = "BR", BR = "HQ" }
local function mirrored(text)
  return (text:gsub("127%.0%.[12]%.1", other):gsub("%f[%w]%u%u%f[%W]", other))
end

local function run(cluster, text)
  local addresses = { ["127.0.1.1"] = hq.address, ["127.0.2.1"] = br.address }
  local exchange = "url=file://" .. lab.directory .. "/exchange/"
  text = text:gsub("127%.0%.[12]%.1", addresses):gsub("url=sftp:[^\n]*\\\n[^\n]*", (exchange:gsub("%%", "%%%%")))
  local out = lab.directory .. "/page.out"
  local process = ("export PATH='%s':\"$PATH\" SOJOURN_SOCKET='%s' NO_PROXY='*'; cd '%s'\n%s"):format(cluster.programs, cluster.socket, lab.directory, text)
  local code = task.await(function(done) require "core".spawn({ "bash", "-euo", "pipefail", "-c", process }, out, out, done) end)
  local printed = codes.read(out)
  lab.eq(code, 0, ("%s: %s%s"):format(cluster.id, text, printed))
  return printed
end

lab.step("two empty nodes, and a page with all steps", function()
  hq:start()
  br:start()
  lab.check(#steps >= 20, "the page has %d steps", #steps)
  return #steps .. " steps"
end)

local last
for _, this in ipairs(steps) do
  local home, visiting = this.title:find("home cluster", 1, true), this.title:find("visiting cluster", 1, true)
  lab.step(this.title, function()
    for _, block in ipairs(this.blocks) do
      if not visiting then last = run(hq, block) end
      if visiting then last = run(br, block) elseif not home then run(br, mirrored(block)) end
    end
    for _, job in ipairs(hq:list "jobs") do
      hq:wait_record("jobs/" .. job.job_id, function(record) return record.status == "completed" end)
    end
    if this.title:find("^Check") then
      lab.wait_for("HQ is content", 5, function()
        last = hq:try "emcc validate".output
        return last:find("valid: yes", 1, true), last
      end)
    end
    return this.title:find("^Alice") and last:match("user_id: [^\n]*") or nil
  end)
end

lab.test("Alice is logged in on both sides, and the phone stands in London", function()
  lab.contains(last, "remote_cluster_id: HQ")
  lab.contains(last, "remote_user_id: alice")
  lab.check(last:find("remote_log_in_time: %u%l+day, %u%l+ %d+, %d+ %d+:%d%d:%d%d [AP]M "), "the time is not in words: %s", last)
  lab.contains(last, "Log out is required before")
  local session = hq:get "sessions/SEP00BB00000001"
  lab.eq(session.user_id, "alice")
  lab.eq(session.roaming_device_pool, "Roaming London")
  lab.eq(br:get "sessions/SEP00BB00000001".user_id, "alice")
end)

lab.test("emcc check misses what the page says, and nothing else", function()
  local function problems(cluster)
    local result = cluster:try "emcc check --json"
    lab.eq(result.code, 1)
    local answer = core.json_decode(result.output)
    local all = answer.problems
    for _, sentence in ipairs(answer.clusters[1].problems) do all[#all + 1] = sentence end
    return all
  end
  local at_hq, at_br = problems(hq), problems(br)
  lab.eq(#at_hq, 1)
  lab.contains(at_hq[1], "roam in device pool Roaming London, which has no adjunct CSS")
  lab.eq(#at_br, 2)
  lab.contains(at_br[1], "The device pool has no Standard Local Route Group")
  lab.contains(at_br[2], "The SIP trunk EMCC-ICT-SIP-Trunk-1 has no calling search space")
end)
