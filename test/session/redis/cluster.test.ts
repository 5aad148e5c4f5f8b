import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DependencyError } from '../../../src/errors.ts'
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts'
import type { RedisReply } from '../../support/redis-commands.ts'
import { redisServer } from '../../support/redis-server.ts'
import { settled } from '../../support/redis-settled.ts'
import { part } from '../../support/require.ts'
import { describeStore } from '../conformance.ts'
import { describeSharedStore } from '../shared-conformance.ts'
import { createIn, isThere, loadFrom, sessionRecord, storeBrowser } from '../store-place.ts'
import { documentedRights, redisStores } from './places.ts'

const server = await part('Valkey', () => redisServer('Valkey 9.1'))

describe('createRedisStore() on a Cluster', { skip: server.skip }, () => {
  let cluster: RedisCluster
  before(async () => {
    const attache = { password: 'secret', rules: `${await documentedRights()} +cluster` }
    cluster = await startRedisCluster({ server: server.get(), users: { attache }, keep: true })
  })
  after(() => cluster.stop())
  const { open, openPlace } = redisStores(() => {
    const [first, second] = cluster.nodes
    return `redis://attache:secret@127.0.0.1:${first?.port},127.0.0.1:${second?.port}`
  })
  const isCluster = { redis: { cluster: true } }
  const openCluster = () => open(isCluster)

  describe('as a whole', { concurrency: true }, () => {
    describeStore('Cluster', () => openPlace(isCluster))
    describeSharedStore('Cluster', () => openPlace(isCluster))
  })

  it('follows a session whose slot moves, and keeps its keys in one slot', async () => {
    const store = openCluster()
    const browser = storeBrowser(Date.now)
    for (const node of cluster.nodes) await node.command('FLUSHALL')
    await createIn(store, sessionRecord(Date.now()), browser)
    assert.ok(await store.lease(await loadFrom(store, browser), 60_000))
    const keys: string[] = []
    for (const node of cluster.nodes) {
      const reply: RedisReply = await node.command('KEYS', 'attache:{*')
      keys.push(...(Array.isArray(reply) ? reply.map(String) : []))
    }
    keys.sort()
    assert.equal(keys.length, 2)
    assert.equal(keys[1], `${keys[0]}:lease`)
    const owner = await cluster.nodeOf(keys[0] ?? '')
    for (const node of cluster.nodes.filter((other) => other !== owner)) {
      await cluster.moveSlotOf(keys[0] ?? '', node)
      const stored = await loadFrom(store, browser, { isFresh: true })
      assert.equal(await store.lease(stored, 60_000), undefined)
      await store.touch(stored, browser.request())
    }
    await store.drop(await loadFrom(store, browser))
    assert.equal(await isThere(store, browser), false)
  })

  it('has sessions of one node out of reach while it is gone, and heals', async () => {
    const store = openCluster()
    const browsers = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const browser = storeBrowser(Date.now)
        await createIn(store, sessionRecord(Date.now()), browser)
        return browser
      }),
    )
    const [node] = cluster.nodes
    await node?.halt()
    const kinds = await Promise.all(
      browsers.map(async (browser) => {
        try {
          return (await store.load(browser.request(), { isFresh: true })).kind
        } catch (error) {
          assert.ok(error instanceof DependencyError)
          return 'unavailable'
        }
      }),
    )
    assert.ok(!kinds.includes('refused') && kinds.includes('unavailable'))
    await node?.resume()
    await settled('the cluster', async () => {
      for (const browser of browsers) await loadFrom(store, browser, { isFresh: true })
      return store.missing().length === 0
    })
  })
})
