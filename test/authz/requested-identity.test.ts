import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRequestedIdentity } from '../../src/authz/requested-identity.ts'
import { type ClientLine, preFiltered } from '../support/pre-filtered.ts'

const read = (headers: Readonly<Record<string, string>>) =>
  readRequestedIdentity(new Map(Object.entries(headers)))
const readLines = (lines: readonly ClientLine[]) => readRequestedIdentity(preFiltered(lines))

const bob: ClientLine = ['Impersonate-User', 'bob']

/** What kube-apiserver reads is in act-as-cases.ts; here is where Attaché reads more strictly. */
describe('readRequestedIdentity()', () => {
  it('keeps lines and their order', () => {
    assert.deepEqual(
      readLines([
        bob,
        ['Impersonate-Group', 'z'],
        ['Impersonate-Extra-B', '2'],
        ['Impersonate-Group', 'a, b'],
        ['Impersonate-Extra-a%2Fc', '1'],
        ['Impersonate-Extra-b', '3'],
      ]),
      {
        kind: 'identity',
        identity: {
          user: 'bob',
          uid: '',
          groups: ['z', 'a, b'],
          extra: new Map([
            ['b', ['2', '3']],
            ['a/c', ['1']],
          ]),
        },
      },
    )
  })

  it('asks for nothing where the client does not', () => {
    const headers = { authorization: 'x', 'x-attache-requested-x-remote-user': 'alice' }
    assert.deepEqual(read(headers), { kind: 'nothing' })
  })

  for (const name of [
    'Impersonate-Users',
    'Impersonate-Groups',
    'Impersonate-',
    'Impersonate-Extra',
    'Impersonate-Extra_scopes',
    'Impersonate-Scopes',
    'Impersonate_User',
    'impersonate_group',
    'Impersonate-User_',
  ]) {
    it(`refuses ${name}, which kube-apiserver ignores`, () => {
      for (const lines of [[[name, 'x']], [bob, [name, 'x']]] as const) {
        const detail = `the client sent "${name.toLowerCase()}"`
        assert.deepEqual(readLines(lines), { kind: 'malformed', detail })
      }
    })
  }

  for (const name of [
    'impersonate-user',
    'impersonate_group',
    'x_attache-requested-impersonate-user',
  ]) {
    it(`refuses "${name}" that no pre-filter has seen`, () => {
      const headers = { [name]: 'bob', 'x-attache-requested-impersonate-user': 'bob' }
      const detail = `"${name}" came past the pre-filter`
      assert.deepEqual(read(headers), { kind: 'malformed', detail })
    })
  }

  for (const value of ['a b', '%', '%zz', '%ff', '%C3', 'ü', 'a, b', '%ED%A0%80']) {
    it(`refuses ${JSON.stringify(value)}, which the pre-filter does not write`, () => {
      for (const name of ['user', 'uid', 'group', 'extra-scopes']) {
        const outcome = read({
          'x-attache-requested-impersonate-user': 'bob',
          [`x-attache-requested-impersonate-${name}`]: value,
        })
        assert.equal(outcome.kind, 'malformed')
      }
    })
  }

  for (const key of ['%ff', 'a%c3', '%ED%A0%80', '%c0%af']) {
    it(`refuses the key "${key}", which is no text`, () => {
      const outcome = readLines([bob, [`Impersonate-Extra-${key}`, 'x']])
      assert.deepEqual(outcome, {
        kind: 'malformed',
        detail: 'the key of an Impersonate-Extra header is not UTF-8',
      })
    })
  }
})
