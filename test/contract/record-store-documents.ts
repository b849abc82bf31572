// Contract of record stores: documents, the election, and a store that is closed.
import assert from 'node:assert/strict'
import { NOTHING, type StoreCase } from './record-store-stage.ts'

export const DOCUMENT_CASES: Readonly<Record<string, StoreCase>> = {
  'a document is read as it was written last, until it is removed': async ({ store: { documents } }) => {
    assert.equal(await documents.read('a'), undefined)
    await documents.write('a', 'one')
    await documents.write('a', '{"zwei":"沉默 \u2028"}')
    assert.equal(await documents.read('a'), '{"zwei":"沉默 \u2028"}')
    await documents.write('empty', '')
    assert.equal(await documents.read('empty'), '')
    assert.equal(await documents.remove('a'), true)
    assert.equal(await documents.remove('a'), false)
    assert.equal(await documents.read('a'), undefined)
  },
  'documents are listed by how their names begin, in the order of their names': async ({
    store: { documents },
  }) => {
    const names = ['silence/b', 'silence/a', 'silence/%', 'silence_x', 'Silence/c', 'silence', 'state']
    for (const name of names) await documents.write(name, `text of ${name}`)
    const list = async (prefix: string) => (await documents.list(prefix)).map(({ name }) => name)
    assert.deepEqual(await list('silence/'), ['silence/%', 'silence/a', 'silence/b'])
    assert.deepEqual(await list('silence_'), ['silence_x'])
    assert.deepEqual(await list('%'), [])
    assert.equal((await list('')).length, names.length)
    assert.deepEqual(await documents.list('state'), [{ name: 'state', text: 'text of state' }])
  },
  'who is alone leads, may resign, and leads again': async ({ store: { election } }) => {
    assert.equal(await election.lead(), true)
    assert.equal(await election.lead(), true)
    await election.resign()
    await election.resign()
    assert.equal(await election.lead(), true)
  },
  'a store that was closed says so, and closes once': async ({ store }) => {
    await store.close()
    await store.close()
    const closed = { name: 'RecordStoreError', reason: 'closed' }
    await assert.rejects(store.write(NOTHING), closed)
    await assert.rejects(store.find('x'), closed)
    await assert.rejects(store.documents.read('x'), closed)
  },
}
