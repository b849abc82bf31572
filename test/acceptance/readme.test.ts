// The README's own command lines, run as they are printed, but for the ports.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startStage, type Stage } from '../support/weir.ts'

const run = promisify(execFile)
const ROOT = new URL('../../', import.meta.url)
const README = readFileSync(new URL('README.md', ROOT), 'utf8')

let stage: Stage

before(async () => {
  stage = await startStage({ profile: { outputTokens: 5 } })
})
after(() => stage.stop())

/** The lines of shell blocks that begin with `curl`. */
function curlLines(): string[] {
  const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map((block) => block[1] ?? '')
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('curl '))
}

async function shell(line: string): Promise<string> {
  const here = line
    .replaceAll('127.0.0.1:18789', `127.0.0.1:${stage.port}`)
    .replaceAll('127.0.0.1:9464', new URL(stage.metricsUrl).host)
  const { stdout } = await run('bash', ['-c', `set -o pipefail; ${here}`])
  return stdout
}

test('every curl line of the README answers what it promises', async () => {
  const [whole, streamed, ollama, models, metrics, ...others] = curlLines()
  assert.deepEqual(others, [], 'a new line needs its expectation here')
  assert.match(await shell(whole ?? ''), /"role":"assistant"/)
  const events = await shell(streamed ?? '')
  assert.ok(events.split('data: ').length > 3)
  assert.ok(events.endsWith('data: [DONE]\n\n'))
  assert.match(await shell(ollama ?? ''), /"done":true/)
  assert.match(await shell(models ?? ''), /"id":"sim-chat"/)
  await stage.untilSealed(4)
  const page = await shell(metrics ?? '')
  assert.match(
    page,
    /^http_requests_total\{method="POST",endpoint="\/v1\/chat\/completions",status_code="200"\} 2$/m,
  )
  assert.match(page, /^gen_ai_server_time_to_first_token_seconds_count\{/m)
})

test('the Chinese README has the same command lines, files and queries as the English one', () => {
  const chinese = readFileSync(new URL('README.zh-CN.md', ROOT), 'utf8')
  // Without comments, and without what the two say in their own words.
  const blocksOf = (text: string): string[] =>
    [...text.matchAll(/^```[a-z]*\n(.*?)^```/gms)]
      .map((block) => (block[1] ?? '').replace(/ *(?<!')# .*/g, '').replace(/^\n/gm, ''))
      .map((block) => block.replace(/早上好|Good morning/g, '…').replace(' --language zh', ''))
  assert.deepEqual(
    blocksOf(chinese),
    blocksOf(README).filter((block) => !block.includes('─')),
  )
})

test('every query of the README names only metrics that are there', async () => {
  const page = await stage.scrape()
  const names = [...README.matchAll(/\b((?:http|backend|gen_ai|weir)_[a-z_]+)\b(?=[[{])/g)].map(
    (match) => match[1] ?? '',
  )
  assert.ok(names.length >= 4)
  for (const name of names) assert.ok(page.includes(`\n${name}{`) || page.includes(`\n${name} `), name)
})
