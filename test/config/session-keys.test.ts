import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listenAndRoutes, oneIssuer, problemsOf } from './folder.ts'

describe('session.keysFile', () => {
  const random = Buffer.from(Array.from({ length: 48 }, (_, index) => index * 5 + 1))
  const line = random.toString('base64')
  const good = [
    ['one key', line],
    ['the URL alphabet without padding', random.toString('base64url')],
    ['blank lines and CRLF', `\r\n${line}\r\n\r\n`],
  ] as const
  for (const [what, keys] of good) {
    it(`accepts ${what}`, () => {
      assert.deepEqual(problemsWithKeys(keys), [])
    })
  }

  const bad = [
    ['nothing', '', /it is empty/],
    ['blanks', ' \n \n', /it is empty/],
    ['a password', 'correct horse battery staple', /line 1 is not base64/],
    [
      'a short key',
      random.subarray(0, 31).toString('base64'),
      /line 1 holds 31 bytes, fewer than 32/,
    ],
    ['zeros', Buffer.alloc(32).toString('base64'), /line 1 is not random/],
    ['one letter over and over', 'A'.repeat(64), /line 1 is not random/],
    [
      'a short pattern',
      Buffer.from('abcabcab'.repeat(5)).toString('base64'),
      /line 1 is not random/,
    ],
    ['a key twice', `${line}\n${line}`, /line 2 repeats a key/],
    ['a good key and a bad one', `${line}\nnope`, /line 2 (is not base64|holds 3 bytes)/],
    ['two keys in a line', `${line} ${line}`, /line 1 is not base64/],
    ['PEM', '-----BEGIN PRIVATE KEY-----\nxx\n', /line 1 is not base64/],
  ] as const
  for (const [what, keys, expected] of bad) {
    it(`refuses ${what}`, () => {
      assert.match(problemsWithKeys(keys).join('\n'), expected)
    })
  }
})

function problemsWithKeys(keys: string): readonly string[] {
  return problemsOf(
    `${listenAndRoutes}${oneIssuer}signIn: { externalURL: https://a.example.com, providers: [{ id: dex, issuer: https://dex.example.com, clientID: kubeflow }] }\nsession: { keysFile: keys }`,
    { files: { keys } },
  )
}
