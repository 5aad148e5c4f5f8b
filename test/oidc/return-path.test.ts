import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as holds, property, string, stringMatching } from 'fast-check'
import { safeReturnPath } from '../../src/oidc/return-path.ts'

const externalURL = new URL('https://app.example.com')

/** Open-redirect payloads (threats L19), most of them ones that got through somewhere. */
const payloads: readonly string[] = [
  // Not a path at all.
  '',
  ' ',
  'evil.example',
  'evil.example/',
  'http://evil.example',
  'https://evil.example',
  'HTTPS://evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'https:\\\\evil.example',
  'http:/\\evil.example',
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com@evil.example',
  'https://app.example.com:443@evil.example/',
  'https://app.example.com.evil.example',
  'https://app.example.com%2eevil.example',
  'https://evilapp.example.com',
  'https://evil.example#app.example.com',
  'https://evil.example?app.example.com',
  'https://evil.example\\app.example.com',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'javascript://app.example.com/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'ftp://evil.example',
  'blob:https://evil.example/1',
  'about:blank',
  '?rd=/x',
  '#/x',
  '.',
  './/evil.example',
  '../evil.example',
  '%2fevil.example',
  '%2f%2fevil.example',
  '@evil.example',
  ':80',
  // Another host by a second slash, however it is written.
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '//evil.example/%2f..',
  '//evil.example@app.example.com',
  '//app.example.com@evil.example',
  '//app.example.com',
  '//',
  '///',
  '/\\evil.example',
  '/\\/evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '\\evil.example',
  '/\\\\evil.example',
  '//\\evil.example',
  '/%2fevil.example',
  '/%2Fevil.example',
  '/%5cevil.example',
  '/%5Cevil.example',
  '/%2f%2fevil.example',
  '/%09/evil.example',
  '/%0a/evil.example',
  '/%0d/evil.example',
  '/%0d%0aLocation:%20https://evil.example',
  '/%00/evil.example',
  '/%20/evil.example',
  '/%7f/evil.example',
  '/%c2%a0/evil.example',
  '/%ef%bc%8fevil.example',
  '/%e3%80%80/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/./\\evil.example',
  '/x/..//evil.example',
  '/x/../..//evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/x/%2e%2e//evil.example',
  '/x/..\\\\evil.example',
  // What a URL parser drops before it looks for the second slash.
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  '\n//evil.example',
  ' //evil.example',
  '\u0000//evil.example',
  '/\u0000/evil.example',
  '/\u001f/evil.example',
  '/x\r\nset-cookie: a=1',
  '/x\ny',
  // Blanks, invisible characters and look-alikes of a slash.
  '/ /evil.example',
  '/\u00a0/evil.example',
  '/\u2028/evil.example',
  '/\u2029/evil.example',
  '/\u3000/evil.example',
  '/\u200b/evil.example',
  '/\u202e/evil.example',
  '/\ufeff/evil.example',
  '\u2044\u2044evil.example',
  '\uff0f\uff0fevil.example',
  '\u3002evil.example',
  '/\ufffd/evil.example',
  // Too long to keep.
  `/${'a'.repeat(3000)}`,
  `/${'ü'.repeat(1000)}`,
]

describe('safeReturnPath()', () => {
  for (const payload of payloads) {
    it(`leads home for ${JSON.stringify(payload.slice(0, 60))}`, () => {
      assert.equal(safeReturnPath(payload, externalURL), '/')
    })
  }

  for (const nothing of [null, undefined]) {
    it(`leads home for ${nothing}`, () => assert.equal(safeReturnPath(nothing, externalURL), '/'))
  }

  const kept: readonly (readonly [wanted: string, path: string])[] = [
    ['/', '/'],
    ['/pipeline/', '/pipeline/'],
    ['/a/b?c=d&e=f', '/a/b?c=d&e=f'],
    ['/?ns=team', '/?ns=team'],
    ['/_/jupyter/?ns=a#/new', '/_/jupyter/?ns=a#/new'],
    ['/x?rd=https://evil.example', '/x?rd=https://evil.example'],
    ['/x?rd=//evil.example', '/x?rd=//evil.example'],
    ['/a//b', '/a//b'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%20b', '/a%20b'],
    ['/a/../b', '/b'],
    ['/@evil.example', '/@evil.example'],
    ['/evil.example', '/evil.example'],
    ['/:80', '/:80'],
    ['/grüße', '/gr%C3%BC%C3%9Fe'],
    ['/<script>', '/%3Cscript%3E'],
  ]
  for (const [wanted, path] of kept) {
    it(`keeps ${JSON.stringify(wanted)}`, () => {
      assert.equal(safeReturnPath(wanted, externalURL), path)
    })
  }

  it('never leaves the origin, whatever a browser makes of its answer', () => {
    holds(property(string({ unit: 'binary', maxLength: 30 }), staysHome))
    holds(property(stringMatching(/^[/\\.%@:\t\n 25fFcCeE0-9a-z]{1,14}$/), staysHome), {
      numRuns: 2000,
    })
  })
})

function staysHome(wanted: string): void {
  const path = safeReturnPath(wanted, externalURL)
  assert.match(path, /^\/(?![/\\])/)
  assert.equal(new URL(path, externalURL).origin, externalURL.origin)
}
