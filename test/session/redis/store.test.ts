import { after, before, describe } from 'node:test'
import { type Redis, startRedis } from '../../support/redis.ts'
import { redisKinds, redisServer } from '../../support/redis-server.ts'
import { part } from '../../support/require.ts'
import { describeStore } from '../conformance.ts'
import { describeSharedStore } from '../shared-conformance.ts'
import { redisStores } from './places.ts'

for (const kind of redisKinds) {
  const server = await part(kind, () => redisServer(kind))
  describe(kind, { skip: server.skip }, () => {
    let redis: Redis
    before(async () => {
      redis = await startRedis({ server: server.get() })
    })
    const { openPlace } = redisStores(() => redis.url)
    after(() => redis.stop())
    describe('as a store', { concurrency: true }, () => {
      describeStore(kind, openPlace)
      describeSharedStore(kind, openPlace)
    })
  })
}
