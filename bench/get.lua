-- wrk: GET of random names out of a set of COUNT photos made by Photos.java; with LIVE_OF and
-- LIVE_FROM only of those whose number modulo LIVE_OF is at least LIVE_FROM.
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
  local i = math.random(0, count / of - 1) * of + math.random(from, of - 1)
  return wrk.format("GET", string.format("/%02d/%07d.jpg", i % 100, i))
end

function done(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), errors))
end
