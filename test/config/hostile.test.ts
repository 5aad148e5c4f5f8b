import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { folderWith, listenAndRoutes, problemsOf } from './folder.ts'

describe('loadConfig(), given what is no configuration', () => {
  const hostile = [
    ['nothing', '', /^1:1 : must be a map \(got nothing\)$/],
    ['a list', '- a', /^1:1 : must be a map \(got a list\)$/],
    ['a word', 'hello', /^1:1 : must be a map \(got "hello"\)$/],
    ['no section at all', '{}', /^1:1 listen: is missing/],
    [
      'a section that is a word',
      'listen: yes\nroutes: [{identity: headers}]',
      /^1:9 listen: must be a map \(got "yes"\)/,
    ],
    [
      'a key without a value',
      `${listenAndRoutes}signIn:\n`,
      /^3:\d+ signIn: must be a map \(got nothing\)/,
    ],
    [
      'a number for a string',
      'listen: { grpc: 9090 }\nroutes: [{identity: headers}]',
      /^1:17 listen.grpc: must be a string, in quotes \(got 9090\)$/,
    ],
    [
      'a string for a number',
      'listen: { grpc: 127.0.0.1:1, trustedHops: "2" }\nroutes: [{identity: headers}]',
      /listen.trustedHops: must be a whole number \(got "2"\)$/,
    ],
    ['a tab', 'listen:\n\tgrpc: x', /^2:1 : is no YAML: indent with spaces/],
    ['a key named __proto__', `${listenAndRoutes}__proto__: {}`, /^3:1 __proto__: unknown key/],
    [
      'a key named constructor',
      `${listenAndRoutes}constructor: {}`,
      /^3:1 constructor: unknown key/,
    ],
    [
      'a file of 10 MB',
      ' '.repeat(10_000_000),
      /^1:1 : Cannot read the configuration: it is larger than 1 MiB$/,
    ],
    [
      'UTF-16',
      Buffer.from(`\ufeff${listenAndRoutes}`, 'utf16le'),
      /Cannot read the configuration: it is not UTF-8 text$/,
    ],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3a, 0xff]), /it is not UTF-8 text$/],
    [
      'an undefined variable',
      'listen: { grpc: "${NOPE}" }\nroutes: [{identity: headers}]',
      /^1:17 listen.grpc: names the environment variable "NOPE"/,
    ],
  ] as const
  for (const [what, text, expected] of hostile) {
    it(`refuses ${what}`, () => {
      assert.match(problemsOf(text)[0] ?? '', expected)
    })
  }

  it('takes a byte order mark', () => {
    assert.deepEqual(problemsOf(`\ufeff${listenAndRoutes}`), [])
  })

  it('refuses 20,000 unknown keys in bounded time', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key-${index}: 1`).join('\n')
    assert.ok(problemsOf(text).length >= 20_000)
  })

  it('refuses a folder in place of a file, and a file that is not there', () => {
    const folder = folderWith({})
    for (const [file, why] of [
      [folder, 'it is not a regular file'],
      [join(folder, 'nope'), 'there is no such file'],
    ] as const) {
      assert.throws(() => loadConfig(file, {}), {
        name: 'ConfigError',
        message: `${file}:1:1: Cannot read the configuration: ${why}`,
      })
    }
  })
})
