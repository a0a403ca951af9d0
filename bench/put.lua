-- wrk: PUT of new names with bodies of the sizes of previews; RUN keeps the names of two runs apart.
-- SHARD names the shard that a coordinator is to take.
package.path = "bench/?.lua;" .. package.path
local names = require("names")
local bodies = {}
local thread = 0

function setup(t)
  t:set("id", thread)
  thread = thread + 1
end

function init()
  math.randomseed(tonumber(os.getenv("SEED")) + id)
  run = tonumber(os.getenv("RUN"))
  n = 0
  local pool = {}
  for k = 1, 65536 do
    pool[k] = string.char(math.random(0, 255))
  end
  pool = table.concat(pool)
  pool = pool .. pool .. pool .. pool
  for b = 1, 64 do
    local sum = -6
    for _ = 1, 12 do
      sum = sum + math.random()
    end
    local size = math.max(1536, math.min(204800, math.floor(12288 * math.exp(0.7 * sum))))
    local from = math.random(1, 49152)
    bodies[b] = string.char(255, 216, 255, b) .. string.sub(pool, from, from + size - 5)
  end
end

local shard = os.getenv("SHARD")
local headers = shard and { ["X-Backpack-Shard"] = shard } or nil

function request()
  n = n + 1
  local name = string.format("/%03x/p%03x%01x%07x.jpg", n % 4096, run, id, n)
  return wrk.format("PUT", name, headers, bodies[n % 64 + 1])
end

done = names.report
