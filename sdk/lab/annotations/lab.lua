---@meta lab
-- What scenario scripts see, for editors that know LuaLS annotations. The code itself is compiled into sojourn-lab.

---@class lab.Exit
---@field code integer?
---@field output string
---@field error string

---@class lab.Cluster
---@field id string
---@field name string
---@field address string
---@field address6 string?
---@field directory string
---@field state string
---@field log_file string
local Cluster = {}
---Starts the node, waits until it is ready, returns the seconds that took.
---@return number
function Cluster:start() end
---Ends the node with SIGTERM; its exit code.
---@param seconds number?
---@return integer
function Cluster:stop(seconds) end
function Cluster:restart() end
---kill -9 of supervisor and worker.
function Cluster:kill() end
---kill -9 of the worker alone.
function Cluster:kill_worker() end
function Cluster:freeze() end
function Cluster:thaw() end
function Cluster:reload() end
---@param seconds number?
function Cluster:wait_ready(seconds) end
---@param services string[]
function Cluster:activate(services) end
---Runs a `sojourn` command; an error when it fails.
---@param command string|string[]
---@return string output
function Cluster:cli(command) end
---@param command string|string[]
---@return lab.Exit
function Cluster:try(command) end
---@param command string|string[]
---@return table
function Cluster:json(command) end
---@param configuration table by the rules of apply files
---@return string difference
function Cluster:apply(configuration) end
---@param path string
---@param replace table<string, string>?
---@return string difference
function Cluster:apply_file(path, replace) end
---@param method string
---@param path string below /api/v1/
---@param body table?
---@return integer status
---@return table? body
function Cluster:rest(method, path, body) end
---@param path string
---@return table?
function Cluster:get(path) end
---@param path string
---@return table[]
function Cluster:list(path) end
---@param name string "session/logout"
---@param arguments table?
---@return table
function Cluster:ask(name, arguments) end
---@param path string
---@param condition (fun(record: table): any)?
---@param seconds number?
---@return table record
function Cluster:wait_record(path, condition, seconds) end
---@param path string
---@param seconds number?
function Cluster:wait_gone(path, seconds) end
---@return string
function Cluster:log_text() end
---Listens to live events of one type from now on.
---@param event_type string
---@return lab.Watch
function Cluster:watch(event_type) end

---@class lab.Watch
---@field seen { type: string, time: string, event: table }[]
---@field ended boolean?
local Watch = {}
---@param condition (fun(told: table): any)?
---@param seconds number?
---@return { type: string, time: string, event: table }
function Watch:wait(condition, seconds) end

---@class lab.Fault
---@field from lab.Cluster who opens the connection
---@field at "request"|"answer"|"connect"|nil
---@field request integer? the how-manieth from now
---@field connection integer?
---@field bytes integer?
---@field bytes_back integer?
---@field what "close"|"reset"|"stall"|"half_close"|{ delay: number }|fun(passing: lab.Passing): any
---@field struck number? when it did

---@class lab.Passing
local Passing = {}
---Lets through what the fault has stopped.
function Passing:pass() end

---@class lab.Line
local Line = {}
---@param from lab.Cluster?
function Line:cut(from) end
---@param from lab.Cluster?
function Line:stall(from) end
---@param milliseconds number
---@param from lab.Cluster?
function Line:delay(milliseconds, from) end
---@param from lab.Cluster?
function Line:restore(from) end
---@param fault lab.Fault
---@return lab.Fault
function Line:fault(fault) end
---@param fault lab.Fault
function Line:forget(fault) end
---@param from lab.Cluster
---@return integer
function Line:requests(from) end
---@param ... lab.Phone
function Line:carry(...) end

---@class lab.Party
---@field name string?
---@field number string?

---@class lab.Call
---@field state "new"|"calling"|"ringing"|"answered"|"ended"
---@field party lab.Party
---@field status integer? SIP status that ended it
---@field reason string?
---@field remote_media { address: string, port: integer, direction: string }?
---@field received_packets integer
---@field heard_from string?
local Call = {}
function Call:answer() end
---@param status integer?
---@param reason string?
function Call:reject(status, reason) end
function Call:hang_up() end
---@param seconds number?
function Call:wait_ringing(seconds) end
---@param seconds number?
function Call:wait_answered(seconds) end
---@param seconds number?
function Call:wait_ended(seconds) end
---Puts the other party through, to a number or to the party of another call; the status that this has come to.
---@param target string|lab.Call
---@param seconds number?
---@return integer
function Call:transfer(target, seconds) end
---Presses keys; who subscribes for them in the call is told (KPML).
---@param keys string
function Call:press(keys) end
---Subscribes for the other side's keys; the status of the answer.
---@param seconds integer? 0: no more
---@param regex string? of RFC 4730; any key
---@return integer
function Call:watch_keys(seconds, regex) end
---@param keys string all that have been told since
function Call:wait_keys(keys) end
---@param packets integer
function Call:talk(packets) end

---@class lab.Page
---@field kind string "Input", "Text", "Menu", "Error", "unreachable", ...
---@field title string?
---@field text string?
---@field items { name: string, url: string }[]?
---@field fields { label: string, parameter: string, default: string, flags: string }[]?
---@field keys table<string, string>
local Page = {}
---@return string
function Page:words() end
---The number in brackets of a refusal.
---@return integer?
function Page:code() end
---@param values table<string, string>
---@return lab.Page
function Page:submit(values) end
---@param which integer|string
---@return lab.Page
function Page:choose(which) end
---@param key string
---@return lab.Page?
function Page:press(key) end

---@class lab.Phone
---@field name string
---@field device_name string
---@field address string
---@field state "off"|"booting"|"registering"|"registered"|"waiting"
---@field file table? what it took from its file
---@field downloads table[]
---@field controls table[]
---@field emcc table? set while it obeys a redirect file
local Phone = {}
---@return lab.Phone
function Phone:power_on() end
function Phone:power_off() end
function Phone:power_cycle() end
---@param wanted { at: lab.Cluster?, number: string?, seconds: number? }?
---@return table registration
function Phone:wait_registered(wanted) end
---Refreshes its registration now.
function Phone:refresh() end
---@return string?
function Phone:number() end
---@param name string?
---@return lab.Page
function Phone:open_service(name) end
---@param url string
---@return lab.Page
function Phone:open(url) end
---@param user_id string
---@param pin string
---@return lab.Page
function Phone:login(user_id, pin) end
---@return lab.Page
function Phone:logout() end
---@param number string
---@param options { display: string?, user: string?, headers: table<string, string>? }?
---@return lab.Call
function Phone:dial(number, options) end
---Presses digits one after another, told by KPML when its file says so, else dialled as its template says.
---@param digits string
---@return lab.Call
function Phone:key_in(digits) end
---@param seconds number?
---@return lab.Call
function Phone:wait_call(seconds) end
---@param mode "ring"|"auto"|"busy"
function Phone:set_answer(mode) end
---@param on boolean
function Phone:do_not_disturb(on) end
---@param on boolean? nil only refreshes
---@param expires integer?
---@return table response
function Phone:publish(on, expires) end
---@param on boolean
function Phone:wait_do_not_disturb(on) end
---@param on boolean
function Phone:wait_messages(on) end
---@param number string of a speed dial with Busy Lamp Field
---@param state "unknown"|"idle"|"alerting"|"busy"|"dnd"
function Phone:wait_lamp(number, state) end
---@param number string? nil switches it off
---@return integer status 487 when it is set
function Phone:forward_all(number) end
---@param number string
---@param line integer?
function Phone:wait_forward_all(number, line) end
---@param key string "pickup", "opickup", "gpickup", "blfpickup"
---@param number string?
---@return lab.Call
function Phone:pick_up(key, number) end
---@param key string "meetme", "abbrdial"
---@param digits string?
---@return lab.Call
function Phone:service(key, digits) end
---@param key string "Park", "Conference", ...
---@param call lab.Call?
---@return integer status
function Phone:softkey(key, call) end
---@param logged_in boolean
function Phone:wait_hunt_login(logged_in) end
---@param private boolean
function Phone:wait_private(private) end
---@param text string
function Phone:wait_shown(text) end
---@param text string
function Phone:wait_page(text) end
---@param name string
---@return integer status
function Phone:press_page(name) end
---@param number string
---@param event "parked"|"reminder"|"retrieved"|"forwarded"|"abandoned"|"error"
function Phone:wait_park(number, event) end

---@class lab.Softphone
local Softphone = {}
---@param expires integer?
---@return table response
function Softphone:register(expires) end
---@param number string
---@return lab.Call
function Softphone:dial(number) end
---@param number string
---@param event string
---@param expires integer?
---@param subscription table? one that it returned before
---@return table subscription with .response
function Softphone:subscribe(number, event, expires, subscription) end
---@param subscription table
---@param text string
---@return table message the NOTIFY
function Softphone:wait_notified(subscription, text) end
---Presses digits one after another: the first one goes at once, the others as the node asks for them (KPML).
---@param digits string
---@return lab.Call
function Softphone:key_in(digits) end
---@param seconds number?
---@return lab.Call
function Softphone:wait_call(seconds) end

---@class lab.Gateway
local Gateway = {}
---@param wanted { dialled: string?, seconds: number? }?
---@return lab.Call
function Gateway:wait_call(wanted) end
---@param cluster lab.Cluster
---@return table flow a connection of its own, over TLS when it has a certificate
function Gateway:connect(cluster) end
---@param cluster lab.Cluster
---@param number string
---@param options { user: string?, display: string? }?
---@return lab.Call
function Gateway:call(cluster, number, options) end
---@return lab.Call[]
function Gateway:incoming() end

---@class lab
---@field directory string of this run
---@field range string "127.80.3.": what all addresses of this run have in common
---@field options { stay: boolean?, keep: boolean?, verbose: boolean? }
local lab = {}
---@param format string
function lab.say(format, ...) end
---A point of its own; the body may return what was seen.
---@param name string
---@param body fun(): string?
function lab.test(name, body) end
---A point that cannot be tried on this machine.
---@param name string
---@param why string
function lab.skip(name, why) end
---@return boolean
function lab.has_ipv6() end
---A point that what follows builds on.
---@param name string
---@param body fun(): string?
function lab.step(name, body) end
---@generic T
---@param condition T
---@param what string?
---@return T
function lab.check(condition, what, ...) end
---@param actual any
---@param expected any
---@param what string?
function lab.eq(actual, expected, what) end
---@param text string
---@param part string
---@param what string?
function lab.contains(text, part, what) end
---@generic T
---@param what string
---@param seconds number
---@param condition fun(): T, any
---@return T
function lab.wait_for(what, seconds, condition) end
---@param path string
---@return string
function lab.beside(path) end
---@param last integer?
---@return string
function lab.address(last) end
---@param fields { id: string, address: string?, ipv6: boolean?, log_level: string? }
---@return lab.Cluster
function lab.cluster(fields) end
---The line between two clusters that run and have a record of each other.
---@param one lab.Cluster
---@param other lab.Cluster
---@return lab.Line
function lab.line(one, other) end
---@param fields { mac: string, home: lab.Cluster?, tftp: string[]?, model: string?, name: string?, address: string?, ipv6: boolean?, answer: string?, supports_emcc: boolean?, home_patience_seconds: number?, certificate: { pem: string, key: string }? }
---@return lab.Phone
function lab.phone(fields) end
---@param fields { cluster: lab.Cluster, user: string, password: string, number: string?, name: string?, ipv6: boolean?, answer: string?, transport: string?, certificate: { pem: string, key: string }? }
---@return lab.Softphone
function lab.softphone(fields) end
---@param fields { name: string?, address: string?, ipv6: boolean?, answer: string?, certificate: { pem: string, key: string }? }
---@return lab.Gateway
function lab.gateway(fields) end
---@param one lab.Call
---@param other lab.Call
---@param packets integer?
function lab.talk_both(one, other, packets) end
---The same of two who were put through to each other.
---@param one lab.Call
---@param other lab.Call
---@param packets integer?
function lab.talk_when_joined(one, other, packets) end
---@param body fun()
function lab.finally(body) end
---With --stay: prints the text and keeps everything up.
---@param text string
function lab.stay(text) end

return lab
