// /sim/*: the simulator's own pages, for tests in another process: ledger, reset, configure, and what it can do.

import { faultVocabulary } from '../faults.ts'
import { serverKinds } from '../profile.ts'
import { SimulatorProfileError } from '../profile-parse.ts'
import { type Page, type PageAnswer, toJsonAnswer } from './page.ts'

const kinds = serverKinds

const ledger: Page = {
  method: 'GET',
  path: '/sim/ledger',
  kinds,
  render: (site, { query }) => {
    const last = query.get('last')
    const id = query.get('id')
    const snapshot = site.ledger.snapshot(last === null ? undefined : Math.max(0, Number(last) || 0))
    if (id === null) return toJsonAnswer(snapshot)
    return toJsonAnswer({ ...snapshot, entries: snapshot.entries.filter((entry) => entry.id === id) })
  },
}

const reset: Page = {
  method: 'POST',
  path: '/sim/reset',
  kinds,
  render: (site) => {
    site.reset()
    return toJsonAnswer({ reset: true })
  },
}

const profile: Page = {
  method: 'GET',
  path: '/sim/profile',
  kinds,
  render: (site) => toJsonAnswer(site.profile),
}

const configure: Page = {
  method: 'POST',
  path: '/sim/configure',
  kinds,
  render: (site, { body }): PageAnswer => {
    try {
      site.configure(body)
    } catch (error) {
      if (!(error instanceof SimulatorProfileError)) throw error
      return toJsonAnswer({ error: error.message, problems: error.problems }, 400)
    }
    return toJsonAnswer(site.profile)
  },
}

const faults: Page = {
  method: 'GET',
  path: '/sim/faults',
  kinds,
  render: () => toJsonAnswer(faultVocabulary),
}

export const controlPages: readonly Page[] = [ledger, reset, profile, configure, faults]
