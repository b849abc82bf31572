// The list of targets by name. A new proxy is one entry here and, if it needs more than a command, one file beside it.
import { fileURLToPath } from 'node:url'
import { createNginxTarget } from './nginx.ts'
import { FLOOR } from './target.ts'
import type { Target } from './target.ts'
import { createWeirTarget, WEIR_VARIANTS } from './weir.ts'

const floor: Target = {
  name: FLOOR,
  what: 'node:http and undici, no features: what the ratios refer to',
  absence: () => undefined,
  start: ({ nursery, upstream }) =>
    nursery.start({
      name: FLOOR,
      role: 'proxy',
      command: process.execPath,
      args: [fileURLToPath(new URL('./floor.ts', import.meta.url)), '--upstream', upstream],
      announces: 'floor',
    }),
}

/** In the order in which a round visits them. */
export const TARGETS: readonly Target[] = [
  floor,
  ...WEIR_VARIANTS.map((variant) => createWeirTarget(variant)),
  createNginxTarget(),
]
