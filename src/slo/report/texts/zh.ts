// Chinese.
import { toPlace, type Phrases } from './phrases.ts'

const PROMISES: Readonly<Record<string, (threshold: string) => string>> = {
  availability: () => '请求成功',
  duration: (threshold) => `回答在 ${threshold}内完成`,
  firstToken: (threshold) => `首个 token 在 ${threshold}内返回`,
  perToken: (threshold) => `回答每个 token 不超过 ${threshold}`,
  interToken: (threshold) => `回答的 token 间隔不超过 ${threshold}`,
  guard: (threshold) => `内容安全检查在 ${threshold}内完成`,
}

const PHASES: Readonly<Record<string, string>> = {
  receive: '接收请求',
  authenticate: '校验密钥',
  limit: '限额检查',
  guard: '内容安全检查',
  queue: '排队等待',
  retry: '失败后重试',
  connect: '建立连接',
  load: '加载模型',
  prefill: '处理提示词',
  decode: '生成缓慢',
  length: '回答较长',
  'client-stall': '客户端读取缓慢',
  gateway: '网关自身',
}

const WHOLE = 100
const SECOND_MS = 1_000
const MOST_SAID = 3
const WORTH_SAYING_RATIO = 0.1

function printThreshold(ms: number): string {
  return ms < SECOND_MS ? `${ms} 毫秒` : `${ms / SECOND_MS} 秒`
}

function printIdle(idle: string | undefined): string {
  return idle === undefined ? '' : `，其中 ${idle} 分钟没有请求`
}

export const ZH: Phrases = {
  htmlLanguage: 'zh-CN',
  sentenceJoint: '',
  fullStop: '。',
  title: '服务水平报告',
  units: { d: '天', h: '小时', m: '分钟', s: '秒' },
  written: (moment) => `生成于 ${moment}。`,
  period: ({ from, to, zone, soFar }) => `${from} 至 ${to}（${zone}）${soFar ? '，尚未结束' : ''}`,
  promise({ kind, thresholdMs = 0 }, target, english) {
    const what = Object.hasOwn(PROMISES, kind) ? PROMISES[kind]?.(printThreshold(thresholdMs)) : undefined
    return what === undefined ? english : `${target} 的${what}`
  },
  verdicts: { kept: '达成', broken: '未达成', unknown: '未知' },
  heads: {
    objective: '目标',
    promise: '承诺',
    attained: '实际',
    verdict: '结论',
    budgetSpent: '已用预算',
    notCounted: '未统计',
    began: '开始',
    lasted: '持续',
    bad: '不达标',
    requests: '请求',
    budget: '占预算',
    asTime: '折合时间',
    carriedBy: '主要来源',
    hour: '起始小时',
    cause: '原因',
    share: '占比',
    example: '最长的一个',
    model: '模型',
    tenant: '租户',
    reason: '原因',
    name: '名称',
    until: '至',
    from: '自',
    minutes: '分钟数',
    what: '说明',
  },
  sections: {
    incidents: '事件',
    worstHours: '最差的小时',
    whySlow: '慢请求为何慢',
    whyFailed: '请求为何失败',
    hit: '影响范围',
    excluded: '不计入的请求',
    maintenance: '维护时段',
    known: '数据完整性',
  },
  attained: ({ ratio, good, total, target }) =>
    `实际 ${ratio}：${total} 个请求中有 ${good} 个达标。承诺：${target}。`,
  attainedNothing: '没有计入的请求，无法判断承诺是否达成。',
  attainedUncounted: '没有网关统计过这个目标，无法判断承诺是否达成。',
  budget: ({ events, time, bad, spent, left }) =>
    `错误预算允许其中 ${events} 个请求不达标，折合 ${time}。已用：${bad} 个，占 ${spent}。剩余：${left}。`,
  noIncidents: '无。',
  outside: (bad, spent) => `事件之外：${bad} 个请求不达标，占预算 ${spent}。`,
  smallOnes: ({ count, bad, spent }) => `另有 ${count} 个小事件：共 ${bad} 个请求不达标，占预算 ${spent}。`,
  byHour: '仅精确到小时',
  recordsGone: '原始记录已不再保留',
  noRecordFits: '没有对应的原始记录',
  moreRows: (count) => `另有 ${count} 条，见 JSON 格式的报告`,
  blamed({ of, slices }) {
    const said = slices
      .slice(0, MOST_SAID)
      .filter(({ shareRatio }, at) => at === 0 || shareRatio >= WORTH_SAYING_RATIO)
      .map((slice) => {
        const place = toPlace(slice)
        const phase = Object.hasOwn(PHASES, slice.phase) ? PHASES[slice.phase] : `${slice.phase} `
        const where = place.length === 0 ? '' : `（${place.join('，')}）`
        return `${phase}占 ${Math.round(slice.shareRatio * WHOLE)} %${where}`
      })
    if (said.length === 0) return undefined
    return `${of === 'excess' ? '超出正常的耗时' : '失败'}中，${said.join('，')}`
  },
  seen: ({ kept, counted, from }) => `依据 ${counted} 个请求中的 ${kept} 个，其原始记录自 ${from} 起保留。`,
  sampled: ({ bad, others }) =>
    `其中 ${bad} 个不达标的请求全部读取，其余的在整个时段内抽样 ${others} 个：各模型、各租户的请求总数及不计入的数量为估计值。`,
  noRecords: '这段时间的原始记录已不再保留，无法说明请求为何不达标、属于谁。',
  noneFits: '现有的原始记录按现在的定义都不计入：目标后来改过，或者记录已丢失。',
  causes: {
    load: '加载模型',
    queue: '排队等待',
    prefill: '处理提示词',
    decode: '生成缓慢',
    guard: '内容安全检查',
    retry: '失败后重试',
    connect: '建立连接',
    client: '客户端读取缓慢',
    gateway: '网关自身',
    length: '回答较长，速度正常',
    nothing: '对该模型而言并无异常',
    unknown: '未能解释',
  },
  unnamed: '（无）',
  exclusions: {
    maintenance: '在维护时段内结束',
    caller: '调用方的错误',
    policy: '触及限额或内容规则',
    abandoned: '调用方提前离开',
    cold: '需要加载模型',
    failed: '失败：计入可用性',
    unmeasured: '没有可测量的内容，例如没有首个 token',
  },
  excludedOf: (events) => `${events} 个请求在范围内，但不计入。`,
  coverage: ({ counted, all, missing, idle }) =>
    `${all} 分钟中有 ${counted} 分钟网关在统计${printIdle(idle)}。有 ${missing} 分钟无人统计：既不算好，也不算坏。`,
  coverageWhole: ({ all, idle }) => `全部 ${all} 分钟网关都在统计${printIdle(idle)}。`,
  gapNote: '当时没有网关在运行、网关使用了别的目标，或统计结果始终未能写入。',
  gaps: { before: '尚未开始统计', within: '无人统计', after: '此后无人统计' },
  gapInHour: '在该小时之内',
  hoursOnly: (hours) => `其中 ${hours} 个小时只保留了合计：其间的事件以整小时起止。`,
  rounded: '时段的起点或终点落在只保留合计的小时之内：该小时按其起点计入。',
}
