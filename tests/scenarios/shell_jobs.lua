-- A command that submits a job ends as the job ends: with 0 only when it completed, with 4 when nobody can tell.
local lab = require "lab"
local task = require "task"

local hq = lab.cluster { id = "HQ" }
hq:start()
hq:activate { "bulk" }

local function expect(command, code, part)
  local result = hq:try(command)
  lab.eq(result.code, code, command .. ": " .. result.output .. result.error)
  lab.contains(result.output .. result.error, part, command)
end

lab.test("a job that fails says what is missing", function()
  expect("emcc insert 2", 1, "There is no EMCC template; expected one")
  expect("emcc insert 2", 1, "status: failed")
end)

lab.test("a job that completes, or leaves some undone", function()
  hq:apply { emcc_templates = { { name = "T" } } }
  expect("emcc update T", 0, "T is the default EMCC template")
  expect("emcc insert 2", 0, "2 EMCC devices were inserted.")
  expect("emcc delete 3", 1, "No more are free.")
  expect("emcc delete 3", 1, "status: incomplete")
  lab.eq(#hq:list "emcc_base_devices", 0)
  local answer = hq:json "emcc insert 2"
  lab.eq(answer.status, "completed")
  lab.eq(answer.message, "2 EMCC devices were inserted.")
  lab.eq(hq:get("jobs/" .. answer.job_id).status, "completed")
end)

lab.test("a job that is put off is not waited for, but when it is activated", function()
  local answer = hq:json "emcc insert 1 run=later"
  lab.eq(answer.status, "hold")
  lab.contains(answer.message, "is on hold")
  expect("job activate " .. answer.job_id, 0, "1 EMCC device was inserted.")
  lab.eq(hq:json("emcc insert 1 run_at=2999-01-01T00:00:00Z").status, "pending")
  answer = hq:json "emcc delete 9 run=later"
  expect("job activate " .. answer.job_id, 1, "No more are free.")
end)

-- What ends a job of 20,000 records while it runs, and the shell that submitted it asks how far it is: one that ends sooner is tried again.
local function interrupt(what)
  for _ = 1, 10 do
    local result
    task.start(function() result = hq:try "emcc update T" end)
    local job = lab.wait_for("the shell follows the job, or has ended", 30, function()
      for _, job in ipairs(hq:list "jobs") do
        local asked = ("GET /api/v1/jobs/%s: 200"):format(job.job_id)
        if job.status == "processing" and hq:log_text():find(asked, 1, true) then return job end
      end
      return result
    end)
    if job.job_id then what(job) end
    lab.wait_for("the shell ends", 30, function() return result end)
    if result.code ~= 0 then return result end
    if hq.exit then hq:start() end
  end
  error "no job was seen while it ran"
end

lab.test("a job that is cancelled", function()
  expect("emcc insert 20000", 0, "20000 EMCC devices were inserted.")
  local result = interrupt(function(job) pcall(hq.ask, hq, "job/cancel", { job_id = job.job_id }) end)
  lab.eq(result.code, 1, result.output .. result.error)
  lab.contains(result.output, "status: cancelled")
end)

lab.test("a job whose node dies", function()
  local result = interrupt(function() hq:kill() end)
  lab.eq(result.code, 4, result.output .. result.error)
  lab.contains(result.error, "ended is not known; sojourn job get")
end)
