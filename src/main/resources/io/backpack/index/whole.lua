-- Notes that the index was made to its end, from all directories of the node.
-- KEYS: meta
-- ARGV: epoch
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return {'EPOCH'}
end
redis.call('HSET', KEYS[1], 'whole', '1')
return {'OK'}
