-- Takes the keyspace for one start, or one reconnect, of its node.
-- KEYS: meta, checkpoints, names, bucket 0, holes, sums
-- ARGV: cookie, node id, new epoch, layout version
if redis.call('HEXISTS', KEYS[1], 'erasing') == 1 then
  return {'ERASING', redis.call('HGET', KEYS[1], 'cookie') or ''}
end
local cookie = redis.call('HGET', KEYS[1], 'cookie')
if not cookie then
  if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]) > 0 then
    return {'BROKEN'}
  end
  redis.call('HSET', KEYS[1], 'cookie', ARGV[1], 'node', ARGV[2], 'layout', ARGV[4],
    'level', '0', 'split', '0', 'count', '0', 'tombstones', '0', 'collisions', '0')
elseif cookie ~= ARGV[1] then
  return {'FOREIGN', redis.call('HGET', KEYS[1], 'node') or '?', cookie}
end
local layout = redis.call('HGET', KEYS[1], 'layout')
if layout ~= ARGV[4] then
  return {'LAYOUT', layout or '?'}
end
local meta = redis.call('HMGET', KEYS[1], 'level', 'split', 'count', 'tombstones', 'collisions')
if (meta[3] ~= '0' or meta[5] ~= '0') and redis.call('EXISTS', KEYS[6]) == 0 then
  return {'BROKEN', 'sums'}
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3])
return {'OK', tonumber(meta[1]), tonumber(meta[2]), tonumber(meta[3]), tonumber(meta[4]),
  tonumber(meta[5]), redis.call('HGETALL', KEYS[2]), redis.call('HGET', KEYS[1], 'whole') or '0',
  redis.call('SMEMBERS', KEYS[5])}
