// The scripts that count limits in Redis, one call a decision: what they read and write happens at one moment for everybody.
// The sums are those of ledger/counter.ts in the same order, and numbers are kept with all their digits, so that both
// ledgers give equal answers. Text only; who runs them is redis-ledger.ts.
import { SLOT_WAIT_MS, TOLERANCE } from '../ledger/ledger.ts'

export interface Script {
  readonly name: string
  readonly source: string
}

/** Keys live this much longer than they mean something, so that a step of the server's clock loses nothing. */
const MARGIN_MS = 60_000
/** A century: the server refuses times that end beyond what it can count to. */
const MOST_TTL_MS = 3_155_760_000_000

/** The first argument of every script is empty: then the server's own clock counts, which is one for all gateways. Tests give a time. */
const COMMON = `
local now
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
else
  now = tonumber(ARGV[1])
end
local function digits(number) return string.format('%.17g', number) end
local function read(key)
  local text = redis.call('GET', key)
  if not text then return nil end
  local used, at = string.match(text, '^(%S+) (%S+)$')
  return tonumber(used), tonumber(at)
end
local function level(key, per)
  local used, at = read(key)
  if not used then return 0 end
  local elapsed = now - at
  if elapsed <= 0 then return used end
  local left = used - elapsed * per
  if left > 0 then return left end
  return 0
end
local function keep(key, used, at, ttl)
  redis.call('SET', key, digits(used) .. ' ' .. digits(at), 'PX', digits(math.min(math.ceil(ttl), ${MOST_TTL_MS}) + ${MARGIN_MS}))
end
local function whole(ms) return math.ceil(ms - ${TOLERANCE}) end
local function remaining(cap, used) return math.max(0, math.floor(cap - used + ${TOLERANCE})) end
`

/**
 * KEYS: the reservation, then one for each rule. ARGV: time, id, lease, how long the reservation is remembered (0: not at
 * all), then seven for each rule: kind (b bucket, s slots, m money), capacity, refill, amount and three period boundaries.
 * Answers: the place of the rule that refused or -1, the wait, then remaining and reset of each rule.
 */
export const RESERVE: Script = {
  name: 'reserve',
  source: `${COMMON}
local id, lease, remembered = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if remembered > 0 and redis.call('EXISTS', KEYS[1]) == 1 then return {} end
local rules, refused, wait = {}, -1, 0
for i = 1, #KEYS - 1 do
  local o = 4 + (i - 1) * 7
  local rule = { key = KEYS[i + 1], kind = ARGV[o + 1], cap = tonumber(ARGV[o + 2]), per = tonumber(ARGV[o + 3]), amount = tonumber(ARGV[o + 4]) }
  local w = 0
  if rule.kind == 's' then
    redis.call('ZREMRANGEBYSCORE', rule.key, '-inf', digits(now))
    rule.used = redis.call('ZCARD', rule.key)
    if rule.used >= rule.cap then w = ${SLOT_WAIT_MS} end
  elseif rule.kind == 'b' then
    rule.used = level(rule.key, rule.per)
    local over = rule.used + rule.amount - rule.cap
    if rule.amount ~= 0 and over > ${TOLERANCE} then w = math.max(1, whole(over / rule.per)) end
  else
    local first, second, third = tonumber(ARGV[o + 5]), tonumber(ARGV[o + 6]), tonumber(ARGV[o + 7])
    local start = first
    if now >= second then start = second end
    local used, at = read(rule.key)
    if used and at >= start then start = at else used = 0 end
    rule.used, rule.start = used, start
    if start == first then rule.stop = second else rule.stop = third end
    if rule.amount ~= 0 and used + rule.amount > rule.cap then w = math.max(1, math.ceil(rule.stop - now)) end
  end
  if w > wait then refused, wait = i - 1, w end
  rules[i] = rule
end
local answer, starts = { refused, wait }, {}
for i, rule in ipairs(rules) do
  if refused == -1 then
    if rule.kind == 's' then
      rule.used = rule.used + 1
      redis.call('ZADD', rule.key, digits(now + lease), id)
      redis.call('PEXPIRE', rule.key, digits(lease + ${MARGIN_MS}))
    else
      rule.used = rule.used + rule.amount
      if rule.kind == 'b' then
        keep(rule.key, rule.used, now, rule.used / rule.per)
      else
        keep(rule.key, rule.used, rule.start, math.max(0, rule.stop - now))
      end
    end
  end
  starts[i] = digits(rule.start or 0)
  answer[#answer + 1] = remaining(rule.cap, rule.used)
  if rule.kind == 'b' then
    answer[#answer + 1] = whole(rule.used / rule.per)
  elseif rule.kind == 'm' then
    answer[#answer + 1] = math.max(1, math.ceil(rule.stop - now))
  else
    answer[#answer + 1] = 0
  end
end
if refused == -1 and remembered > 0 then
  redis.call('SET', KEYS[1], table.concat(starts, ' '), 'PX', digits(remembered))
end
return answer
`,
}

/**
 * KEYS: the reservation, then one for each rule that changes. ARGV: time, id, mode, how long the end is remembered, then five
 * for each rule: kind, refill, change, its place among the rules of the reservation, start and end of its period.
 * Modes: `settle` what was granted, once; `cancel` what may have been granted, whenever it is; `charge` what never was.
 */
export const SETTLE: Script = {
  name: 'settle',
  source: `${COMMON}
local id, mode, remembered = ARGV[2], ARGV[3], ARGV[4]
local reservation = redis.call('GET', KEYS[1])
if mode == 'charge' then
  if reservation then return 0 end
  redis.call('SET', KEYS[1], 'over', 'PX', remembered)
elseif not reservation or reservation == 'over' then
  if mode == 'cancel' then redis.call('SET', KEYS[1], 'over', 'PX', remembered) end
  return 0
else
  redis.call('DEL', KEYS[1])
end
local starts = {}
if mode ~= 'charge' then
  for start in string.gmatch(reservation, '%S+') do starts[#starts + 1] = tonumber(start) end
end
for i = 1, #KEYS - 1 do
  local o = 4 + (i - 1) * 6
  local key, kind, per, change = KEYS[i + 1], ARGV[o + 1], tonumber(ARGV[o + 2]), tonumber(ARGV[o + 3])
  if kind == 's' then
    redis.call('ZREM', key, id)
  elseif kind == 'b' then
    local used = math.max(0, level(key, per) + change)
    keep(key, used, now, used / per)
  else
    local used, at = read(key)
    local start = starts[tonumber(ARGV[o + 4])] or tonumber(ARGV[o + 5])
    if mode == 'charge' and (not used or at < start) then used, at = 0, start end
    if used and at == start and change ~= 0 then
      local ttl = redis.call('PTTL', key)
      if ttl < 0 then ttl = math.max(0, tonumber(ARGV[o + 6]) - now) + ${MARGIN_MS} end
      redis.call('SET', key, digits(math.max(0, used + change)) .. ' ' .. digits(at), 'PX', digits(math.ceil(ttl)))
    end
  end
end
return 1
`,
}

/** KEYS: the reservation, then its slots. ARGV: time, id, lease, how long the reservation is remembered. */
export const RENEW: Script = {
  name: 'renew',
  source: `${COMMON}
local reservation = redis.call('GET', KEYS[1])
if not reservation or reservation == 'over' then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local lease = tonumber(ARGV[3])
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', digits(now))
  redis.call('ZADD', KEYS[i], 'XX', digits(now + lease), ARGV[2])
  redis.call('PEXPIRE', KEYS[i], digits(lease + ${MARGIN_MS}))
end
return 1
`,
}

/**
 * KEYS: the rules. ARGV: time, then five for each rule: kind, refill and three period boundaries. Answers what is used of each,
 * as text with all its digits, and the reset. Writes nothing.
 */
export const LOOK: Script = {
  name: 'look',
  source: `${COMMON}
local answer = {}
for i = 1, #KEYS do
  local o = 1 + (i - 1) * 5
  local kind, per = ARGV[o + 1], tonumber(ARGV[o + 2])
  local used, reset = 0, 0
  if kind == 's' then
    used = redis.call('ZCOUNT', KEYS[i], '(' .. digits(now), '+inf')
  elseif kind == 'b' then
    used = level(KEYS[i], per)
    reset = math.max(0, whole(used / per))
  else
    local first, second, third = tonumber(ARGV[o + 3]), tonumber(ARGV[o + 4]), tonumber(ARGV[o + 5])
    local start = first
    if now >= second then start = second end
    local spent, at = read(KEYS[i])
    if spent and at >= start then start, used = at, spent end
    local stop = third
    if start == first then stop = second end
    reset = math.max(1, math.ceil(stop - now))
  end
  answer[#answer + 1] = digits(used)
  answer[#answer + 1] = reset
end
return answer
`,
}

/** Whether the server can be written to: one that can only be read counts nothing. */
export const PROBE: Script = {
  name: 'probe',
  source: `redis.call('SET', KEYS[1], '1', 'PX', 1000) return 1`,
}
