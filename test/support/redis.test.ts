import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { firstAuthority, secondAuthority } from './authorities.ts'
import { type Redis, type RedisOptions, startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { redisCommands } from './redis-commands.ts'
import { dropClients, pause, setOutOfMemory, setReadOnly } from './redis-faults.ts'
import { startRedisSentinel } from './redis-sentinel.ts'
import { type RedisKind, redisKinds, redisServer } from './redis-server.ts'
import { part } from './require.ts'

const servers = new Map<RedisKind, Awaited<ReturnType<typeof fetchServer>>>()
for (const kind of redisKinds) servers.set(kind, await fetchServer(kind))

async function fetchServer(kind: RedisKind) {
  return part(kind, async () => redisServer(kind))
}

function serverOf(kind: RedisKind) {
  const found = servers.get(kind)
  assert.ok(found)
  return found
}

const stops: (() => Promise<void>)[] = []
after(async () => {
  for (const stop of stops) await stop()
})

async function start(options: RedisOptions): Promise<Redis> {
  const redis = await startRedis(options)
  stops.push(redis.stop)
  return redis
}

for (const kind of redisKinds) {
  const { skip, get } = serverOf(kind)

  describe(`the test bed with ${kind}`, { skip }, () => {
    it('comes back at the same port with what it kept', async () => {
      const redis = await start({ server: get(), keep: true })
      await redis.command('SET', 'a', Buffer.from('Jürgen\r\n'))
      await redis.halt()
      await assert.rejects(redis.command('GET', 'a'), /ECONNREFUSED/)
      await redis.resume()
      assert.equal(await redis.command('GET', 'a'), 'Jürgen\r\n')
    })

    it('comes back empty when it keeps nothing', async () => {
      const redis = await start({ server: get() })
      await redis.command('SET', 'a', 1)
      await redis.halt()
      await redis.resume()
      assert.equal(await redis.command('GET', 'a'), null)
    })

    it('lets in whom its access control list has', async () => {
      const rules = '~attache:* +get +set'
      const users = { attache: { password: 'a word', rules } }
      const redis = await start({ server: get(), password: 'a:default@/', users })
      assert.match(redis.url, /^redis:\/\/:a%3Adefault%40%2F@127\.0\.0\.1:\d+$/)
      const { port } = redis
      const login = { user: 'attache', password: 'a word' }
      const [own, foreign] = await redisCommands({ port, login }, [
        ['SET', 'attache:a', 1],
        ['SET', 'other:a', 1],
      ])
      assert.equal(own, 'OK')
      assert.match(String(foreign), /NOPERM/)
      const [stranger] = await redisCommands({ port }, [['PING']])
      assert.match(String(stranger), /NOAUTH/)
      await assert.rejects(redisCommands({ port, login: { ...login, password: 'x' } }, []), /WRONG/)
    })
  })
}

const { skip, get } = serverOf('Redis 7.0 with TLS')

describe('the faults of a Redis', { skip }, () => {
  it('is full, and then is not', async () => {
    const redis = await start({ server: get() })
    await redis.command('SET', 'a', 1)
    await setOutOfMemory(redis, true)
    await assert.rejects(redis.command('SET', 'a', 2), /^Error: OOM/)
    assert.equal(await redis.command('GET', 'a'), '1')
    await setOutOfMemory(redis, false)
    assert.equal(await redis.command('SET', 'a', 2), 'OK')
  })

  it('becomes a replica, and a primary again', async () => {
    const redis = await start({ server: get() })
    await redis.command('SET', 'a', 1)
    await setReadOnly(redis, true)
    await assert.rejects(redis.command('SET', 'a', 2), /^Error: READONLY/)
    assert.equal(await redis.command('GET', 'a'), '1')
    await setReadOnly(redis, false)
    assert.equal(await redis.command('SET', 'a', 2), 'OK')
  })

  it('drops its clients', async () => {
    const redis = await start({ server: get() })
    const waiting = redisCommands({ port: redis.port }, [['BLPOP', 'nothing', 0]])
    const dropped = assert.rejects(waiting, /closed the connection|ECONNRESET/)
    while (!String(await redis.command('CLIENT', 'LIST')).includes('cmd=blpop')) continue
    await dropClients(redis)
    await dropped
  })

  it('answers nobody for a while', async () => {
    const redis = await start({ server: get() })
    const done: string[] = []
    const awake = pause(redis, 300).then(() => done.push('awake'))
    const answered = redis.command('PING').then(() => done.push('answered'))
    await Promise.all([awake, answered])
    assert.deepEqual(done, ['awake', 'answered'])
  })
})

describe('Redis with TLS', { skip }, () => {
  const { ca, server: ownCertificate, client } = firstAuthority

  it('has a certificate for its address', async () => {
    const redis = await start({ server: get(), tls: { ca, server: ownCertificate } })
    assert.match(redis.url, /^rediss:/)
    assert.equal(await redis.command('PING'), 'PONG')
    const { port } = redis
    const others = redisCommands({ port, tls: { ca: secondAuthority.ca } }, [['PING']])
    await assert.rejects(others, /unable to verify|self-signed|signature/)
  })

  it('asks for the certificate of a client', async () => {
    const tls = { ca, server: ownCertificate, client }
    const redis = await start({ server: get(), tls })
    assert.equal(await redis.command('PING'), 'PONG')
    await assert.rejects(redisCommands({ port: redis.port, tls: { ca } }, [['PING']]))
  })

  it('cannot be had of a server that is built without', {
    skip: serverOf('Redis 6.2').skip,
  }, async () => {
    const server = serverOf('Redis 6.2').get()
    await assert.rejects(start({ server, tls: { ca, server: ownCertificate } }), /without TLS/)
  })
})

describe('Redis with sentinels', { skip }, () => {
  it('fails over on command, and when the primary is killed', async () => {
    const group = await startRedisSentinel({
      server: get(),
      sentinels: 3,
      sentinelPassword: 'of the sentinels',
      password: 'of the servers',
      tls: firstAuthority,
    })
    stops.push(group.stop)
    const first = await group.primary()
    await first.command('SET', 'a', 1)
    await group.failOver()
    const second = await group.primary()
    assert.notEqual(second.port, first.port)
    assert.equal(await second.command('GET', 'a'), '1')
    await second.halt()
    await group.failedOver(second)
    assert.equal((await group.primary()).port, first.port)
  })
})

describe('a cluster of Redis', { skip }, () => {
  it('has each key on one node, and moves it', async () => {
    const cluster = await startRedisCluster({ server: get() })
    stops.push(cluster.stop)
    const from = await cluster.nodeOf('a')
    await from.command('SET', 'a', 1)
    const to = cluster.nodes.find((node) => node !== from)
    assert.ok(to)
    await assert.rejects(to.command('GET', 'a'), new RegExp(`MOVED \\d+ 127.0.0.1:${from.port}`))
    await cluster.moveSlotOf('a', to)
    assert.equal(await to.command('GET', 'a'), '1')
    await assert.rejects(from.command('GET', 'a'), /MOVED/)
  })
})
