-- Gives a keyspace that holds no entry yet as many buckets as it is going to need, so that none has to
-- be split while it is filled.
-- KEYS: meta
-- ARGV: epoch, level, split
local meta = redis.call('HMGET', KEYS[1],
  'epoch', 'level', 'split', 'count', 'tombstones', 'collisions')
if meta[1] ~= ARGV[1] then
  return {'EPOCH'}
end
if meta[4] == '0' then
  redis.call('HSET', KEYS[1], 'level', ARGV[2], 'split', ARGV[3])
  meta[2], meta[3] = ARGV[2], ARGV[3]
end
return {'OK', tonumber(meta[2]), tonumber(meta[3]), tonumber(meta[4]), tonumber(meta[5]),
  tonumber(meta[6])}
