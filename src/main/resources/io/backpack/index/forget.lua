-- Removes the checkpoints and the counts of volumes: those that are gone, and those that are to be
-- replayed from their start.
-- KEYS: meta, checkpoints, dead bytes, holes
-- ARGV: epoch, volumes...
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return {'EPOCH'}
end
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('HDEL', KEYS[3], ARGV[i])
  redis.call('SREM', KEYS[4], ARGV[i])
end
return {'OK'}
