-- Applies the entries of one stretch of a volume and moves the volume's checkpoint, both or neither.
-- KEYS: meta, checkpoints, names, dead bytes
-- ARGV: prefix of the buckets, epoch, volume, from, to, entries, entries a bucket should have
--
-- An entry of ARGV[6] is: command flags (1 byte: 1 collided), the value (21 bytes, as it is
-- stored), then the 8 bytes of the hash, or for a collided one the name's length (2 bytes) and the name.
--
-- Strings are never compared with "<": Lua compares them by the locale. Versions are two halves.
local meta = redis.call('HMGET', KEYS[1],
  'epoch', 'level', 'split', 'count', 'tombstones', 'collisions')
if meta[1] ~= ARGV[2] then
  return {'EPOCH'}
end
local checkpoint = redis.call('HGET', KEYS[2], ARGV[3]) or '0'
if checkpoint ~= ARGV[4] then
  return {'CHECKPOINT', checkpoint}
end
local call, unpackBytes, sub, byte = redis.call, struct.unpack, string.sub, string.byte
local prefix, blob, target = ARGV[1], ARGV[6], tonumber(ARGV[7])
local level, split, count = tonumber(meta[2]), tonumber(meta[3]), tonumber(meta[4])
local tombstones, collisions = tonumber(meta[5]), tonumber(meta[6])
local size = 2 ^ level

-- Whether the new value takes the place of the old one: by version, then as a tombstone, then by
-- generation, then by place (volume, offset): a total order, so any sequence ends the same.
local function wins(new, old)
  local newHigh, newLow = unpackBytes('>I4I4', new)
  local oldHigh, oldLow = unpackBytes('>I4I4', old)
  if newHigh ~= oldHigh then
    return newHigh > oldHigh
  end
  if newLow ~= oldLow then
    return newLow > oldLow
  end
  local newFlags, oldFlags = byte(new, 9), byte(old, 9)
  if newFlags % 2 ~= oldFlags % 2 then
    return newFlags % 2 > oldFlags % 2
  end
  if newFlags ~= oldFlags then
    return newFlags > oldFlags
  end
  local newVolume, newOffset = unpackBytes('>I4I4', new, 10)
  local oldVolume, oldOffset = unpackBytes('>I4I4', old, 10)
  if newVolume ~= oldVolume then
    return newVolume > oldVolume
  end
  return newOffset > oldOffset
end

-- Counts the needle of a value as dead in its volume.
local function bury(value)
  local volume, _, length = unpackBytes('>i4I4I4', value, 10)
  call('HINCRBY', KEYS[4], volume, length * 8)
end

local outcomes = {}
local at, last = 1, #blob
while at <= last do
  local flags = byte(blob, at)
  local collided = flags % 2 == 1
  local value = sub(blob, at + 1, at + 21)
  local key, field
  if collided then
    local length = unpackBytes('>I2', blob, at + 22)
    key, field = KEYS[3], sub(blob, at + 24, at + 23 + length)
    at = at + 24 + length
  else
    local low = unpackBytes('>I4', blob, at + 26)
    local bucket = low % size
    if bucket < split then
      bucket = low % (size * 2)
    end
    key, field = prefix .. bucket, sub(blob, at + 22, at + 29)
    at = at + 30
  end
  local current = value
  if call('HSETNX', key, field, value) == 1 then
    tombstones = tombstones + byte(value, 9) % 2
    if collided then
      collisions = collisions + 1
    else
      count = count + 1
    end
  else
    local old = call('HGET', key, field)
    if old ~= value then
      if wins(value, old) then
        call('HSET', key, field, value)
        bury(old)
        tombstones = tombstones + byte(value, 9) % 2 - byte(old, 9) % 2
      else
        bury(value)
        current = old
      end
    end
  end
  outcomes[#outcomes + 1] = current == value and '\1' or '\0'
  outcomes[#outcomes + 1] = sub(current, 1, 8)
end

-- Linear hashing: the buckets are split in their order, one for each "target" entries that come.
while count > (size + split) * target do
  local from = prefix .. split
  local to = prefix .. (split + size)
  local all = call('HGETALL', from)
  local moved, fields = {}, {}
  for i = 1, #all, 2 do
    if unpackBytes('>I4', all[i], 5) % (size * 2) ~= split then
      moved[#moved + 1] = all[i]
      moved[#moved + 1] = all[i + 1]
      fields[#fields + 1] = all[i]
    end
  end
  if #fields > 0 then
    call('HSET', to, unpack(moved))
    call('HDEL', from, unpack(fields))
  end
  split = split + 1
  if split == size then
    level, split, size = level + 1, 0, size * 2
  end
end

call('HSET', KEYS[1], 'level', level, 'split', split, 'count', count,
  'tombstones', tombstones, 'collisions', collisions)
call('HSET', KEYS[2], ARGV[3], ARGV[5])
return {'OK', level, split, count, tombstones, collisions, table.concat(outcomes)}
