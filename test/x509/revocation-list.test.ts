import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Certificate, readCertificate } from '../../src/x509/certificate.ts'
import {
  checkRevocation,
  type RevocationList,
  readRevocationList,
} from '../../src/x509/revocation-list.ts'
import {
  authority,
  certificate,
  cn,
  extension,
  extensions,
  type Issued,
  type RevocationListOptions,
  revocationList,
} from '../support/certificates.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'
import { der, integer, sequence } from '../support/der-writer.ts'

const root = authority('root')
const sub = authority('sub', { issuer: root, serialNumber: 70 })
const alice = certificate({ name: [[cn, 'alice']], issuer: root, serialNumber: 200 })
const bob = certificate({ name: [[cn, 'bob']], issuer: sub, serialNumber: 200 })
const nowMs = Date.parse('2026-06-01')

function read({ der: bytes }: Issued): Certificate {
  const found = readCertificate(bytes)
  assert.ok(found)
  return found
}

function list(options: Partial<RevocationListOptions> = {}): RevocationList {
  const found = readRevocationList(revocationList({ issuer: root, ...options }).der)
  assert.ok(found)
  return found
}

const aliceChain = [alice, root].map(read)
const bobChain = [bob, sub, root].map(read)

function check(lists: readonly RevocationList[], chain = aliceChain) {
  return checkRevocation(lists)(chain, nowMs)
}

const good = { kind: 'good', untilMs: Date.parse('2120-01-01') }
const noList = { kind: 'unknown', detail: 'a CA has no list' }
const outOfDate = { kind: 'unknown', detail: 'the list of a CA is out of date' }

describe('checkRevocation()', () => {
  it('knows who is not in the list of the CA', () => {
    assert.deepEqual(check([list({ revoked: [1, 199, 201, 0xc8c8] })]), good)
    assert.deepEqual(check([list()]), good)
  })

  it('knows who is', () => {
    assert.deepEqual(check([list({ revoked: [1, 200] })]), { kind: 'revoked' })
  })

  it('does not know without a list', () => {
    assert.deepEqual(check([]), noList)
  })

  it('does not know with the list of another CA', () => {
    const other = authority('other')
    assert.deepEqual(check([list({ issuer: other, revoked: [200] })]), noList)
  })

  it('does not believe a list that the CA has not signed', () => {
    const signer = authority('root')
    assert.deepEqual(check([list({ signer })]), noList)
    assert.deepEqual(check([list({ signer, revoked: [200] }), list()]), good)
  })

  it('does not believe a CA that may not sign lists', () => {
    const weak = authority('weak', { extensions: [extensions.ca(), extensions.keyUsage(5)] })
    const carol = certificate({ name: [[cn, 'carol']], issuer: weak })
    assert.deepEqual(check([list({ issuer: weak })], [carol, weak].map(read)), noList)
  })

  it('does not know when the list is out of date, or from the future', () => {
    assert.deepEqual(check([list({ nextUpdate: new Date('2026-05-31') })]), outOfDate)
    assert.deepEqual(check([list({ thisUpdate: new Date('2026-06-02') })]), outOfDate)
  })

  it('knows that who is in a list that is out of date is revoked', () => {
    const old = list({ nextUpdate: new Date('2026-05-31'), revoked: [200] })
    assert.deepEqual(check([old]), { kind: 'revoked' })
    assert.deepEqual(check([list(), old]), { kind: 'revoked' })
  })

  it('says until when that is true: until the last list of a CA, and the first of the CAs, ends', () => {
    const soon = new Date('2026-07-01')
    const later = new Date('2026-08-01')
    const lists = [list({ nextUpdate: soon }), list({ nextUpdate: later })]
    assert.deepEqual(check(lists), { kind: 'good', untilMs: later.getTime() })
    const ofBoth = [list({ nextUpdate: later }), list({ issuer: sub, nextUpdate: soon })]
    assert.deepEqual(check(ofBoth, bobChain), { kind: 'good', untilMs: soon.getTime() })
  })

  it('asks for the list of every CA of the chain', () => {
    assert.deepEqual(check([list({ issuer: sub })], bobChain), noList)
    assert.deepEqual(check([list()], bobChain), noList)
    assert.deepEqual(check([list(), list({ issuer: sub })], bobChain), good)
  })

  it('knows when a CA of the chain is revoked', () => {
    const lists = [list({ revoked: [70] }), list({ issuer: sub })]
    assert.deepEqual(check(lists, bobChain), { kind: 'revoked' })
  })

  it('keeps the serial numbers of two CAs apart', () => {
    const lists = [list({ revoked: [200] }), list({ issuer: sub })]
    assert.deepEqual(check(lists, bobChain), good)
  })

  it('knows without a list who is a root himself', () => {
    assert.equal(check([], [read(root)]).kind, 'good')
  })
})

describe('readRevocationList()', () => {
  const number = extension('2.5.29.20', integer(5))
  const indirect = extension('2.5.29.29', sequence(), true)

  it('takes a list with a number and with reasons', () => {
    const reason = extension('2.5.29.21', der(0x0a, Buffer.of(1)))
    const options = { revoked: [200], extensions: [number], entryExtensions: [reason] }
    assert.deepEqual(list(options).serialNumbers, new Set(['00c8']))
  })

  const partial: readonly (readonly [string, Partial<RevocationListOptions>])[] = [
    ['no nextUpdate', { nextUpdate: null }],
    ['a delta', { extensions: [extension('2.5.29.27', integer(1), true)] }],
    ['a distribution point', { extensions: [extension('2.5.29.28', sequence(), true)] }],
    ['an unknown critical extension', { extensions: [extension('1.2.3', sequence(), true)] }],
    ['an extension twice', { extensions: [number, number] }],
    ['an entry of another issuer', { revoked: [1], entryExtensions: [indirect] }],
    ['a negative serial number', { revoked: [Buffer.of(0x80)] }],
  ]
  for (const [what, options] of partial) {
    it(`refuses ${what}`, () => {
      const bytes = revocationList({ issuer: root, ...options }).der
      assert.equal(readRevocationList(bytes), undefined)
    })
  }

  it('refuses a certificate', () => assert.equal(readRevocationList(alice.der), undefined))

  it('takes any change of a real list without throwing', () => {
    const whole = revocationList({ issuer: root, revoked: [1, 2], extensions: [number] }).der
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole)
        changed[at] = byte
        assert.match(typeof readRevocationList(changed), /^(undefined|object)$/)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads 100,000 entries in well under a second', () => {
    const revoked = Array.from({ length: 100_000 }, (_, n) => n)
    const bytes = revocationList({ issuer: root, revoked }).der
    const cpuMs = cpuStopwatch()
    assert.equal(readRevocationList(bytes)?.serialNumbers.size, 100_000)
    assert.ok(cpuMs() < 1000)
  })
})
