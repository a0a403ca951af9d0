-- Removes checkpoints that point to what is not there.
-- KEYS: meta, checkpoints
-- ARGV: epoch, volumes...
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return {'EPOCH'}
end
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
end
return {'OK'}
