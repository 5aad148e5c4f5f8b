import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { part, skipWithout } from './require.ts'

const before = process.env['ATTACHE_TEST_REQUIRE'] ?? ''

const missing = async () => Promise.reject(new Error('no network\nand more'))

describe('part()', () => {
  afterEach(() => {
    process.env['ATTACHE_TEST_REQUIRE'] = before
  })

  it('gives a part that can be had', async () => {
    const found = await part('a part', async () => 'here')
    assert.equal(found.skip, false)
    assert.equal(found.get(), 'here')
  })

  it('skips with the reason when it cannot', async () => {
    process.env['ATTACHE_TEST_REQUIRE'] = ''
    const found = await part('a part', missing)
    assert.equal(found.skip, 'Cannot have a part: no network')
    assert.throws(found.get, /Cannot have a part/)
  })

  it('fails instead where nothing may skip', async () => {
    process.env['ATTACHE_TEST_REQUIRE'] = 'all'
    await assert.rejects(part('a part', missing), /Cannot have a part: no network/)
  })
})

describe('skipWithout()', () => {
  it('says the first reason, and false without one', () => {
    const reasons = ['no network', 'no Java'].map((skip) => ({ skip }))
    assert.equal(skipWithout({ skip: false }, ...reasons), 'no network')
    assert.equal(skipWithout({ skip: false }, { skip: false }), false)
  })
})
