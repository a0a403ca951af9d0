-- wrk: GET of random names out of a set of COUNT photos made by Photos.java.
local count = tonumber(os.getenv("COUNT"))
local thread = 0

function setup(t)
  t:set("id", thread)
  thread = thread + 1
end

function init()
  math.randomseed(tonumber(os.getenv("SEED")) + id)
end

function request()
  local i = math.random(0, count - 1)
  return wrk.format("GET", string.format("/%02d/%07d.jpg", i % 100, i))
end

function done(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %.1f %d %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), errors))
end
