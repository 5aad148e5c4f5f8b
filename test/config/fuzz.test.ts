import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/errors.ts'
import { folderWith } from './folder.ts'
import { files, full } from './full.ts'

const folder = folderWith(files)
const file = join(folder, 'attache.yaml')
const env = { HOST: 'app.example.com' }

/** Good, or a ConfigError whose problems have a place in the file and a message of one line. */
function assertAnswered(text: string): void {
  writeFileSync(file, text)
  const lines = text.split('\n').length
  try {
    loadConfig(file, env)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.notEqual(error.problems.length, 0)
    for (const { line, column, message } of error.problems) {
      assert.ok(line >= 1 && line <= lines && column >= 1, `${line}:${column} ${message}`)
      assert.doesNotMatch(message, /undefined|\[object|\n|NaN/)
    }
  }
}

const runs = { numRuns: 60 }
const lines = full.split('\n')

describe('loadConfig(), given anything', () => {
  it('answers any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), assertAnswered), runs)
  })

  it('answers any text made of what means something in YAML', () => {
    const unit = fc.constantFrom(
      ...'abc: -?[]{}&*!|>\'"%@`,#~<\n\t $'.split(''),
      'listen',
      'routes',
      '<<',
      '---\n',
    )
    fc.assert(fc.property(fc.string({ unit, maxLength: 120 }), assertAnswered), runs)
  })

  it('answers any value in the place of a section', () => {
    const section = fc.constantFrom(
      'listen',
      'authentication',
      'insecureIssuers',
      'kubernetes',
      'serviceAccounts',
      'clientCertificates',
      'frontProxy',
      'basic',
      'signIn',
      'session',
      'routes',
      'impersonate',
      'kubeflow',
      'headers',
      'readiness',
      'shutdown',
    )
    fc.assert(
      fc.property(section, fc.jsonValue({ maxDepth: 4 }), (name, value) => {
        assertAnswered(`listen: { grpc: 127.0.0.1:1 }\n${name}: ${JSON.stringify(value)}\n`)
        assertAnswered(`${name}: [${JSON.stringify(value)}]\nroutes: ${JSON.stringify(value)}\n`)
      }),
      runs,
    )
  })

  it('answers a good file with one line changed', () => {
    const value = fc.constantFrom(
      '[]',
      '{}',
      '~',
      '5',
      '"x"',
      '[1]',
      '[{}]',
      '{ a: 1 }',
      '"${HOST}"',
      '&a [*a]',
      'true',
      '""',
    )
    fc.assert(
      fc.property(fc.nat(lines.length - 1), value, (index, replacement) => {
        const changed = lines.map((line, at) =>
          at === index ? line.replace(/:( .*)?$/, `: ${replacement}`) : line,
        )
        assertAnswered(changed.join('\n'))
      }),
      runs,
    )
  })

  it('answers a good file with one line gone or twice', () => {
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.constantFrom(0, 2), (index, times) => {
        const changed = lines.flatMap((line, at) =>
          at === index ? Array.from({ length: times }, () => line) : [line],
        )
        assertAnswered(changed.join('\n'))
      }),
      runs,
    )
  })
})
