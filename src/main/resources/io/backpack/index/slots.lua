-- Gives all entries of some slots of names: those of the buckets that have them, which may have
-- others too, and those under their full name, whatever their slot.
-- KEYS: meta, names
-- ARGV: prefix of the buckets, epoch, slots...
-- Answers: OK, the pairs of names, then for each bucket its fields and values in a row.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'level', 'split', 'collisions')
if meta[1] ~= ARGV[2] then
  return {'EPOCH'}
end
local SLOTS = 16384
local split, size = tonumber(meta[3]), 2 ^ tonumber(meta[2])
local answer = {'OK', meta[4] ~= '0' and redis.call('HGETALL', KEYS[2]) or {}}
local seen = {}

local function give(bucket)
  if not seen[bucket] then
    seen[bucket] = true
    answer[#answer + 1] = table.concat(redis.call('HGETALL', ARGV[1] .. bucket))
  end
end

for i = 3, #ARGV do
  local slot = tonumber(ARGV[i])
  if size < SLOTS then
    local bucket = slot % size
    give(bucket < split and slot % (size * 2) or bucket)
  else
    for bucket = slot, size + split - 1, SLOTS do
      give(bucket)
    end
  end
end
return answer
