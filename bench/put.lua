-- wrk: PUT of new names with bodies of a few sizes; RUN keeps the names of two runs apart.
local bodies = {}
local thread = 0

function setup(t)
  t:set("id", thread)
  thread = thread + 1
end

function init()
  math.randomseed(tonumber(os.getenv("SEED")) + id)
  n = 0
  for b = 1, 64 do
    local size = 12288 * math.exp(0.7 * (math.random() + math.random() + math.random() - 1.5) * 2)
    bodies[b] = string.rep(string.char(255, 216, 255, 17 + b, 42), math.floor(size / 5))
  end
end

function request()
  n = n + 1
  local name = string.format("/%02d/put-%s-%d-%d.jpg", n % 100, os.getenv("RUN"), id, n)
  return wrk.format("PUT", name, nil, bodies[n % 64 + 1])
end

function done(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), errors))
end
