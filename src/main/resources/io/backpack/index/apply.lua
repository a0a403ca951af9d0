-- Applies the entries of one stretch of a volume and moves the volume's checkpoint, both or neither.
-- KEYS: meta, checkpoints, names, dead bytes
-- ARGV: prefix of the buckets, epoch, volume, from, to, entries, entries a bucket should have,
--   1 to hear what became of each entry
--
-- An entry of ARGV[6] is: command flags (1 byte: 1 collided), the value (21 bytes, as it is
-- stored), then the 8 bytes of the hash, or for a collided one the name's length (2 bytes) and the name.
-- Neighbours of the same bucket are looked up and stored together: a call costs more than an entry.
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

local outcomes, wanted = {}, ARGV[8] == '1'
local function tell(value, current)
  if wanted then
    outcomes[#outcomes + 1] = current == value and '\1' or '\0'
    outcomes[#outcomes + 1] = sub(current, 1, 8)
  end
end

-- The value that stands when a new one meets the old one.
local function settle(value, old)
  if old == value then
    return old
  end
  if wins(value, old) then
    bury(old)
    tombstones = tombstones + byte(value, 9) % 2 - byte(old, 9) % 2
    return value
  end
  bury(value)
  return old
end

local function applyOne(key, field, value)
  if call('HSETNX', key, field, value) == 1 then
    tombstones = tombstones + byte(value, 9) % 2
    tell(value, value)
    return 1
  end
  local old = call('HGET', key, field)
  local current = settle(value, old)
  if current ~= old then
    call('HSET', key, field, current)
  end
  tell(value, current)
  return 0
end

-- Entries of one bucket, in the order in which they came: a name may be among them twice.
local fields, values, gathered, bucket = {}, {}, 0, -1
local function applyGathered()
  if gathered == 0 then
    return
  end
  local key = prefix .. bucket
  if gathered == 1 then
    count = count + applyOne(key, fields[1], values[1])
    gathered = 0
    return
  end
  local stored = call('HMGET', key, unpack(fields, 1, gathered))
  local standing, changes, changed = {}, {}, 0
  for i = 1, gathered do
    local field, value = fields[i], values[i]
    local old = standing[field] or stored[i]
    local current = value
    if old then
      current = settle(value, old)
    else
      count = count + 1
      tombstones = tombstones + byte(value, 9) % 2
    end
    standing[field] = current
    if current ~= old then
      changes[changed + 1], changes[changed + 2] = field, current
      changed = changed + 2
    end
    tell(value, current)
  end
  if changed > 0 then
    call('HSET', key, unpack(changes, 1, changed))
  end
  gathered = 0
end

local at, last = 1, #blob
while at <= last do
  local flags = byte(blob, at)
  local value = sub(blob, at + 1, at + 21)
  if flags % 2 == 1 then
    applyGathered()
    local length = unpackBytes('>I2', blob, at + 22)
    collisions = collisions + applyOne(KEYS[3], sub(blob, at + 24, at + 23 + length), value)
    at = at + 24 + length
  else
    local low = unpackBytes('>I4', blob, at + 26)
    local its = low % size
    if its < split then
      its = low % (size * 2)
    end
    if its ~= bucket then
      applyGathered()
      bucket = its
    end
    gathered = gathered + 1
    fields[gathered], values[gathered] = sub(blob, at + 22, at + 29), value
    at = at + 30
  end
end
applyGathered()

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

-- Only what has changed: each field costs a search in the head, a number made text, and bytes in the
-- append-only file; a batch of new photos changes the count alone.
local changes, changed = {}, 0
local function note(field, value, stored)
  if value ~= tonumber(stored) then
    changes[changed + 1], changes[changed + 2] = field, value
    changed = changed + 2
  end
end
note('level', level, meta[2])
note('split', split, meta[3])
note('count', count, meta[4])
note('tombstones', tombstones, meta[5])
note('collisions', collisions, meta[6])
if changed > 0 then
  call('HSET', KEYS[1], unpack(changes, 1, changed))
end
call('HSET', KEYS[2], ARGV[3], ARGV[5])
return {'OK', level, split, count, tombstones, collisions, table.concat(outcomes)}
