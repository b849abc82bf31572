// Real programs for tests: gives the path of one, or skips the test loudly. Nothing here installs or starts anything.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { componentByName, findBinary } from '../../scripts/install-components.ts'

/**
 * The program's path. Without it the test is skipped with a line that says so, and the caller gets undefined and returns;
 * with WEIR_REQUIRE_ALL=1 (CI) the test fails instead, since a skip nobody reads proves nothing.
 */
export function componentOrSkip(context: TestContext, name: string): string | undefined {
  const { binary, aptPackage, why } = componentByName(name)
  const found = findBinary(binary)
  if (found !== undefined) return found
  const line = `SKIPPED: ${name}: ${why}; install it with apt-get install ${aptPackage}`
  assert.notEqual(process.env['WEIR_REQUIRE_ALL'], '1', `${line} (WEIR_REQUIRE_ALL=1 allows no skip)`)
  context.skip(line)
  return undefined
}
