// What failed, and how much did not, by code, backend, model and tenant: where lost availability lies. Bounded memory.
import type { BlamedSlice } from '../core/alert.ts'
import type { RecordOutline } from '../core/outline.ts'
import { toSlices, type Part } from './attribution-slices.ts'

/** Codes, backends, models and tenants are few; a tenant too many is counted without its name. */
const MAX_CELLS = 4_096

interface Cell {
  readonly place: Omit<Part, 'amount'>
  bad: number
  all: number
}

type ByName<Value> = Map<string | undefined, Value>

export class FailureCounts {
  readonly #cells = new Map<string, Cell>()
  /** Of those that went well, which are most: by backend, model and tenant, without a text made for each. */
  readonly #well: ByName<ByName<ByName<Cell>>> = new Map()

  add(record: RecordOutline, isBad: boolean): void {
    const known = isBad
      ? undefined
      : this.#well.get(record.backend)?.get(record.modelRouted)?.get(record.tenant)
    const cell = known ?? this.#take(record, isBad)
    cell.all += 1
    if (isBad) cell.bad += 1
  }

  slices(): BlamedSlice[] {
    const cells = [...this.#cells.values()]
    return toSlices(
      cells.filter(({ bad }) => bad > 0).map(({ place, bad }) => ({ ...place, amount: bad })),
      cells.map(({ place, all }) => ({ ...place, amount: all })),
    )
  }

  #take(record: RecordOutline, isBad: boolean): Cell {
    const { code, backend, modelRouted: model, tenant } = record
    const phase = isBad ? (code ?? 'unknown') : ''
    const key = `${phase}\n${backend ?? ''}\n${model ?? ''}\n${tenant ?? ''}`
    const known = this.#cells.get(key)
    if (known === undefined && this.#cells.size >= MAX_CELLS) return this.#takeNameless(phase)
    const cell = known ?? { place: { phase, backend, model, band: undefined, tenant }, bad: 0, all: 0 }
    this.#cells.set(key, cell)
    if (!isBad) takeMap(takeMap(this.#well, backend), model).set(tenant, cell)
    return cell
  }

  #takeNameless(phase: string): Cell {
    const place = { phase, backend: undefined, model: undefined, band: undefined, tenant: undefined }
    const cell = this.#cells.get(phase) ?? { place, bad: 0, all: 0 }
    this.#cells.set(phase, cell)
    return cell
  }
}

function takeMap<Value>(map: ByName<ByName<Value>>, name: string | undefined): ByName<Value> {
  const known = map.get(name) ?? new Map<string | undefined, Value>()
  map.set(name, known)
  return known
}
