package io.backpack.queue;

import io.backpack.redis.RedisScript;

/**
 * All changes of the queue in Redis, each one atomic. The keys are described in {@code
 * docs/format.md}.
 *
 * <p>Redis 6.2 wants {@code replicate_commands} before a write that follows a look at the clock;
 * from 7.0 on it does nothing.
 *
 * <p>A server at its {@code maxmemory} refuses the first command of a script that may need memory,
 * and nothing after a command that wrote. So that a full server can be emptied, and can still say
 * that a target is behind, what takes away comes before what adds.
 */
final class Scripts {
  /**
   * Appends a task, or counts it in the mark "is behind" when the target has too many or they take
   * too many bytes. The bytes are Redis' own estimate, which costs the same however many there are;
   * few tasks are not worth asking for it.
   *
   * <pre>
   *   keys: tasks, later, behind, targets   arguments: target, task, cap of tasks, cap of bytes
   *   answer: 1 queued, 0 collapsed into the mark
   * </pre>
   */
  static final RedisScript PUSH =
      RedisScript.of(
          """
          redis.replicate_commands()
          local waiting = redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])
          local full = waiting >= tonumber(ARGV[3])
          if not full and waiting >= 64 then
            full = (redis.call('MEMORY', 'USAGE', KEYS[1]) or 0)
                + (redis.call('MEMORY', 'USAGE', KEYS[2]) or 0) >= tonumber(ARGV[4])
          end
          if full then
            local now = redis.call('TIME')
            redis.call('HDEL', KEYS[3], '')
            redis.call('HSETNX', KEYS[3], 'since', now[1] * 1000 + math.floor(now[2] / 1000))
            redis.call('HINCRBY', KEYS[3], 'tasks', 1)
            redis.call('SADD', KEYS[4], ARGV[1])
            return 0
          end
          redis.call('XADD', KEYS[1], '*', 'task', ARGV[2])
          redis.call('SADD', KEYS[4], ARGV[1])
          return 1
          """);

  /**
   * Moves retries that are due back into the stream, then takes tasks whose lease ran out, then new
   * ones. Makes the group when there is none, as after the server lost its data. What is no retry
   * goes into the stream as it is, where it is found to be no task. A task that was deleted by hand
   * while it was leased is acknowledged: Redis 7 does that itself, 6.2 shows it as a nil without
   * its id.
   *
   * <pre>
   *   keys: tasks, later   arguments: group, consumer, lease in ms, most
   *   answer: now in ms, then for each task: id, deliveries, fields
   * </pre>
   */
  static final RedisScript TAKE =
      RedisScript.of(
          """
          redis.replicate_commands()
          local tasks, later = KEYS[1], KEYS[2]
          local group, consumer, lease, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
          local time = redis.call('TIME')
          local now = time[1] * 1000 + math.floor(time[2] / 1000)
          for _, member in ipairs(
              redis.call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, most)) do
            local first, attempts, tries, task = string.match(member, '^(%S+) (%d+) (%d+) (.*)$')
            redis.call('ZREM', later, member)
            if task then
              redis.call('XADD', tasks, '*', 'task', task, 'first', first,
                  'attempts', attempts, 'tries', tries)
            else
              redis.call('XADD', tasks, '*', 'task', member)
            end
          end
          local taken = {now}
          if redis.call('EXISTS', tasks) == 0 then
            return taken
          end
          local groups = redis.call('XINFO', 'GROUPS', tasks)
          local known = false
          for _, info in ipairs(groups) do
            for i = 1, #info, 2 do
              known = known or (info[i] == 'name' and info[i + 1] == group)
            end
          end
          if not known then
            redis.call('ZREM', later, '')
            redis.call('XGROUP', 'CREATE', tasks, group, '0')
          end
          local cursor, gone = '0-0', false
          repeat
            local claimed = redis.call('XAUTOCLAIM', tasks, group, consumer, lease, cursor,
                'COUNT', most - #taken + 1)
            cursor = claimed[1]
            for i = 1, #claimed[2] do
              local entry = claimed[2][i]
              if entry and entry[2] then
                local pending = redis.call('XPENDING', tasks, group, entry[1], entry[1], 1)
                taken[#taken + 1] = {entry[1], pending[1][4], entry[2]}
              else
                gone = true
              end
            end
          until cursor == '0-0' or #taken > most
          if gone then
            for _, pending in ipairs(
                redis.call('XPENDING', tasks, group, '-', '+', 1000, consumer)) do
              if #redis.call('XRANGE', tasks, pending[1], pending[1]) == 0 then
                redis.call('XACK', tasks, group, pending[1])
              end
            end
          end
          if #taken <= most then
            local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer,
                'COUNT', most - #taken + 1, 'STREAMS', tasks, '>')
            if fresh then
              for _, entry in ipairs(fresh[1][2]) do
                taken[#taken + 1] = {entry[1], 1, entry[2]}
              end
            end
          end
          return taken
          """);

  /**
   * Forgets a task.
   *
   * <pre>
   *   keys: tasks   arguments: group, id
   * </pre>
   */
  static final RedisScript DONE =
      RedisScript.of(
          """
          redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
          return redis.call('XDEL', KEYS[1], ARGV[2])
          """);

  /** Whether another consumer has the entry by now; one that is gone altogether nobody has. */
  private static final String OWNER =
      """
      redis.replicate_commands()
      local function taken_by_another(tasks, group, consumer, id)
        local pending = redis.pcall('XPENDING', tasks, group, id, id, 1)
        return not pending.err and #pending > 0 and pending[1][2] ~= consumer
      end
      """;

  /**
   * Begins the lease of a task anew, unless another has taken it.
   *
   * <pre>
   *   keys: tasks   arguments: group, consumer, id
   *   answer: 1 renewed, 0 lost
   * </pre>
   */
  static final RedisScript RENEW =
      RedisScript.of(
          OWNER
              + """
              if taken_by_another(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
                return 0
              end
              local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
              return claimed.err and 0 or #claimed
              """);

  /**
   * Sets a task aside until later, unless another has taken it. One that the server has lost is
   * kept as well: who calls still knows it.
   *
   * <pre>
   *   keys: tasks, later, targets   arguments: group, consumer, id, delay in ms, member, target
   *   answer: 1 kept, 0 another has it
   * </pre>
   */
  static final RedisScript RETRY =
      RedisScript.of(
          OWNER
              + """
              if taken_by_another(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
                return 0
              end
              redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
              redis.call('XDEL', KEYS[1], ARGV[3])
              local time = redis.call('TIME')
              local now = time[1] * 1000 + math.floor(time[2] / 1000)
              redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[5])
              redis.call('SADD', KEYS[3], ARGV[6])
              return 1
              """);

  /**
   * Makes a task a dead letter, unless another has taken it.
   *
   * <pre>
   *   keys: tasks, dead, dead:cut
   *   arguments: group, consumer, id, letters kept, target, task, attempts, reason
   *   answer: 1 buried, 0 another has it
   * </pre>
   */
  static final RedisScript BURY =
      RedisScript.of(
          OWNER
              + """
              if taken_by_another(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
                return 0
              end
              redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
              redis.call('XDEL', KEYS[1], ARGV[3])
              local before = redis.call('XLEN', KEYS[2])
              redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'target', ARGV[5],
                  'task', ARGV[6], 'attempts', ARGV[7], 'reason', ARGV[8])
              local cut = before + 1 - redis.call('XLEN', KEYS[2])
              if cut > 0 then
                redis.call('INCRBY', KEYS[3], cut)
              end
              return 1
              """);

  /**
   * Puts dead letters back in line as new tasks. What has no target or task, which only a hand can
   * have written, stays.
   *
   * <pre>
   *   keys: dead, targets   arguments: prefix of the keys, first id, last id, most
   *   answer: how many, the id of the last one that was looked at or ''
   * </pre>
   */
  static final RedisScript REQUEUE =
      RedisScript.of(
          """
          redis.replicate_commands()
          local count, last = 0, ''
          for _, letter in ipairs(
              redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[3], 'COUNT', ARGV[4])) do
            local fields = {}
            for i = 1, #letter[2], 2 do
              fields[letter[2][i]] = letter[2][i + 1]
            end
            if fields.target and fields.task then
              redis.call('XDEL', KEYS[1], letter[1])
              redis.call('XADD', ARGV[1] .. ':{' .. fields.target .. '}:tasks', '*',
                  'task', fields.task)
              redis.call('SADD', KEYS[2], fields.target)
              count = count + 1
            end
            last = letter[1]
          end
          return {count, last}
          """);

  /**
   * Takes a mark "is behind" away if no task has collapsed into it since it was looked at. One that
   * the server lost and made again is told by its time.
   *
   * <pre>
   *   keys: behind   arguments: since, tasks
   *   answer: 1 it is gone, 0 it has changed
   * </pre>
   */
  static final RedisScript CLEAR =
      RedisScript.of(
          """
          local mark = redis.call('HMGET', KEYS[1], 'since', 'tasks')
          if mark[2] and (mark[1] ~= ARGV[1] or mark[2] ~= ARGV[2]) then
            return 0
          end
          redis.call('DEL', KEYS[1])
          return 1
          """);

  /**
   * Looks at everything. The age of retries is that of the oldest among the 100 due next.
   *
   * <pre>
   *   keys: targets, dead, dead:cut   arguments: prefix of the keys, group, letters listed
   *   answer: now, {target, in stream, leased, retrying, first ms or -1, behind since, behind
   *           tasks}..., dead, cut, letters
   * </pre>
   */
  static final RedisScript STATUS =
      RedisScript.of(
          """
          local time = redis.call('TIME')
          local now = time[1] * 1000 + math.floor(time[2] / 1000)
          local targets = {}
          for _, target in ipairs(redis.call('SMEMBERS', KEYS[1])) do
            local prefix = ARGV[1] .. ':{' .. target .. '}:'
            local oldest = now
            local length = redis.call('XLEN', prefix .. 'tasks')
            local head = redis.call('XRANGE', prefix .. 'tasks', '-', '+', 'COUNT', 1)[1]
            local leased = 0
            if head then
              local pending = redis.pcall('XPENDING', prefix .. 'tasks', ARGV[2])
              leased = pending.err and 0 or pending[1]
              local first = head[1]
              for i = 1, #head[2], 2 do
                if head[2][i] == 'first' then
                  first = head[2][i + 1]
                end
              end
              oldest = math.min(oldest, tonumber(string.match(first, '^%d+')) or now)
            end
            local retrying = redis.call('ZCARD', prefix .. 'later')
            for _, member in ipairs(redis.call('ZRANGE', prefix .. 'later', 0, 99)) do
              oldest = math.min(oldest, tonumber(string.match(member, '^%d+')) or now)
            end
            local behind = redis.call('HMGET', prefix .. 'behind', 'since', 'tasks')
            targets[#targets + 1] = {target, length, leased, retrying,
                (length + retrying > 0) and (now - oldest) or -1,
                behind[1] or '', behind[2] or ''}
          end
          return {now, targets, redis.call('XLEN', KEYS[2]), redis.call('GET', KEYS[3]) or '0',
              redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', ARGV[3])}
          """);

  private Scripts() {}
}
