import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { isRequestPath, receiveLine } from '../../src/headers/received.ts'

function received(...lines: HeaderLine[]): [string, string][] {
  const headers = new Map<string, string>()
  for (const line of lines) receiveLine(headers, line)
  return [...headers]
}

describe('receiveLine()', () => {
  const cases: { what: string; lines: HeaderLine[]; headers: HeaderLine[] }[] = [
    {
      what: 'writes names in lower case',
      lines: [['Impersonate-User', 'x']],
      headers: [['impersonate-user', 'x']],
    },
    {
      what: 'joins lines of one name, whatever their case',
      lines: [
        ['authorization', 'a'],
        ['Authorization', 'b'],
        ['AUTHORIZATION', ''],
      ],
      headers: [['authorization', 'a,b,']],
    },
    {
      what: 'joins cookies as cookies',
      lines: [
        ['cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ],
      headers: [['cookie', 'a=1; b=2']],
    },
    {
      what: 'leaves out pseudo headers',
      lines: [
        [':path', '/'],
        [':authority', 'h'],
      ],
      headers: [],
    },
    {
      what: 'leaves out what only Envoy may say',
      lines: [
        ['X-Attache-Caller', 's'],
        ['x-attache-source', '1.2.3.4'],
        ['x-attache-connection', 'upgrade'],
        ['x-attache-upgrade', 'websocket'],
      ],
      headers: [],
    },
    {
      what: 'keeps what the pre-filter renamed',
      lines: [['x-attache-requested-impersonate-user', 'x']],
      headers: [['x-attache-requested-impersonate-user', 'x']],
    },
    {
      what: 'keeps names that objects have of their own',
      lines: [['__proto__', 'x']],
      headers: [['__proto__', 'x']],
    },
  ]
  for (const { what, lines, headers } of cases) {
    it(what, () => assert.deepEqual(received(...lines), headers))
  }
})

describe('isRequestPath()', () => {
  const cases = [
    { path: '/', is: true },
    { path: '//x/%zz/..', is: true },
    { path: '*', is: true },
    { path: '', is: false },
    { path: 'x', is: false },
    { path: 'http://h/', is: false },
    { path: '*/', is: false },
  ]
  for (const { path, is } of cases) {
    it(`says ${is} for "${path}"`, () => assert.equal(isRequestPath(path), is))
  }
})
