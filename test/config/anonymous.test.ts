import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { head, problemsOfFile } from './entry.ts'
import { configOf, listenAndRoutes, oneIssuer } from './folder.ts'

function anonymousOf(section: string) {
  const text = `${listenAndRoutes}authentication: { file: authn.yaml }\n`
  return configOf(text, { files: { 'authn.yaml': `${head}${section}` } }).anonymous
}

describe('anonymous', () => {
  const everywhere = { paths: undefined }
  const read = [
    ['', undefined],
    ['anonymous:', undefined],
    ['anonymous: {}', undefined],
    ['anonymous: { enabled: false }', undefined],
    ['anonymous: { enabled: null, conditions: [] }', undefined],
    ['anonymous: { enabled: true }', everywhere],
    ['anonymous: { enabled: yes, conditions: ~ }', everywhere],
    ['anonymous: { enabled: true, conditions: [] }', everywhere],
    [
      'anonymous: { enabled: true, conditions: [{ path: /livez }, { path: /Readyz/ }] }',
      { paths: ['/livez', '/Readyz/'] },
    ],
    ['anonymous: { enabled: true, conditions: [{}] }', { paths: [''] }],
    ['anonymous: { enabled: true, conditions: [{ path: null }, null] }', { paths: ['', ''] }],
  ] as const
  for (const [section, expected] of read) {
    it(`reads "${section}" as kube-apiserver does`, () => {
      assert.deepEqual(anonymousOf(section), expected)
    })
  }

  it('is off without a word about it', () => {
    assert.equal(configOf(listenAndRoutes).anonymous, undefined)
    assert.equal(configOf(`${listenAndRoutes}${oneIssuer}`).anonymous, undefined)
  })

  const refused = [
    [
      'anonymous: { conditions: [{ path: /livez }] }',
      /3:26 anonymous.conditions: must not be given unless enabled is true/,
    ],
    [
      'anonymous: { enabled: false, conditions: [{}] }',
      /anonymous.conditions: must not be given unless enabled is true/,
    ],
    ['anonymous: { enabled: "true" }', /anonymous.enabled: must be true or false \(got "true"\)/],
    ['anonymous: { enabled: 1 }', /anonymous.enabled: must be true or false \(got 1\)/],
    ['anonymous: { enabled: true, paths: [/a] }', /anonymous.paths: unknown key/],
    ['anonymous: true', /anonymous: must be a map/],
    ['anonymous: []', /anonymous: must be a map/],
    [
      'anonymous: { enabled: true, conditions: { path: /a } }',
      /anonymous.conditions: must be a list/,
    ],
    ['anonymous: { enabled: true, conditions: [/a] }', /anonymous.conditions\[0\]: must be a map/],
    [
      'anonymous: { enabled: true, conditions: [{ path: 5 }] }',
      /conditions\[0\].path: must be a string/,
    ],
    [
      'anonymous: { enabled: true, conditions: [{ paths: [/a] }] }',
      /conditions\[0\].paths: unknown key/,
    ],
  ] as const
  for (const [section, expected] of refused) {
    it(`refuses "${section}"`, () => {
      const problems = problemsOfFile(`${head}${section}`)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', expected)
    })
  }
})
