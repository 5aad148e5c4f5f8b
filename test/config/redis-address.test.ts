import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBad, readRedisAddress } from '../../src/config/redis-address.ts'

const server = {
  kind: 'server',
  nodes: [{ host: 'redis', port: 6379 }],
  isTls: false,
  login: undefined,
  sentinelLogin: undefined,
  primaryName: '',
  database: 0,
}
const group = { ...server, kind: 'sentinels', primaryName: 'main' }
const login = { username: undefined, password: 'p' }

describe('readRedisAddress()', () => {
  const good: readonly (readonly [url: string, expected: object, cluster?: boolean])[] = [
    ['redis://redis', server],
    ['redis://redis/', server],
    ['redis://redis:6379/0', server],
    ['rediss://redis', { ...server, isTls: true }],
    ['redis://redis:7000/3', { ...server, nodes: [{ host: 'redis', port: 7000 }], database: 3 }],
    ['redis://[::1]:7000', { ...server, nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://@redis', server],
    ['redis://:p@redis', { ...server, login }],
    ['redis://u:p@redis', { ...server, login: { username: 'u', password: 'p' } }],
    [
      'redis://u%40x:p%2F%3a%25+@redis',
      { ...server, login: { username: 'u@x', password: 'p/:%+' } },
    ],
    ['redis://:a:b@c@redis', { ...server, login: { ...login, password: 'a:b@c' } }],
    ['redis+sentinel://s/main', { ...group, nodes: [{ host: 's', port: 26_379 }] }],
    [
      'rediss+sentinel://:p@s1:1,s2,[::2]:3/main/4?sentinelUsername=su&sentinelPassword=s%26p',
      {
        ...group,
        nodes: [
          { host: 's1', port: 1 },
          { host: 's2', port: 26_379 },
          { host: '::2', port: 3 },
        ],
        isTls: true,
        login,
        sentinelLogin: { username: 'su', password: 's&p' },
        database: 4,
      },
    ],
    ['redis://redis', { ...server, kind: 'cluster' }, true],
    [
      'redis://:p@redis,b:2',
      { ...server, kind: 'cluster', nodes: [...server.nodes, { host: 'b', port: 2 }], login },
      true,
    ],
  ]
  for (const [url, expected, cluster = false] of good) {
    it(`reads ${url}${cluster ? ' of a Cluster' : ''}`, () => {
      assert.deepEqual(readRedisAddress(url, { cluster }), expected)
    })
  }

  const bad: readonly (readonly [url: string, problem: RegExp, cluster?: boolean])[] = [
    ['', /must be redis:/],
    ['redis', /must be redis:/],
    ['http://canary', /must be redis:/],
    ['REDIS://canary', /must be redis:/],
    ['redis:canary', /must be redis:/],
    ['redis://', /must be redis:/],
    ['redis://:canary@', /must be redis:/],
    ['redis://:canary#1@redis', /"#"/],
    ['redis://:canary/1@redis', /host that is none/],
    ['redis://canary@redis', /user:password/],
    ['redis://canary:@redis', /no password/],
    ['redis://:canary%zz@redis', /"%"/],
    ['redis://can ary', /host that is none/],
    ['redis://redis:0', /host that is none/],
    ['redis://redis:65536', /host that is none/],
    ['redis://redis:canary', /host that is none/],
    ['redis://redis,canary', /several hosts/],
    ['redis://redis,,canary', /host that is none/, true],
    ['redis://redis/canary', /number of a database/],
    ['redis://redis/1/canary', /number of a database/],
    ['redis://redis/-1', /number of a database/],
    ['redis://redis/65536', /number of a database/],
    ['redis://redis/1', /database 0/, true],
    ['redis://redis?canary=1', /sentinelUsername/],
    ['redis://redis?sentinelPassword=canary', /sentinelUsername/],
    ['redis+sentinel://s', /name by which/],
    ['redis+sentinel://s/', /name by which/],
    ['redis+sentinel://s/main/canary', /number of a database/],
    ['redis+sentinel://s/main', /no Sentinel/, true],
    ['redis+sentinel://s/main?sentinelUsername=canary', /no password/],
    ['redis+sentinel://s/main?sentinelPassword=a&sentinelPassword=canary', /sentinelUsername/],
  ]
  for (const [url, problem, cluster = false] of bad) {
    it(`refuses ${JSON.stringify(url)}, and repeats nothing of it`, () => {
      const address = readRedisAddress(url, { cluster })
      assert.ok(isBad(address))
      assert.match(address.problem, problem)
      assert.doesNotMatch(address.problem, /canary/)
    })
  }
})
