import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IndexedHeap } from './indexed-heap.ts'

interface Item {
  heapIndex: number
  value: number
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), value: fc.nat(9) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('update' as const), at: fc.nat(), value: fc.nat(9) }),
  fc.record({ kind: fc.constant('take' as const) }),
)

test('whatever is added, taken, changed or removed, the smallest is first and nobody is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new IndexedHeap<Item>((a, b) => a.value < b.value)
      const model: Item[] = []
      for (const each of steps) {
        if (each.kind === 'add') {
          const item = { heapIndex: -1, value: each.value }
          model.push(item)
          heap.add(item)
        } else if (each.kind === 'take') {
          const { first } = heap
          if (first === undefined) continue
          heap.delete(first)
          model.splice(model.indexOf(first), 1)
        } else {
          const item = model[each.at % Math.max(1, model.length)]
          if (item === undefined) continue
          if (each.kind === 'delete') {
            heap.delete(item)
            heap.delete(item)
            model.splice(model.indexOf(item), 1)
          } else {
            item.value = each.value
            heap.update(item)
          }
        }
        assert.equal(heap.size, model.length)
        assert.equal(
          heap.first?.value,
          model.length === 0 ? undefined : Math.min(...model.map((m) => m.value)),
        )
        assert.deepEqual(new Set(heap), new Set(model))
        for (const [index, member] of [...heap].entries()) assert.equal(member.heapIndex, index)
      }
    }),
  )
})
