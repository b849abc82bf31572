// Checks of the prompt before anything leaves the gateway. None can be configured yet: the stage keeps their place in the order.
import type { Stage } from '../stage.ts'

export const guardPrompt: Stage = {
  name: 'guard-prompt',
  phase: 'guard',
  run: () => undefined,
}
