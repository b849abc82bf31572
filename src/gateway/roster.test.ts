import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Roster, type Member } from './roster.ts'

interface Guest extends Member {
  readonly name: number
}

const guest = (name: number): Guest => ({ name, rosterIndex: -1 })

test('whoever comes and goes, the roster holds the same members as a set', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { maxLength: 200 }), (moves) => {
      const guests = Array.from({ length: 21 }, (_, name) => guest(name))
      const roster = new Roster<Guest>()
      const set = new Set<Guest>()
      for (const [comes, name] of moves) {
        const member = guests[name]
        assert.ok(member !== undefined)
        if (comes && !set.has(member)) {
          roster.add(member)
          set.add(member)
        } else if (!comes) assert.equal(roster.delete(member), set.delete(member))
        assert.equal(roster.size, set.size)
      }
      const byName = (a: Guest, b: Guest): number => a.name - b.name
      assert.deepEqual([...roster].sort(byName), [...set].sort(byName))
    }),
  )
})

test('members that leave while they are visited spare nobody else the visit', () => {
  const guests = Array.from({ length: 10 }, (_, name) => guest(name))
  const roster = new Roster<Guest>()
  for (const member of guests) roster.add(member)
  const seen: number[] = []
  roster.forEach((member) => {
    seen.push(member.name)
    if (member.name % 2 === 0) roster.delete(member)
  })
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    guests.map(({ name }) => name),
  )
  assert.equal(roster.size, 5)
})
