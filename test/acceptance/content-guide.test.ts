// docs/guide/content.md, held to what it says: its configuration runs and keeps what it says, and it names every word.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { CONTENT_POLICIES, type RawContent } from '../../src/core/content.ts'
import { REDACT_KINDS, redactObject } from '../../src/records/redact/config.ts'
import { toStoredContent } from '../../src/records/redact/content.ts'
import { createRedactor } from '../../src/records/redact/redactor.ts'
import { createSimulator } from '../../src/simulator/index.ts'
import { startGateway, type Written } from '../support/weir.ts'
import { sendRaw } from './support/wire.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/content.md', import.meta.url), 'utf8')

interface GuideFile {
  readonly backends: readonly Written[]
  readonly records: { readonly redact: unknown }
}

/** The keys whose hashes stand in the guide. */
const KEYS = { research: 'guide-research', agent: 'guide-new-agent' }

test('the configuration of the guide keeps what its keys say, redacted as it says', async () => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(GUIDE) ?? []
  const written = parse(text) as Written & GuideFile
  const simulator = createSimulator({})
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const backends = written.backends.map((backend) => ({ ...backend, url, kind: 'simulator' }))
  const contents: RawContent[] = []
  const gateway = await startGateway(
    { ...written, backends },
    { onContent: (content) => void contents.push(content) },
  )
  try {
    const content = 'EMP-123456 at 10.1.2.3 knows 123-45-6789 and 13800138000'
    const body = JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content }] })
    for (const key of [KEYS.research, KEYS.agent]) {
      const headers = [['authorization', `Bearer ${key}`]] as const
      const answer = await sendRaw(gateway.port, { path: '/v1/chat/completions', body, headers })
      assert.equal(answer.status, 200)
    }
    const [, last] = await gateway.untilSealed(2)
    assert.deepEqual(
      contents.map(({ requestId }) => requestId),
      [last?.id],
    )
    const redactor = createRedactor(redactObject.parse(written.records.redact))
    const { prompt } = toStoredContent(contents[0] as RawContent, { redactor, maxBytes: 65_536 })
    assert.ok(prompt.includes('[employee] at [ipv4] knows 123-45-6789 and [phone]'), prompt)
  } finally {
    await gateway.stop()
    await simulator.close()
  }
})

test('the guide names every policy, and every word that stands for what was taken out', () => {
  for (const policy of CONTENT_POLICIES) assert.ok(GUIDE.includes(`| \`${policy}\``), policy)
  for (const kind of REDACT_KINDS) assert.ok(GUIDE.includes(`\`[${kind}]\``), kind)
})
