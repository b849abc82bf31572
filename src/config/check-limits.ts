// Rules between limits, prices and the state they are counted in. As in cross-check.ts, nothing here trusts the shape of what it is given.
import { PERIOD_MS, printRate, type Period, type Rate } from '../core/rates.ts'
import { isMap, printPath, valueAt, type ConfigPath } from './path.ts'
import type { CrossProblem } from './problem.ts'

interface Owner {
  readonly path: ConfigPath
  readonly limits: Readonly<Record<string, unknown>>
  /** Whether what its requests cost is known, as far as the file says. */
  readonly isPriced: boolean
}

export function checkLimits(settings: unknown): readonly CrossProblem[] {
  const prices = listPrices(settings)
  const owners = listOwners(settings, prices.length > 0)
  return [
    ...checkCurrencies(prices),
    ...owners.flatMap((owner) => [
      ...checkBudget(owner),
      ...checkRates(owner, 'requests'),
      ...checkRates(owner, 'tokens'),
    ]),
    ...owners.flatMap((owner) => checkRates(owner, 'budget')),
    ...(valueAt(settings, ['state']) === undefined ? owners.flatMap(checkModes) : []),
  ]
}

function listAt(settings: unknown, path: ConfigPath): readonly unknown[] {
  const value = valueAt(settings, path)
  return Array.isArray(value) ? value : []
}

function listOwners(settings: unknown, anyPrice: boolean): readonly Owner[] {
  return ['keys', 'tenants', 'models'].flatMap((list) =>
    listAt(settings, [list]).flatMap((entry, index): Owner[] => {
      const limits = valueAt(entry, ['limits'])
      if (!isMap(limits)) return []
      const isPriced = list === 'models' ? valueAt(entry, ['price']) !== undefined : anyPrice
      return [{ path: [list, index, 'limits'], limits, isPriced }]
    }),
  )
}

interface Price {
  readonly path: ConfigPath
  readonly currency: unknown
}

function listPrices(settings: unknown): readonly Price[] {
  return listAt(settings, ['models']).flatMap((model, index): Price[] => {
    const price = valueAt(model, ['price'])
    return price === undefined
      ? []
      : [{ path: ['models', index, 'price', 'currency'], currency: valueAt(price, ['currency']) }]
  })
}

/** Nothing here changes money: a sum of two currencies would be a number without a meaning. */
function checkCurrencies(prices: readonly Price[]): CrossProblem[] {
  const first = prices.find(({ currency }) => typeof currency === 'string')
  return prices.flatMap(({ path, currency }): CrossProblem[] => {
    if (first === undefined || typeof currency !== 'string' || currency === first.currency) return []
    const message = `is another currency than ${printPath(first.path)} (${String(first.currency)})`
    return [{ path, message, advice: 'give every price in the same currency' }]
  })
}

function checkBudget({ path, limits, isPriced }: Owner): CrossProblem[] {
  if (limits['budget'] === undefined || isPriced) return []
  const isModel = path[0] === 'models'
  const message = isModel
    ? 'this model has no price, so nothing would ever be counted'
    : 'no model has a price, so nothing would ever be counted'
  return [
    {
      path: [...path, 'budget'],
      message,
      advice: 'add price: { input: …, output: …, currency: … } to the model' + (isModel ? '' : 's'),
    },
  ]
}

function ratesOf(
  { limits }: Owner,
  kind: string,
): readonly (Rate & { readonly burst: number | undefined })[] {
  const value = limits[kind]
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: unknown) => {
    const [amount, period, burst] = ['amount', 'period', 'burst'].map((key) => valueAt(entry, [key]))
    if (typeof amount !== 'number' || typeof period !== 'string' || !Object.hasOwn(PERIOD_MS, period))
      return []
    return [{ amount, period: period as Period, burst: typeof burst === 'number' ? burst : undefined }]
  })
}

/** Two limits of a list of which one makes the other pointless: whoever wrote it meant something else. */
function checkRates(owner: Owner, kind: string): CrossProblem[] {
  const rates = ratesOf(owner, kind)
  return rates.flatMap((rate, index): CrossProblem[] => {
    const path = rates.length === 1 ? [...owner.path, kind] : [...owner.path, kind, index]
    const twin = rates.findIndex(({ period }) => period === rate.period)
    if (twin !== index) {
      return [
        {
          path,
          message: `is a second limit for the same period (${rate.period})`,
          advice: 'keep one of them',
        },
      ]
    }
    const longer = rates.find(
      (other) => PERIOD_MS[other.period] > PERIOD_MS[rate.period] && other.amount < rate.amount,
    )
    if (longer !== undefined) {
      const message = `${printRate(rate)} can never be used up: ${printRate(longer)} allows less in more time`
      return [{ path, message, advice: 'raise the one or leave out the other' }]
    }
    const { burst } = rate
    const tighter = rates.find(
      (other) => other !== rate && burst !== undefined && (other.burst ?? other.amount) < burst,
    )
    if (tighter === undefined) return []
    const message = `a burst of ${burst} can never come: ${printRate(tighter)} allows ${tighter.burst ?? tighter.amount} at once`
    return [{ path, message, advice: 'lower the burst' }]
  })
}

/** A mode for the case that something fails which is not there. */
function checkModes({ path, limits }: Owner): CrossProblem[] {
  return Object.entries(limits).flatMap(([kind, value]) => {
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
    return entries.flatMap((entry, index): CrossProblem[] => {
      if (typeof valueAt(entry, ['onStateFailure']) !== 'string') return []
      const at = entries.length > 1 ? [index] : []
      const message = 'says what happens when the shared state fails, and there is none'
      return [
        {
          path: [...path, kind, ...at, 'onStateFailure'],
          message,
          advice: 'add state: redis://… or leave it out',
        },
      ]
    })
  })
}
