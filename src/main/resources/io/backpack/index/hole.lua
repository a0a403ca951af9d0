-- Notes that a volume was applied past needles of which nothing is known.
-- KEYS: meta, holes
-- ARGV: epoch, volume
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return {'EPOCH'}
end
redis.call('SADD', KEYS[2], ARGV[2])
return {'OK'}
