-- wrk: GET of photos of a set of COUNT in a random order, none of them twice; ends when about
-- REQUESTS were asked for. wrk itself knows a time only, but ends early at a SIGINT.
package.path = "bench/?.lua;" .. package.path
local names = require("names")
local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")
local SIGINT = 2
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
  step, at, last = threads, id + 1, tonumber(os.getenv("REQUESTS"))
end

function request()
  local i = order[at]
  if not i then
    wrk.thread:stop()
    i = order[1]
  end
  if at > last then
    -- Goes on with others until wrk has seen the signal, so that the rate is right.
    last = 1 / 0
    ffi.C.kill(ffi.C.getpid(), SIGINT)
  end
  at = at + step
  return wrk.format("GET", names.path(i))
end

done = names.report
