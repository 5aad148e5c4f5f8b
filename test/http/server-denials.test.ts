import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Checker } from '../../src/check.ts'
import { createCallerGate } from '../../src/serving/caller.ts'
import { allow, reply } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { closeAll, opened, portOf, request, serve, start, statusOf } from './serving.ts'

afterEach(closeAll)

describe('startHttpServer() with a caller secret', () => {
  const calls = [
    { what: 'nothing', lines: [], target: 'GET /', status: 403 },
    { what: 'the secret', lines: ['X-Attache-Caller: s3cret'], target: 'GET /', status: 200 },
    { what: 'another', lines: ['x-attache-caller: secret'], target: 'GET /', status: 403 },
    {
      what: 'the secret after a guess',
      lines: ['x-attache-caller: guess', 'x-attache-caller: s3cret'],
      target: 'GET /',
      status: 403,
    },
    { what: 'no secret for no path', lines: [], target: 'GET http://h/', status: 403 },
  ]
  for (const { what, lines, target, status } of calls) {
    it(`answers ${status} to a caller that presents ${what}`, async () => {
      const { write, next, seen } = await serve({ acceptsCaller: createCallerGate('s3cret') })
      write(request(target, ...lines))
      const response = await next()
      assert.equal(statusOf(response), status)
      assert.equal(response?.body.startsWith('caller: '), status !== 200)
      assert.equal(seen.length, status === 200 ? 1 : 0)
    })
  }
})

describe('startHttpServer() with a checker that breaks its promises', () => {
  const broken: { what: string; parts: Partial<Checker>; body: RegExp }[] = [
    {
      what: 'throws',
      parts: {
        check: () => {
          throw new TypeError('secret')
        },
      },
      body: /^unavailable: the checker failed with "TypeError"$/,
    },
    {
      what: 'allows with a line break',
      parts: { check: async () => allow({ set: [['impersonate-user', 'a\r\nb: c']] }) },
      body: /^unavailable: the value of header "impersonate-user"/,
    },
    {
      what: 'refuses with one',
      parts: {
        check: async () => allow({ set: [['a', '\n']] }),
        refuse: () => reply({ headers: [['b', '\n']] }),
      },
      body: /"type":"unavailable"/,
    },
    {
      what: 'decides nothing',
      parts: { check: () => Promise.resolve(JSON.parse('null')) },
      body: /"type":"unavailable"/,
    },
  ]
  for (const { what, parts, body } of broken) {
    it(`denies when it ${what}`, async () => {
      const server = await start({ checker: () => fakeChecker(parts) })
      const { write, next } = opened(portOf(server))
      write(request('GET /'))
      const response = await next()
      assert.equal(statusOf(response), 403)
      assert.match(response?.body ?? '', body)
    })
  }
})
