-- Applies the entries of one stretch of a volume and moves the volume's checkpoint, both or neither.
-- KEYS: meta, checkpoints, names, dead bytes, sums
-- ARGV: prefix of the buckets, epoch, volume, from, to, entries, entries a bucket should have,
--   1 to hear what became of each entry, then by pairs what the entries that are counted change in the
--   sums if each is the first of its name
--
-- An entry of ARGV[6] is: command flags (1 byte: 1 collided, 2 counted), the value (21 bytes, as it is
-- stored), the 8 bytes of the hash, 8 bytes that it adds to the sum of its slot when it is current, and
-- for a collided one the name's length (2 bytes) and the name.
-- Neighbours of the same bucket are looked up and stored together: a call costs more than an entry.
--
-- Numbers of 64 bits are two halves: Lua's numbers hold 53 bits.
-- Strings are never compared with "<": Lua compares them by the locale.
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
local format, floor, fmod = string.format, math.floor, math.fmod
local bxor, rol, ror, tobit = bit.bxor, bit.rol, bit.ror, bit.tobit
local HALF, SLOTS = 4294967296, 16384
local prefix, blob, target = ARGV[1], ARGV[6], tonumber(ARGV[7])
local level, split, entries = tonumber(meta[2]), tonumber(meta[3]), tonumber(meta[4])
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

-- What the sums change by, as BITFIELD has it: what is expected, and what is otherwise. The latter is
-- gathered as long as entries of one slot follow each other.
local sumChanges, sumChanged = {}, 0
local slot, photosHigh, photosLow, tombstonesHigh, tombstonesLow = -1, 0, 0, 0, 0

local function addSums()
  if sumChanged > 0 then
    call('BITFIELD', KEYS[5], unpack(sumChanges, 1, sumChanged))
    sumChanged = 0
  end
end

for i = 9, #ARGV, 2 do
  sumChanges[sumChanged + 1], sumChanges[sumChanged + 2] = 'INCRBY', 'i64'
  sumChanges[sumChanged + 3], sumChanges[sumChanged + 4] = ARGV[i], ARGV[i + 1]
  sumChanged = sumChanged + 4
end

local function addSum(lane, high, low)
  local rest = low % HALF
  high = (high + (low - rest) / HALF) % HALF
  if high == 0 and rest == 0 then
    return
  end
  local sign = ''
  if high >= HALF / 2 then
    sign = '-'
    high = (rest == 0 and HALF or HALF - 1) - high
    rest = (HALF - rest) % HALF
  end
  -- Redis takes it as text. Long division by 10^9. The quotient of the upper half is a little off, but below 10^10: its
  -- nearest integer is right.
  local upper = high * HALF
  local remainder = fmod(upper, 1e9)
  local quotient = floor((upper - remainder) / 1e9 + 0.5)
  remainder = remainder + rest
  quotient = quotient + floor(remainder / 1e9)
  remainder = remainder % 1e9
  sumChanges[sumChanged + 1], sumChanges[sumChanged + 2] = 'INCRBY', 'i64'
  sumChanges[sumChanged + 3] = '#' .. lane
  sumChanges[sumChanged + 4] = quotient > 0 and format('%s%d%09d', sign, quotient, remainder)
    or format('%s%d', sign, remainder)
  sumChanged = sumChanged + 4
  if sumChanged >= 4096 then
    addSums()
  end
end

local function endSlot()
  if slot >= 0 then
    addSum(slot, photosHigh, photosLow)
    addSum(SLOTS + slot, tombstonesHigh, tombstonesLow)
    photosHigh, photosLow, tombstonesHigh, tombstonesLow = 0, 0, 0, 0
  end
end

local function change(hashLow, value, high, low)
  local its = hashLow % SLOTS
  if its ~= slot then
    endSlot()
    slot = its
  end
  if byte(value, 9) % 2 == 0 then
    photosHigh, photosLow = photosHigh + high, photosLow + low
  else
    tombstonesHigh, tombstonesLow = tombstonesHigh + high, tombstonesLow + low
  end
end

-- Sees to it that the entry at "at" is in the sums as often as "times" says, 0 or 1.
local function count(at, value, times)
  local counted = byte(blob, at) >= 2 and 1 or 0
  if counted ~= times then
    local hashLow, high, low = unpackBytes('>I4I4I4', blob, at + 26)
    change(hashLow, value, high * (times - counted), low * (times - counted))
  end
end

-- Takes out what the entry at "at" takes the place of: eight rounds of Speck64 over the hash, keyed by
-- the halves of the version in turn.
local function uncount(at, value)
  local x, hashLow = unpackBytes('>I4I4', blob, at + 22)
  local next, key = unpackBytes('>I4I4', value)
  local y = hashLow
  for round = 0, 7 do
    x = bxor(tobit(ror(x, 8) + y), tobit(key + round))
    y = bxor(rol(y, 3), x)
    key, next = next, key
  end
  change(hashLow, value, -(x % HALF), -(y % HALF))
end

-- The value that stands when a new one, the entry at "at", meets the old one.
local function settle(at, value, old)
  if old == value then
    count(at, value, 0)
    return old
  end
  if not wins(value, old) then
    count(at, value, 0)
    bury(value)
    return old
  end
  bury(old)
  local kind, oldKind = byte(value, 9) % 2, byte(old, 9) % 2
  tombstones = tombstones + kind - oldKind
  if kind == oldKind and sub(value, 1, 8) == sub(old, 1, 8) then
    count(at, value, 0)
  else
    count(at, value, 1)
    uncount(at, old)
  end
  return value
end

-- A name that nothing was known of.
local function begin(at, value)
  tombstones = tombstones + byte(value, 9) % 2
  count(at, value, 1)
end

local function applyOne(key, field, at, value)
  if call('HSETNX', key, field, value) == 1 then
    begin(at, value)
    tell(value, value)
    return 1
  end
  local old = call('HGET', key, field)
  local current = settle(at, value, old)
  if current ~= old then
    call('HSET', key, field, current)
  end
  tell(value, current)
  return 0
end

-- Entries of one bucket, in the order in which they came: a name may be among them twice.
local fields, values, places, gathered, bucket = {}, {}, {}, 0, -1
local function applyGathered()
  if gathered == 0 then
    return
  end
  local key = prefix .. bucket
  if gathered == 1 then
    entries = entries + applyOne(key, fields[1], places[1], values[1])
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
      current = settle(places[i], value, old)
    else
      entries = entries + 1
      begin(places[i], value)
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
    local length = unpackBytes('>I2', blob, at + 38)
    collisions = collisions + applyOne(KEYS[3], sub(blob, at + 40, at + 39 + length), at, value)
    at = at + 40 + length
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
    places[gathered] = at
    at = at + 38
  end
end
applyGathered()
endSlot()
addSums()

-- Linear hashing: the buckets are split in their order, one for each "target" entries that come.
while entries > (size + split) * target do
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
note('count', entries, meta[4])
note('tombstones', tombstones, meta[5])
note('collisions', collisions, meta[6])
if changed > 0 then
  call('HSET', KEYS[1], unpack(changes, 1, changed))
end
call('HSET', KEYS[2], ARGV[3], ARGV[5])
return {'OK', level, split, entries, tombstones, collisions, table.concat(outcomes)}
