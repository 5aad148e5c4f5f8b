import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redisFailure } from '../../../src/session/redis/failure.ts'

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { args: ['canary'] } })
}

describe('redisFailure()', () => {
  const cases: readonly (readonly [error: unknown, reason: string, isPassing: boolean])[] = [
    [
      reply("READONLY You can't write against a read only replica."),
      'it is a replica, which takes no writes',
      true,
    ],
    [
      reply("ERR Error running script (call to f_1): @user_script:3: -READONLY You can't write"),
      'it is a replica, which takes no writes',
      true,
    ],
    [reply("OOM command not allowed when used memory > 'maxmemory'."), 'its memory is full', false],
    [reply('LOADING Redis is loading the dataset in memory'), 'it is loading its data', true],
    [
      reply('WRONGPASS invalid username-password pair or user is disabled.'),
      'it does not accept the user name and password',
      false,
    ],
    [reply('NOAUTH Authentication required.'), 'it wants a password', false],
    [
      reply("NOPERM this user has no permissions to run the 'eval' command"),
      'its access control does not permit a command that is needed',
      false,
    ],
    // Redis before 6 repeats what it does not know.
    [
      reply('ERR unknown command `AUTH`, with args beginning with: `canary`'),
      'it answers with an error',
      false,
    ],
    [reply('canary'), 'it answers with an error', false],
    [
      Object.assign(new Error('connect ECONNREFUSED canary:1'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
      true,
    ],
    [Object.assign(new Error('canary'), { code: 'CERT_HAS_EXPIRED' }), 'CERT_HAS_EXPIRED', true],
    [Object.assign(new Error('canary'), { code: 'canary' }), 'no connection', true],
    [new Error('Command timed out'), 'no answer in time', false],
    [new Error('Connection is closed.'), 'no connection', true],
    [
      new Error('All sentinels are unreachable. Last error: connect ECONNREFUSED canary:1'),
      'no sentinel is of use: ECONNREFUSED',
      true,
    ],
    [
      new Error('All sentinels are unreachable. Retrying. Last error: WRONGPASS canary'),
      'no sentinel is of use: it does not accept the user name and password',
      true,
    ],
    [
      new Error('All sentinels are unreachable. Retrying. Last error: canary'),
      'no sentinel is of use: no connection',
      true,
    ],
    [
      Object.assign(new Error('canary'), { lastNodeError: new Error('Command timed out') }),
      'no answer in time',
      false,
    ],
    ['canary', 'it failed', false],
  ]
  for (const [error, reason, isPassing] of cases) {
    it(`says "${reason}" of ${error instanceof Error ? error.message : 'what is no error'}`, () => {
      assert.deepEqual(redisFailure(error), { reason, isPassing })
    })
  }
})
