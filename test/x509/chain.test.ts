import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Certificate, readCertificate } from '../../src/x509/certificate.ts'
import { verifyClientChain } from '../../src/x509/chain.ts'
import { authority, certificate, cn, extensions, type Issued } from '../support/certificates.ts'
import { chainCases, root } from './chain-cases.ts'

const nowMs = Date.parse('2026-06-01')

function read(issued: readonly Issued[]): readonly Certificate[] {
  return issued.map(({ der }) => readCertificate(der)).filter((found) => found !== undefined)
}

function verify(leaf: Issued, { roots = [root], intermediates = [] as readonly Issued[] } = {}) {
  const [found] = read([leaf])
  if (found === undefined) return { kind: 'unreadable' }
  const options = { roots: read(roots), intermediates: read(intermediates), nowMs }
  return verifyClientChain(found, options)
}

describe('verifyClientChain()', () => {
  for (const { what, leaf, intermediates, roots, holds, isRefusedHere } of chainCases) {
    const isTaken = holds && isRefusedHere !== true
    it(`${isTaken ? 'takes' : 'refuses'} ${what}`, () => {
      const { kind } = verify(leaf, {
        ...(roots && { roots: [...roots] }),
        ...(intermediates && { intermediates }),
      })
      assert.equal(kind === 'chain', isTaken, kind)
    })
  }

  it('is valid from the first to the last millisecond that the certificate names', () => {
    const leaf = certificate({
      name: [[cn, 'alice']],
      issuer: root,
      notBefore: new Date('2026-01-01'),
      notAfter: new Date('2026-02-01'),
    })
    const [found] = read([leaf])
    assert.ok(found)
    const at = (time: string) =>
      verifyClientChain(found, { roots: read([root]), intermediates: [], nowMs: Date.parse(time) })
    assert.equal(at('2026-01-01').kind, 'chain')
    assert.equal(at('2026-02-01').kind, 'chain')
    assert.deepEqual(at('2025-12-31T23:59:59.999Z'), {
      kind: 'refused',
      reason: 'untrusted',
      detail: 'the certificate is not valid yet',
    })
    assert.deepEqual(at('2026-02-01T00:00:00.001Z'), {
      kind: 'refused',
      reason: 'expired',
      detail: 'the certificate has expired',
    })
  })

  it('says which CA has expired', () => {
    const old = authority('old', { issuer: root, notAfter: new Date('2021-01-01') })
    const leaf = certificate({ name: [[cn, 'alice']], issuer: old })
    assert.deepEqual(verify(leaf, { intermediates: [old] }), {
      kind: 'refused',
      reason: 'expired',
      detail: 'a CA of the certificate has expired',
    })
  })

  it('gives the chain from the certificate to the root', () => {
    const sub = authority('sub', { issuer: root })
    const leaf = certificate({ name: [[cn, 'alice']], issuer: sub })
    const [found] = read([leaf])
    assert.ok(found)
    const options = { roots: read([root]), intermediates: read([sub]), nowMs }
    const verdict = verifyClientChain(found, options)
    assert.equal(verdict.kind, 'chain')
    assert.deepEqual(
      verdict.chain.map(({ raw }) => raw),
      [leaf.der, sub.der, root.der],
    )
  })

  it('gives up after twenty signatures of what came with it', () => {
    const keyPair = authority('same').keyPair
    // Each could have signed each other: there are more ways than anybody can go.
    const many = Array.from({ length: 10 }, (_, at) =>
      authority('same', { extensions: [extensions.ca(), extensions.keyUsage(5, at % 5)], keyPair }),
    )
    const others = Array.from({ length: 20 }, () =>
      authority('same', { issuer: { ...root, subject: authority('same').subject } }),
    )
    const [signer = root] = many
    const leaf = certificate({ name: [[cn, 'alice']], issuer: signer })
    assert.equal(verify(leaf, { intermediates: [...many, ...others] }).kind, 'refused')
    const trusted = authority('same', { issuer: root, keyPair })
    assert.equal(verify(leaf, { intermediates: [...others.slice(1), trusted] }).kind, 'chain')
    assert.equal(verify(leaf, { intermediates: [...others, trusted] }).kind, 'refused')
  })

  it('finds the root among many of one name', () => {
    const roots = Array.from({ length: 60 }, () => authority('kubernetes'))
    const leaf = certificate({ name: [[cn, 'alice']], issuer: roots[59] ?? root })
    assert.equal(verify(leaf, { roots }).kind, 'chain')
  })
})
