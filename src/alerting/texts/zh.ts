// Chinese.
import type { Phrases } from './phrases.ts'

export const ZH: Phrases = {
  severity: { page: '紧急', ticket: '工单' },
  titleFiring: (severity, subject) => `【${severity}】${subject}`,
  titleResolved: (severity, subject, duration) => `【已恢复·${severity}】${subject}，持续 ${duration}`,
  titleTest: (receiver) => `【测试】Weir 可以通知到 ${receiver}`,
  titleHeartbeat: '【心跳】Weir 正在值守',
  titleMany: ({ firing, over }) =>
    firing === 0
      ? `【已恢复】${over} 条告警`
      : `【告警】${firing} 条告警中${over > 0 ? `，${over} 条已恢复` : ''}`,
  andMore: (subject, count) => `${subject}（另有 ${count} 条）`,
  subject: {
    burn: (objective, times) => `${objective} 的错误预算消耗过快，为允许速度的 ${times} 倍`,
    exhausted: (objective) => `${objective} 的错误预算已用尽`,
    noData: (objective, duration) => `${objective} 已 ${duration}没有请求`,
    threshold: (rule, measure, value) => `${rule}：${measure}为 ${value}`,
    backendDown: (backend) => `后端 ${backend} 无响应`,
    gatewayDown: '网关无响应',
    watchdog: '告警可能无法送达',
  },
  what: {
    burn: ({ bad, events, window, promise }) =>
      `最近 ${window} 的 ${events} 个请求中有 ${bad} 个未达到目标（${promise}）。`,
    exhausted: ({ promise, window }) => `${window} 的错误预算已用尽，目标为 ${promise}。`,
    noData: (promise) => `没有请求，无法判断目标（${promise}）是否达成。`,
    threshold: ({ measure, value, threshold, duration }) =>
      `${measure}为 ${value}，持续 ${duration}超过上限 ${threshold}。`,
    backendDown: (backend, reason) => `后端 ${backend} 无响应：${reason}。`,
    gatewayDown: '网关无响应，恢复之前无法判断其他情况。',
    watchdog: (broken) => `告警系统自身异常：${broken}。`,
  },
  since: (moment, duration) => `开始于 ${moment}（已持续 ${duration}）。`,
  lasted: (from, to, duration) => `从 ${from} 到 ${to}，共 ${duration}。`,
  scope: (parts) => `影响范围：${parts.join('，')}。`,
  scopePart: {
    model: (name) => `模型 ${name}`,
    tenant: (name) => `租户 ${name}`,
    route: (name) => `接口 ${name}`,
    backend: (name) => `后端 ${name}`,
  },
  blamed: (slices) => `原因分布：${slices.join('；')}。`,
  blamedSlice: ({ phase, backend, model, band, tenant, share }) => {
    const where = [
      ...(backend === undefined ? [] : [`后端 ${backend}`]),
      ...(model === undefined ? [] : [`模型 ${model}`]),
      ...(band === undefined ? [] : [`提示词 ${band}`]),
      ...(tenant === undefined ? [] : [`租户 ${tenant}`]),
    ]
    return `${phase}占 ${share}${where.length === 0 ? '' : `（${where.join('，')}）`}`
  },
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
  relapsed: (count, hold) => `近期已反复 ${count} 次，因此需平稳 ${hold}后才视为恢复。`,
  late: (reason) => `告警期间未能送达${reason === undefined ? '' : `：${reason}`}。`,
  someOver: (count) => `同组中已有 ${count} 条恢复。`,
  more: (count) => `另有 ${count} 条。`,
  testBody: (receiver) => `有人执行了“weir alerts test ${receiver}”以确认消息能否送达，一切正常。`,
  heartbeatBody: '服务目标评估与告警发送均正常。此消息中断时请检查。',
  facts: {
    promise: '目标',
    attained: '实际',
    budget: '错误预算',
    exhausted: '按此速度耗尽还需',
    rate: '消耗速度',
    limit: '上限',
    since: '开始时间',
  },
  budgetSpent: (over) => `已用尽，超支 ${over}`,
  budgetLeft: (left) => `剩余 ${left}`,
  attained: (ratio, window, target) => `${window} 内 ${ratio}，目标 ${target}`,
  attainedNothing: (window, target) => `${window} 内无数据，目标 ${target}`,
  rate: ({ rate, long, short, factor }) => `${long} 与 ${short} 内 ${rate} 倍，上限 ${factor} 倍`,
  links: { console: '控制台', dashboard: '仪表盘', logs: '日志', runbook: '处理手册' },
  toSilence: '静默此告警',
  percent: (digits) => `${digits}%`,
  units: { d: ' 天', h: ' 小时', m: ' 分钟', s: ' 秒' },
  unitJoint: ' ',
  sentenceJoint: '',
  colon: '：',
}
