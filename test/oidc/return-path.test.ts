import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as holds, property, string, stringMatching } from 'fast-check'
import { safeReturnPath } from '../../src/oidc/return-path.ts'
import { openRedirects } from './open-redirects.ts'

const externalURL = new URL('https://app.example.com')

describe('safeReturnPath()', () => {
  it('knows hundreds of them', () => assert.ok(openRedirects.length >= 300))

  for (const payload of openRedirects) {
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
