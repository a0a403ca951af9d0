-- The names of the photo sets: the same as Photos.path computes. And the line that the harness reads.
local names = {}

function names.path(i)
  local mixed = (i + 1) * 48271 % 2147483647
  return string.format("/%03x/%08x%04x.jpg", mixed % 4096, mixed, i * 40503 % 65536)
end

function names.report(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    summary.bytes, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    latency.max, errors))
end

return names
