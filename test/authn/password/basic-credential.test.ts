import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readBasic } from '../../../src/authn/password/basic-credential.ts'

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')

describe('readBasic()', () => {
  const good = [
    ['Basic', 'alice:secret', { login: 'alice', password: 'secret' }],
    ['basic', 'alice:a:b:', { login: 'alice', password: 'a:b:' }],
    ['BASIC', ':', { login: '', password: '' }],
    ['Basic', 'Jürgen:пароль 組', { login: 'Jürgen', password: 'пароль 組' }],
    ['Basic', `a:${'x'.repeat(72)}`, { login: 'a', password: 'x'.repeat(72) }],
    ['Basic', '\ufeffa:b', { login: '\ufeffa', password: 'b' }],
  ] as const
  for (const [scheme, text, is] of good) {
    it(`reads ${scheme} ${JSON.stringify(text)}`, () => {
      const expected = { kind: 'credential', ...is }
      assert.deepEqual(readBasic(`${scheme} ${base64(text)}`), expected)
      assert.deepEqual(readBasic(` ${scheme}  ${base64(text)} `), expected)
    })
  }

  for (const header of [
    undefined,
    '',
    'Bearer x',
    'Basically YTpi',
    'Basic-2 YTpi',
    'X Basic YTpi',
    'Negotiate',
  ]) {
    it(`finds none in ${JSON.stringify(header)}`, () => {
      assert.deepEqual(readBasic(header), { kind: 'none' })
    })
  }

  const bad = [
    ['nothing', 'Basic'],
    ['blanks', 'Basic   '],
    ['an equals sign', 'Basic=YTpi'],
    ['a comma', `Basic ${base64('a:b')}, Bearer x`],
    ['two credentials', `Basic ${base64('a:b')} ${base64('a:b')}`],
    ['two lines, as Envoy joins them', `Basic ${base64('a:b')},Basic ${base64('c:d')}`],
    ['base64url', 'Basic YTrDv8O_w78='],
    ['no padding', 'Basic YTo'],
    ['padding in the middle', 'Basic YTo=YTo='],
    ['bits that padding hides', 'Basic YTp='],
    ['another alphabet', 'Basic !!!!'],
    ['no colon', `Basic ${base64('alice')}`],
    ['a NUL', `Basic ${base64('alice:secret\0')}`],
    ['a line break', `Basic ${base64('alice\n:secret')}`],
    ['a tab', `Basic ${base64('alice:\tsecret')}`],
    ['DEL', `Basic ${base64('alice:\u007f')}`],
    ['Latin-1', `Basic ${base64(Buffer.from('Jürgen:x', 'latin1'))}`],
    ['73 bytes', `Basic ${base64(`a:${'x'.repeat(73)}`)}`],
    ['72 characters that are more bytes', `Basic ${base64(`a:${'ü'.repeat(37)}`)}`],
    ['a login that is too long', `Basic ${base64(`${'x'.repeat(257)}:a`)}`],
    ['more than anybody sends', `Basic ${'YTpi'.repeat(10_000)}`],
  ] as const
  for (const [what, header] of bad) {
    it(`refuses ${what}`, () => assert.equal(readBasic(header).kind, 'malformed'))
  }

  it('says nothing of the credential when it refuses', () => {
    for (const [, header] of bad) {
      assert.doesNotMatch(JSON.stringify(readBasic(header)), /alice|secret|YT/)
    }
  })

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.match(readBasic(`Basic ${text}`).kind, /malformed|credential/)
      }),
    )
  })
})
