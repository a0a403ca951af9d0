-- wrk: GET of each of COUNT photos once, in a random order; ends when all were asked for.
package.path = "bench/?.lua;" .. package.path
local names = require("names")
local thread = 0

function setup(t)
  t:set("id", thread)
  thread = thread + 1
end

function init()
  local count, threads = tonumber(os.getenv("COUNT")), tonumber(os.getenv("THREADS"))
  math.randomseed(tonumber(os.getenv("SEED")))
  order = {}
  for i = 1, count do
    order[i] = i - 1
  end
  for i = count, 2, -1 do
    local j = math.random(i)
    order[i], order[j] = order[j], order[i]
  end
  step, at = threads, id + 1
end

function request()
  local i = order[at]
  if not i then
    wrk.thread:stop()
    i = order[1]
  end
  at = at + step
  return wrk.format("GET", names.path(i))
end

done = names.report
