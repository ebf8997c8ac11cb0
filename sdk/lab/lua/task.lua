-- Coroutines over the loop: scripts read top to bottom, and nothing but a condition with a deadline is ever waited for.
local core = require "core"

local task = {}

--- How many times longer than usual everything may take.
task.patience = tonumber(os.getenv "SOJOURN_LAB_PATIENCE") or 1

local fault = function(text) error(text, 0) end

--- What is told of an error that ends a coroutine nobody waits for.
function task.on_fault(handler)
  fault = handler
  core.on_fault(handler)
end

local function resume(thread, ...)
  if coroutine.status(thread) ~= "suspended" then return end
  local ok, problem = coroutine.resume(thread, ...)
  if not ok then fault(debug.traceback(thread, tostring(problem))) end
end

--- Runs a function beside the others. The result can be cancelled: it then never continues.
function task.start(body, ...)
  local thread = coroutine.create(body)
  resume(thread, ...)
  return {
    cancel = function()
      if coroutine.status(thread) == "suspended" then coroutine.close(thread) end
    end,
    running = function() return coroutine.status(thread) ~= "dead" end,
  }
end

--- Calls begin(done) and returns what done is called with, whenever that is.
function task.await(begin)
  local thread, main = coroutine.running()
  assert(not main, "this waits, and can be called from a script's steps only")
  local finished, waiting, values = false, false, nil
  begin(function(...)
    if finished then return end
    finished, values = true, table.pack(...)
    if waiting then resume(thread) end
  end)
  if not finished then
    waiting = true
    coroutine.yield()
  end
  return table.unpack(values, 1, values.n)
end

-- Those who wait for a condition look again when something has changed, and at the latest after this many milliseconds: what
-- changes in another process does not tell us.
local look_again_ms = 15
local waiting = {}
local flush_due = false

local function flush()
  flush_due = false
  local woken = waiting
  waiting = {}
  for done, timer in pairs(woken) do
    timer:close()
    done()
  end
end

--- Says that something a condition may depend on has changed.
function task.changed()
  if not flush_due then
    flush_due = true
    core.timer(0, flush)
  end
end

--- Waits until condition() is true and returns its value; an error that names `what` when it is not within `seconds`. The
--- condition's second value tells how far things are.
function task.wait_for(what, seconds, condition)
  seconds = seconds * task.patience
  local deadline = core.now() + seconds * 1000
  local detail
  while true do
    local value, state = condition()
    if value then return value end
    detail = state
    local left = deadline - core.now()
    if left <= 0 then
      error(("%s: not within %g s%s"):format(what, seconds, detail and " (" .. tostring(detail) .. ")" or ""), 0)
    end
    task.await(function(done)
      waiting[done] = core.timer(math.min(left, look_again_ms), function()
        waiting[done] = nil
        done()
      end)
    end)
  end
end

--- Lets time pass inside a simulated device (retransmission, retry). Scripts wait for conditions instead.
function task.pause(milliseconds)
  task.await(function(done) core.timer(milliseconds, done) end)
end

--- One HTTP call; see core.http. Returns the result: status, headers, body, or error.
function task.http(call)
  call.timeout_ms = (call.timeout_ms or 10000) * task.patience
  return task.await(function(done) core.http(call, done) end)
end

return task
