// What can be configured about the bridge, by which an Alertmanager reaches our receivers.
import { z } from 'zod'
import { secret } from '../../config/fields.ts'

export const bridgeSchema = z
  .strictObject({
    token: secret()
      .optional()
      .describe(
        'What an Alertmanager on another machine sends as `Authorization: Bearer`. Without this, only callers on this machine are served.',
      ),
  })
  .prefault({})
  .describe(
    'The page `/hooks/alertmanager/RECEIVER` beside the metrics, by which an Alertmanager reaches the receivers.',
  )

export type BridgeSettings = Readonly<z.output<typeof bridgeSchema>>
