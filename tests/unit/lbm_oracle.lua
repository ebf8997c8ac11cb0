-- Effective paths, computed otherwise than plugins/lbm/paths.c does: every path there is (graphs of few locations), or Dijkstra that
-- carries whole paths (larger ones). A graph is { n = locations, links = { { a, b, weight }, ... } }; locations are numbers in the
-- order of their names. A path is a list of locations.
local oracle = {}

local function neighbours(graph)
  local list = {}
  for i = 1, graph.n do list[i] = {} end
  for _, link in ipairs(graph.links) do
    local a, b, weight = link[1], link[2], link[3]
    for _, pair in ipairs { { a, b }, { b, a } } do
      local known = list[pair[1]][pair[2]]
      if pair[1] ~= pair[2] and (not known or weight < known) then list[pair[1]][pair[2]] = weight end
    end
  end
  return list
end

-- Whether path x (with its weight) goes before path y: weight, links, names.
local function before(x, y)
  if not y then return true end
  if x.weight ~= y.weight then return x.weight < y.weight end
  if #x ~= #y then return #x < #y end
  for i = 1, #x do
    if x[i] ~= y[i] then return x[i] < y[i] end
  end
  return false
end

local function extended(path, location, weight)
  local longer = { weight = path.weight + weight }
  for i = 1, #path do longer[i] = path[i] end
  longer[#path + 1] = location
  return longer
end

-- All simple paths, one by one.
local function brute_force(list, from, to)
  local best
  local seen = { [from] = true }
  local function walk(path)
    local at = path[#path]
    if at == to then
      if before(path, best) then best = path end
      return
    end
    for location, weight in pairs(list[at]) do
      if not seen[location] then
        seen[location] = true
        walk(extended(path, location, weight))
        seen[location] = nil
      end
    end
  end
  walk { from, weight = 0 }
  return best
end

-- The best path to each location grows from the best of those settled; a whole path is compared, so that ties need no thought.
local function dijkstra(list, from, to)
  local best, settled = { [from] = { from, weight = 0 } }, {}
  while true do
    local nearest
    for location, path in pairs(best) do
      if not settled[location] and (not nearest or before(path, best[nearest])) then nearest = location end
    end
    if not nearest or nearest == to then return best[to] end
    settled[nearest] = true
    for location, weight in pairs(list[nearest]) do
      local path = extended(best[nearest], location, weight)
      if not settled[location] and before(path, best[location]) then best[location] = path end
    end
  end
end

--- All effective paths of a graph: a list of { from, to, weight = w, path... } for from < to; a path that is not there is empty.
function oracle.paths(graph)
  local list, all = neighbours(graph), {}
  for from = 1, graph.n do
    for to = from + 1, graph.n do
      local path = dijkstra(list, from, to)
      if graph.n <= 7 then
        local other = brute_force(list, from, to)
        assert((path == nil) == (other == nil), "the two oracles differ in whether there is a path")
        for i = 1, path and math.max(#path, #other) or 0 do assert(path[i] == other[i], "the two oracles differ") end
      end
      all[#all + 1] = path or { weight = -1 }
    end
  end
  return all
end

return oracle
