// The part of observe.ts that counts by tenant as well, where that was asked for: what each asked for and what it cost.
import { MICROS_PER_UNIT } from '../core/rates.ts'
import type { RequestRecord } from '../core/record.ts'
import { MAX_TENANTS, NONE, createValueCap } from './labels.ts'
import type { RequestFamilies } from './request-families.ts'
import type { RequestPlan } from './request-plan.ts'
import type { Offset } from './series-index.ts'
import { createTupleCache } from './tuple-cache.ts'

export interface TenantOptions {
  readonly families: RequestFamilies
  /** Called for each tenant that is counted as `other`. */
  readonly onTenantLimited: () => void
}

interface TenantPlan {
  readonly requests: Offset
  readonly input: Offset
  readonly output: Offset
  /** Undefined until something cost something. */
  cost: Offset | undefined
  readonly tenant: string
}

/** More pairs of tenant and model than have series of their own; beyond it plans are made anew. */
const MOST_TENANT_PLANS = 5_000

export function createTenantObserver(
  options: TenantOptions,
): (record: RequestRecord, plan: RequestPlan) => void {
  const { tokens, cost, tenantRequests } = options.families
  const plans = createTupleCache<TenantPlan>(MOST_TENANT_PLANS)
  const cap = createValueCap(MAX_TENANTS, options.onTenantLimited)
  const createPlan = (name: string | undefined, model: string): TenantPlan => {
    const tenant = name === undefined ? NONE : cap.toLabel(name)
    return {
      requests: tenantRequests.index.resolve([tenant, model]),
      input: tokens.index.resolve([tenant, model, 'input']),
      output: tokens.index.resolve([tenant, model, 'output']),
      cost: undefined,
      tenant,
    }
  }
  return (record, { model }) => {
    const node = plans.root().at(record.tenant).at(model)
    const plan = node.value ?? plans.keep(node, createPlan(record.tenant, model))
    tenantRequests.add(plan.requests, 1)
    if (record.cost !== undefined && record.cost.micros > 0) {
      plan.cost ??= cost.index.resolve([plan.tenant, model])
      cost.add(plan.cost, record.cost.micros / MICROS_PER_UNIT)
    }
    if (record.estimated.usage) return
    tokens.add(plan.input, record.usage.promptTokens ?? 0)
    tokens.add(plan.output, record.usage.outputTokens ?? 0)
  }
}
