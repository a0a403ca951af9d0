-- Gives what stands under some hashes of names, and all entries under their full name.
-- KEYS: meta, names
-- ARGV: prefix of the buckets, epoch, hashes (8 bytes each)
-- Answers: OK, the pairs of names, then hashes and values in a row.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'level', 'split', 'collisions')
if meta[1] ~= ARGV[2] then
  return {'EPOCH'}
end
local split, size = tonumber(meta[3]), 2 ^ tonumber(meta[2])
local found = {}
for at = 1, #ARGV[3], 8 do
  local low = struct.unpack('>I4', ARGV[3], at + 4)
  local bucket = low % size
  if bucket < split then
    bucket = low % (size * 2)
  end
  local hash = string.sub(ARGV[3], at, at + 7)
  local value = redis.call('HGET', ARGV[1] .. bucket, hash)
  if value then
    found[#found + 1] = hash .. value
  end
end
return {'OK', meta[4] ~= '0' and redis.call('HGETALL', KEYS[2]) or {}, table.concat(found)}
