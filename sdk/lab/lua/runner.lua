-- The command line of sojourn-lab: runs scripts one after the other, prints TAP, keeps the logs of those that fail.
local core = require "core"
local lab = require "lab"
local task = require "task"

local usage = [[
sojourn lab run [--stay] [--keep] [--verbose] [--programs DIRECTORY] [--deadline SECONDS] FILE...
  FILE        a scenario in Lua, or a Markdown page whose ```lua blocks are scenarios
  --stay      scripts that offer it keep their clusters up
  --keep      keep the logs of scripts that succeed too
  --verbose   show what the phones do
  --programs  where sojournd, sojourn and, in ../plugins, the plugins are; by default beside this program]]

local function fail_usage(problem)
  io.stderr:write("sojourn-lab: ", problem, "\n", usage, "\n")
  core.exit(2)
end

local function parse(arguments)
  local options = { files = {}, deadline = 180 }
  local index = 1
  if arguments[1] ~= "run" then return nil, "the command is `run`" end
  while index < #arguments do
    index = index + 1
    local word = arguments[index]
    if word == "--stay" or word == "--keep" or word == "--verbose" then
      options[word:sub(3)] = true
    elseif word == "--programs" or word == "--deadline" then
      index = index + 1
      if not arguments[index] then return nil, word .. " needs a value" end
      options[word:sub(3)] = arguments[index]
    elseif word:sub(1, 1) == "-" then
      return nil, "unknown option " .. word
    else
      options.files[#options.files + 1] = word
    end
  end
  options.deadline = tonumber(options.deadline)
  if not options.deadline then return nil, "--deadline needs a number of seconds" end
  if #options.files == 0 then return nil, "which file?" end
  return options
end

local function read_file(path)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local text = file:read("a")
  file:close()
  return text
end

-- The scripts in a file: { name, chunk }.
local function load_scripts(path)
  local text, problem = read_file(path)
  if not text then return nil, problem end
  local sources = {}
  if path:match("%.md$") then
    local line = 1
    for before, block in text:gmatch("(.-)```lua\n(.-)```") do
      line = line + select(2, before:gsub("\n", "")) + 1
      sources[#sources + 1] = { name = ("%s:%d"):format(path, line), text = ("\n"):rep(line - 1) .. block }
      line = line + select(2, block:gsub("\n", ""))
    end
  else
    sources[1] = { name = path, text = text }
  end
  for _, source in ipairs(sources) do
    source.chunk, problem = load(source.text, "@" .. path, "t")
    if not source.chunk then return nil, problem end
  end
  return sources
end

local function programs_directory(options)
  if options.programs then return core.real_path(options.programs) end
  return core.real_path("/proc/self/exe"):match("^(.*)/[^/]*$")
end

local function directory_of(path) return path:match("^(.*)/[^/]*$") or "." end

local function run_directory(name, number)
  local base = os.getenv("SOJOURN_LAB_LOGS")
  if not base then
    base = (os.getenv("TMPDIR") or "/tmp") .. "/sojourn-lab"
    core.make_directory(base, true)
  end
  return ("%s/%s-%d-%d"):format(base, name:match("([^/]+)$"):gsub("[^%w%-]", "_"), core.pid(), number)
end

local function run_script(script, path, number, options)
  local programs = programs_directory(options)
  local plugins = core.real_path(programs .. "/../plugins") or core.real_path(programs .. "/../lib/sojourn/plugins")
  local directory = run_directory(script.name, number)
  core.make_directory(directory)
  local full_path = core.real_path(path)
  package.path = directory_of(full_path) .. "/?.lua"
  local run = lab.begin {
    directory = directory, programs = programs, plugins = plugins or programs, script_directory = directory_of(full_path),
  }
  task.on_fault(function(text)
    lab.point(false, "nothing goes wrong beside the script")
    lab.say("%s", text)
  end)
  local alarm = not options.stay and core.timer(options.deadline * 1000 * task.patience, function()
    lab.point(false, script.name .. " ends within its deadline")
    lab.say("%s", debug.traceback(run.thread, "it hangs here:"))
    lab.show_logs()
    core.exit(1)
  end)
  run.thread = coroutine.running()
  local good, problem = xpcall(script.chunk, function(what)
    return what == lab.stop_script and what or lab.explain(what)
  end)
  if not good and problem ~= lab.stop_script then
    lab.point(false, script.name .. " runs to its end")
    lab.say("%s", problem)
  end
  lab.finish()
  if alarm then alarm:close() end
  if run.failed then
    lab.show_logs()
  elseif not options.keep then
    core.remove_tree(directory)
  else
    lab.say("logs are in %s", directory)
  end
end

local function run_all(options)
  print("TAP version 13")
  local number = 0
  for _, path in ipairs(options.files) do
    local scripts, problem = load_scripts(path)
    if not scripts then
      lab.point(false, path .. " can be read")
      lab.say("%s", problem)
    end
    for _, script in ipairs(scripts or {}) do
      number = number + 1
      run_script(script, path, number, options)
    end
  end
  local points, failures = lab.counts()
  print("1.." .. points)
  core.exit((failures > 0 or points == 0) and 1 or 0)
end

return function(arguments)
  local options, problem = parse(arguments)
  if not options then return fail_usage(problem) end
  lab.options = options
  core.on_signal(function(signal)
    if lab.interrupt() then return end
    print("Bail out! interrupted by signal " .. signal)
    core.exit(130)
  end)
  task.start(run_all, options)
end
