-- Gives the hashes of the names in some buckets, 8 bytes each in a row, and the bucket to go on
-- with; 0 after the last one.
-- KEYS: meta
-- ARGV: prefix of the buckets, epoch, first bucket, how many
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'level', 'split')
if meta[1] ~= ARGV[2] then
  return {'EPOCH'}
end
local buckets = 2 ^ tonumber(meta[2]) + tonumber(meta[3])
local first = tonumber(ARGV[3])
local next = math.min(first + tonumber(ARGV[4]), buckets)
local hashes = {}
for bucket = first, next - 1 do
  hashes[#hashes + 1] = table.concat(redis.call('HKEYS', ARGV[1] .. bucket))
end
return {'OK', next < buckets and next or 0, table.concat(hashes)}
