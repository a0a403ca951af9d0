-- wrk: GET of random names out of a set of COUNT photos; with LIVE_OF and LIVE_FROM only of those
-- whose number modulo LIVE_OF is at least LIVE_FROM.
package.path = "bench/?.lua;" .. package.path
local names = require("names")
local count = tonumber(os.getenv("COUNT"))
local of = tonumber(os.getenv("LIVE_OF") or 1)
local from = tonumber(os.getenv("LIVE_FROM") or 0)
local thread = 0

function setup(t)
  t:set("id", thread)
  thread = thread + 1
end

function init()
  math.randomseed(tonumber(os.getenv("SEED")) + id)
end

function request()
  local i = math.random(0, math.floor(count / of) - 1) * of + math.random(from, of - 1)
  return wrk.format("GET", names.path(i))
end

done = names.report
