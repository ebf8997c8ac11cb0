-- A traveller's pages as the models in the field ask for them: their names, character sets and ways to send a form; keys where each has
-- them, headers that keep pages off the back key and lead on, names in any script, what the administrator reads meanwhile.
local core = require "core"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start { desk = false }
local hq, br = world.hq, world.br

local handsets = {
  { model = "Cisco 7942", name = "CP-7942G", charset = "iso-8859-1,utf-8;q=0.8", agent = "Allegro-Software-WebClient/4.34" },
  { model = "Cisco 7962", name = "CP-7962G", charset = "iso-8859-1", agent = "Allegro-Software-WebClient/4.34", reads = "ISO-8859-1" },
  { model = "Cisco 7841", name = "CP-7841", charset = "utf-8,;q=0.8" },
  { model = "Cisco 8851", name = "CP-8851", charset = "utf-8,iso-8859-1;q=0.8", posts = true },
  { model = "Cisco 8865", name = "CP-8865" }, -- says nothing of character sets
}

lab.step("a traveller with a name of three scripts and many profiles, and a phone of each model", function()
  local profiles, names = {}, {}
  for i = 1, 50 do
    names[i] = ("Büro 部 'x' %02d"):format(i)
    profiles[i] = { name = names[i], model = "Cisco 8851" }
  end
  hq:apply {
    device_profiles = profiles,
    end_users = { { user_id = "zoë", last_name = "Löwe", pin = "12345", enable_emcc = true, controlled_profiles = names } },
  }
  local phones = {}
  for i, handset in ipairs(handsets) do
    handset.device = ("SEP00BB000001%02d"):format(i)
    phones[i] = { name = handset.device, model = handset.model, device_pool = "London", enable_extension_mobility = true }
  end
  br:apply { phones = phones }
end)

local function child(element, name)
  for _, one in ipairs(element) do
    if one.name == name then return one end
  end
end

-- What the handset is shown at a URL, or by a form.
local function open(handset, url, form)
  local result = task.http {
    url = url, body = form, method = form and "POST", timeout_ms = 20000,
    headers = {
      ["x-CiscoIPPhoneModelName"] = handset.name, ["Accept-Charset"] = handset.charset, ["User-Agent"] = handset.agent,
      ["Accept"] = "x-CiscoIPPhone/*, text/*, image/png, */*", ["Accept-Language"] = "en-US",
      ["Content-Type"] = form and "application/x-www-form-urlencoded",
    },
  }
  lab.eq(result.status, 200, result.error or "status")
  lab.eq(result.headers["content-type"], "text/xml; charset=" .. (handset.reads or "UTF-8"), "Content-Type")
  lab.eq(result.headers["expires"], "Wed, 26 Feb 1997 08:21:57 GMT", "Expires")
  local root, problem = core.xml(result.body)
  lab.check(root, "not XML: %s", problem)
  local page = { kind = root.name, refresh = result.headers["refresh"], keys = {}, root = root, body = result.body }
  for _, element in ipairs(root) do
    if element.name == "SoftKeyItem" then
      page.keys[tonumber(child(element, "Position").text)] = { name = child(element, "Name").text, url = child(element, "URL").text }
    end
  end
  local title = child(root, "Title")
  lab.check(not title or #title.text <= 32, "the title is too long: %s", title and title.text)
  local prompt = child(root, "Prompt")
  lab.check(not prompt or #prompt.text <= 32, "the prompt is too long: %s", prompt and prompt.text)
  lab.check(not prompt or handset.name:find "^CP%-79", "a prompt on a phone without a line for it")
  page.text = child(root, "Text") and child(root, "Text").text
  return page
end

local function keys(page)
  local names = {}
  for position = 1, 4 do names[#names + 1] = page.keys[position] and position .. " " .. page.keys[position].name end
  return table.concat(names, ", ")
end

-- Fills the login form in, as the handset does.
local function submit(handset, page, user, pin)
  local url = child(page.root, "URL").text
  local values = ("userid=%s&seq=%s"):format(core.url_encode(user), pin)
  if handset.posts then return open(handset, url, values) end
  return open(handset, url .. "&" .. values)
end

for _, handset in ipairs(handsets) do
  lab.test(("%s, Accept-Charset %s"):format(handset.name, handset.charset or "absent"), function()
    local old = handset.name:find "^CP%-79"
    local address = ("http://%s:8080/emapp/EMAppServlet?device=%s&EMCC=true"):format(br.address, handset.device)
    local form = open(handset, address)
    lab.eq(form.kind, "CiscoIPPhoneInput")
    lab.eq(child(form.root, "URL").text, address, "where the form goes")
    lab.eq(keys(form), old and "1 Submit, 2 <<, 3 Exit" or "1 Exit, 2 Submit, 3 <<", "keys of the form")
    local fields = {}
    for _, element in ipairs(form.root) do
      if element.name == "InputItem" then fields[#fields + 1] = child(element, "QueryStringParam").text .. " " .. child(element, "InputFlags").text end
    end
    lab.eq(table.concat(fields, ", "), "userid A, seq NP", "fields of the form")

    lab.eq(submit(handset, form, "zoë", "54321").text, "Login is unavailable(2)", "a wrong PIN")

    -- A phone that reads ISO-8859-1 only sends it too.
    local menu = submit(handset, form, handset.reads and "zo\xeb" or "zoë", "12345")
    lab.eq(menu.kind, "CiscoIPPhoneMenu", menu.text)
    local items = {}
    for _, element in ipairs(menu.root) do
      if element.name == "MenuItem" then items[#items + 1] = element end
    end
    lab.eq(#items, 50, "items of the menu")
    lab.eq(child(items[7], "Name").text, "Büro 部 'x' 07", "an item's name")
    lab.check(not menu.body:find("12345", 1, true), "the PIN stands in the menu")
    lab.eq(keys(menu), old and "1 Select, 3 Exit" or "1 Exit, 2 Select", "keys of the menu")

    local done = open(handset, child(items[7], "URL").text)
    lab.eq(done.text, "Login successful")
    local seconds, onward = (done.refresh or ""):match "^(%d+); url=(.+)$"
    lab.eq(seconds, "2", "seconds until the page goes on")
    local last = open(handset, onward)
    lab.eq(last.kind, "CiscoIPPhoneExecute")
    lab.eq(last.root[1].attributes.URL, "Init:CallHistory", "what clears the call logs")
    lab.eq(last.root[2].attributes.URL, "Init:Services", "what closes the services")
    lab.eq(hq:get("sessions/" .. handset.device).device_profile, "Büro 部 'x' 07")

    local told = br:json("phone session " .. handset.device)
    lab.eq(told.remote_cluster_id .. " " .. told.remote_user_id, "HQ zoë", "Remote Cluster ID and Remote User ID")
    lab.check(told.remote_log_in_time:find "^%u%l+day, %u%l+ %d+, %d+ %d+:%d%d:%d%d [AP]M", "Remote Log In Time: %s", told.remote_log_in_time)

    local question = open(handset, address)
    lab.eq(question.text, "zoë is logged in. Log out?")
    lab.eq(keys(question), old and "1 Yes, 3 No" or "1 No, 2 Yes", "keys of the question")
    local gone = open(handset, question.keys[old and 1 or 2].url)
    lab.eq(gone.text, "Logout successful")
    lab.check((gone.refresh or ""):find("clearCallLogs=true", 1, true), "Refresh: %s", tostring(gone.refresh))
    hq:wait_gone("sessions/" .. handset.device)
    br:wait_gone("sessions/" .. handset.device)
    return ("%s, %d bytes of menu"):format(keys(form), #menu.body)
  end)
end

lab.test("a phone that nobody knows, and none at all", function()
  local handset = handsets[1]
  local servlet = ("http://%s:8080/emapp/EMAppServlet"):format(br.address)
  lab.eq(open(handset, servlet .. "?device=SEP00DEADBEEF00&EMCC=true").text, "Login is unavailable(11)")
  lab.eq(open(handset, servlet .. "?EMCC=true").text, "Login is unavailable (207)")
  lab.eq(open(handset, servlet:gsub("emapp/EMApp", "changecredential/ChangeCredential") .. "?device=SEP00DEADBEEF00").text, "Login is unavailable(11)")
end)
