import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawSize, parseMix, printMix, type Mix } from './mix.ts'
import { createRandom } from './random.ts'

function mixOf(text: string): Mix {
  const read = parseMix(text)
  return 'mix' in read ? read.mix : assert.fail(read.complaint)
}

test('a mix is read, printed and read again', () => {
  for (const text of ['500', '100:70%,2000:25%,8000:5%', '1:33%,2:33%,3:34%'])
    assert.equal(printMix(mixOf(text)), text)
  assert.deepEqual(mixOf(' 10 : 0.5 , 20 : 50% '), mixOf('10:50%,20:50%'))
})

test('what is no mix is refused with what one looks like', () => {
  for (const text of ['', 'x', '0', '-5', '1.5', '100:', '100:70', '1:50%,2', '1:2:3', '99999999:100%'])
    assert.match('complaint' in parseMix(text) ? 'expected' : `accepted ${text}`, /^expected/)
  assert.deepEqual(parseMix('1:50%,2:40%'), { complaint: 'the shares make 90% together, and must make 100%' })
})

test('sizes are drawn in their shares, and the same ones for the same seed', () => {
  const mix = mixOf('100:70%,2000:25%,8000:5%')
  const draw = (seed: number): number[] => {
    const random = createRandom(seed)
    return Array.from({ length: 20_000 }, () => drawSize(mix, random))
  }
  const sizes = draw(1)
  for (const { size, shareRatio } of mix) {
    const share = sizes.filter((each) => each === size).length / sizes.length
    assert.ok(Math.abs(share - shareRatio) < 0.01, `${size}: ${share}`)
  }
  assert.deepEqual(sizes, draw(1))
  assert.notDeepEqual(sizes, draw(2))
})
