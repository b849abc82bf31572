// Chinese.
import type { Phrases } from './phrases.ts'

const withModels = (backend: string, models: string | undefined): string =>
  models === undefined ? `${backend} ` : `${backend}（${models}）`
const because = (reason: string | undefined): string => (reason === undefined ? '' : `：${reason}`)

export const ZH: Phrases = {
  severity: { page: '紧急', ticket: '工单' },
  titleFiring: (severity, subject) => `【${severity}】${subject}`,
  titleResolved: (severity, subject, duration) => `【已恢复·${severity}】${subject}，历时 ${duration}`,
  titleTest: (receiver) => `【测试】Weir 可以通知到 ${receiver}`,
  titleHeartbeat: '【心跳】Weir 正在值守',
  titleMany: ({ severity, firing, over }) =>
    firing === 0
      ? `【已恢复·${severity}】${over} 条告警`
      : `【${severity}】${firing} 条正在告警${over > 0 ? `，${over} 条已恢复` : ''}`,
  andMore: (subject, count) => `${subject}（另有 ${count} 条）`,
  subject: {
    burn: (objective, times) => `${objective} 的错误预算消耗过快，为允许速度的 ${times} 倍`,
    exhausted: (objective) => `${objective} 的错误预算已用尽`,
    noData: (objective) => `${objective} 没有收到请求`,
    threshold: (rule, measure, value) => `${rule}：${measure} ${value}`,
    backendDown: (backend) => `后端 ${backend} 无响应`,
    gatewayDown: '网关无响应',
    watchdog: {
      evaluation: '服务目标未在评估，新的问题不会告警',
      delivery: (receiver) => `告警无法送达 ${receiver}`,
    },
  },
  what: {
    burn: ({ bad, events, window, promise }) =>
      `最近 ${window}的 ${events} 个请求中有 ${bad} 个未达到目标（${promise}）。`,
    exhausted: ({ promise, window }) => `${window}的错误预算已用尽（目标：${promise}）。`,
    noData: (promise) => `没有请求，无法判断目标（${promise}）是否达成。`,
    threshold: ({ measure, value, threshold }) => `${measure}为 ${value}，超过上限 ${threshold}。`,
    backendDown: (backend, reason, models) => `后端 ${withModels(backend, models)}无响应：${reason}。`,
    gatewayDown: '网关无响应，恢复之前无法判断其他情况。',
    watchdog: {
      evaluation: () => '服务目标未在评估，此期间发生的任何问题都不会有人收到通知。',
      delivery: (receiver) => (reason) => `无法通知到 ${receiver}${because(reason)}。`,
    },
  },
  was: {
    burn: ({ bad, events, window, promise }) =>
      `${window}内的 ${events} 个请求中有 ${bad} 个未达到目标（${promise}）。`,
    exhausted: ({ promise, window }) => `${window}的错误预算曾用尽（目标：${promise}）。`,
    noData: (promise) => `此期间没有请求，无法判断目标（${promise}）是否达成。`,
    threshold: ({ measure, value, threshold }) => `恢复前${measure}为 ${value}，超过上限 ${threshold}。`,
    backendDown: (backend, reason, models) => `后端 ${withModels(backend, models)}此前无响应：${reason}。`,
    gatewayDown: '网关此前无响应。',
    watchdog: {
      evaluation: () => '服务目标此前未在评估，此期间发生的问题没有发出通知。',
      delivery: (receiver) => (reason) => `此前无法通知到 ${receiver}${because(reason)}。`,
    },
  },
  spending: {
    allowed: '目前消耗速度在允许范围内。',
    ongoing: ({ times, window, recentTimes, recentWindow }) =>
      `目前仍在超速消耗：最近 ${window}为允许速度的 ${times} 倍，最近 ${recentWindow}为 ${recentTimes} 倍。`,
    past: ({ times, window, recentWindow }) =>
      `最近 ${window}的消耗速度为允许速度的 ${times} 倍，但最近 ${recentWindow}已在允许范围内。`,
  },
  unanswered: (backends) =>
    `无响应的后端：${backends.map(({ backend, models }) => `${backend}${models === undefined ? '' : `（${models}）`}`).join('；')}。`,
  models: (names, more) => `模型 ${names.join('、')}${more === 0 ? '' : ` 等 ${names.length + more} 个`}`,
  since: (moment, duration) => `开始于 ${moment}（已持续 ${duration}）。`,
  lasted: (from, to, duration) => `从 ${from} 到 ${to}，共 ${duration}。`,
  scope: (parts) => `影响范围：${parts.join('，')}。`,
  place: (parts) => `位置：${parts.join('，')}。`,
  scopePart: {
    model: (name) => `模型 ${name}`,
    tenant: (name) => `租户 ${name}`,
    route: (name) => `接口 ${name}`,
    backend: (name) => `后端 ${name}`,
    gpu: (name) => `GPU ${name}`,
    mount: (name) => `磁盘 ${name}`,
  },
  blamed: (slices) => `原因分布：${slices.join('；')}。`,
  blamedSlice: ({ phase, backend, model, band, tenant, share, slowdown }) => {
    const where = [
      ...(backend === undefined ? [] : [`后端 ${backend}`]),
      ...(model === undefined ? [] : [`模型 ${model}`]),
      ...(band === undefined ? [] : [`提示词 ${band}`]),
      ...(tenant === undefined ? [] : [`租户 ${tenant}`]),
      ...(slowdown === undefined ? [] : [`因其生成耗时为平时的 ${slowdown} 倍`]),
    ]
    return `${phase}${/[!-~]$/.test(phase) ? ' ' : ''}占 ${share}${where.length === 0 ? '' : `（${where.join('，')}）`}`
  },
  promises: {
    availability: () => '请求成功',
    duration: (threshold) => `回答在 ${threshold}内完成`,
    firstToken: (threshold) => `首个 token 在 ${threshold}内返回`,
    perToken: (threshold) => `回答每个 token 不超过 ${threshold}`,
    interToken: (threshold) => `回答的 token 间隔不超过 ${threshold}`,
    guard: (threshold) => `内容安全检查在 ${threshold}内完成`,
  },
  promised: (ratio, what) => `${ratio} 的${what}`,
  measures: {
    availability: () => '失败请求占比',
    duration: (threshold) => `耗时超过 ${threshold}的请求占比`,
    firstToken: (threshold) => `首个 token 晚于 ${threshold}的请求占比`,
    perToken: (threshold) => `每个 token 超过 ${threshold}的回答占比`,
    interToken: (threshold) => `token 间隔超过 ${threshold}的回答占比`,
    guard: (threshold) => `超过 ${threshold}的内容安全检查占比`,
    gpuMemory: () => '显存使用率',
    gpuUtilization: () => 'GPU 利用率',
    gpuTemperature: () => 'GPU 温度',
    hostMemory: () => '内存使用率',
    hostCpu: () => 'CPU 使用率',
    hostDisk: () => '磁盘使用率',
  },
  window: (text) => (text === 'the month' ? '当月' : text.replace(/^(\d+) days?$/, '$1 天')),
  phases: {
    receive: '接收请求',
    authenticate: '校验密钥',
    limit: '限额检查',
    guard: '内容安全检查',
    queue: '排队等待',
    retry: '失败后重试',
    connect: '建立连接',
    load: '加载模型',
    prefill: '处理提示词（prefill）',
    decode: '生成缓慢（decode）',
    'client-stall': '客户端读取缓慢',
    client: '客户端读取缓慢',
    gateway: '网关自身',
    length: '回答较长',
  },
  codes: {
    queue_full: '队列已满',
    queue_timeout: '排队超时',
    no_backend: '没有可用的后端',
    backend_unreachable: '后端无法连接',
    backend_error: '后端报错',
    backend_protocol_error: '后端应答异常',
    first_token_timeout: '首个 token 超时',
    idle_timeout: '回答中途停滞',
    deadline_exceeded: '回答超过总时限',
    stream_interrupted: '回答中断',
    guard_unavailable: '内容安全检查不可用',
    draining: '网关正在关闭',
    internal: '网关内部错误',
  },
  coded: (words, code) => `${words}（${code}）`,
  relapsed: (count, hold) => `近期已反复 ${count} 次，因此需平稳 ${hold}后才视为恢复。`,
  late: (reason) => `告警期间未能送达${reason === undefined ? '' : `：${reason}`}。`,
  someOver: (count) => `同组中已有 ${count} 条恢复。`,
  more: (count) => `另有 ${count} 条。`,
  testBody: (receiver) => `有人执行了“weir alerts test ${receiver}”以确认消息能否送达，一切正常。`,
  heartbeatBody: '服务目标评估与告警发送均正常。此消息中断时请检查。',
  facts: {
    attained: '实际',
    budget: '错误预算',
    exhausted: '按此速度耗尽还需',
    rate: '消耗速度',
  },
  budgetSpent: (over) => `已用尽，超支 ${over}`,
  budgetJustSpent: '已用尽',
  budgetSpentTimes: (times) => `已用尽，消耗达预算的 ${times} 倍`,
  budgetLeft: (left) => `剩余 ${left}`,
  attained: (ratio, window, target) => `${window}内 ${ratio}，目标 ${target}`,
  attainedNothing: (window, target) => `${window}内无数据，目标 ${target}`,
  rate: ({ rate, long, short, factor }) => `${long}与 ${short}内 ${rate} 倍，上限 ${factor} 倍`,
  links: { console: '控制台', dashboard: '仪表盘', logs: '日志', runbook: '处理手册' },
  toSilence: '静默此告警',
  count: String,
  percent: (digits) => `${digits}%`,
  units: { d: ' 天', h: ' 小时', m: ' 分钟', s: ' 秒' },
  unitJoint: ' ',
  sentenceJoint: '',
  colon: '：',
}
