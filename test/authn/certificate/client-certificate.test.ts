import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { clientCertificate } from '../../../src/authn/certificate/client-certificate.ts'
import type { CheckInput } from '../../../src/check-input.ts'
import type { ClientCertificatesConfig } from '../../../src/config/types.ts'
import { DependencyError } from '../../../src/errors.ts'
import {
  authority,
  certificate,
  cn,
  type Issued,
  percentEncoded,
  type RevocationListOptions,
  revocationList,
  toPem,
} from '../../support/certificates.ts'
import { checkInput } from '../../support/check-input.ts'
import { nameCases } from '../../x509/name-cases.ts'

const ca = authority('ca')
const sub = authority('sub', { issuer: ca })
const nowMs = Date.parse('2026-06-01')
const alice = certificate({ name: [[cn, 'alice']], issuer: ca, serialNumber: 5 })
const bob = certificate({ name: [[cn, 'bob']], issuer: sub })

function authenticator(overrides: Partial<ClientCertificatesConfig> = {}, now = () => nowMs) {
  const config = { source: 'checkRequest', clientCA: ca.pem, crl: undefined, ...overrides } as const
  return clientCertificate(config, { now })
}

const shown = ({ pem }: Pick<Issued, 'pem'>) => checkInput({ certificate: percentEncoded(pem) })

/** As Envoy writes it with `cert` and `chain`. */
function forwarded(leaf: Issued, chain: readonly Issued[] = [leaf]): CheckInput {
  const pems = percentEncoded(chain.map(({ pem }) => pem).join(''))
  const xfcc = `Hash=${hash('sha256', leaf.der)};Cert="${percentEncoded(leaf.pem)}";Chain="${pems}"`
  return checkInput({ headers: { 'x-forwarded-client-cert': xfcc } })
}

async function nameOf(outcome: ReturnType<ReturnType<typeof authenticator>>) {
  const found = await outcome
  return found.kind === 'authenticated' ? found.user.name : found
}

const crl = (options: Partial<RevocationListOptions> = {}) =>
  revocationList({ issuer: ca, ...options }).pem

const rejected = (reason: string, detail: string) => ({ kind: 'rejected', reason, detail })

describe('clientCertificate()', () => {
  for (const { what, name, answer } of nameCases) {
    it(`says of ${what}: ${JSON.stringify(answer)}`, async () => {
      const outcome = await authenticator()(shown(certificate({ name, issuer: ca })))
      const said =
        outcome.kind === 'authenticated'
          ? { name: outcome.user.name, uid: outcome.user.uid, groups: outcome.user.groups }
          : outcome.kind
      const expected =
        typeof answer === 'object'
          ? { uid: '', groups: [], ...answer }
          : { nobody: 'no-credential', refused: 'rejected' }[answer]
      assert.deepEqual(said, expected)
    })
  }

  it('makes a user of the certificate, with its hash as credential id', async () => {
    assert.deepEqual(await authenticator()(shown(alice)), {
      kind: 'authenticated',
      user: {
        name: 'alice',
        uid: '',
        groups: [],
        extra: new Map([
          [
            'authentication.kubernetes.io/credential-id',
            [`X509SHA256=${hash('sha256', alice.der)}`],
          ],
        ]),
      },
      authenticator: 'client-certificate',
      email: undefined,
      idToken: undefined,
      expiresAtMs: Date.parse('2120-01-01'),
    })
  })

  it('finds no credential where no certificate is shown', async () => {
    assert.deepEqual(await authenticator()(checkInput()), { kind: 'no-credential' })
    const xfcc = authenticator({ source: 'xfcc' })
    assert.deepEqual(await xfcc(checkInput()), { kind: 'no-credential' })
  })

  it('believes only the place that it was told to', async () => {
    assert.equal((await authenticator()(forwarded(alice))).kind, 'no-credential')
    assert.equal((await authenticator({ source: 'xfcc' })(shown(alice))).kind, 'no-credential')
  })

  it('takes intermediates from Chain, in any order', async () => {
    const authenticate = authenticator({ source: 'xfcc' })
    assert.equal(await nameOf(authenticate(forwarded(bob, [bob, sub]))), 'bob')
    assert.equal(await nameOf(authenticate(forwarded(bob, [sub]))), 'bob')
    assert.equal((await authenticate(forwarded(bob, [bob]))).kind, 'rejected')
  })

  it('takes the certificate from Cert, not from Chain', async () => {
    const authenticate = authenticator({ source: 'xfcc' })
    assert.equal(await nameOf(authenticate(forwarded(alice, [bob, alice, sub]))), 'alice')
  })

  it('refuses a Cert that is not the one of Hash', async () => {
    const xfcc = `Hash=${hash('sha256', bob.der)};Cert="${percentEncoded(alice.pem)}"`
    const input = checkInput({ headers: { 'x-forwarded-client-cert': xfcc } })
    assert.deepEqual(
      await authenticator({ source: 'xfcc' })(input),
      rejected('ambiguous-credential', 'Hash and Cert of x-forwarded-client-cert differ'),
    )
  })

  it('refuses two elements as ambiguous', async () => {
    const one = forwarded(alice).headers.get('x-forwarded-client-cert') ?? ''
    for (const xfcc of [`${one},${one}`, '', 'Hash=1']) {
      const input = checkInput({ headers: { 'x-forwarded-client-cert': xfcc } })
      const outcome = await authenticator({ source: 'xfcc' })(input)
      assert.equal(outcome.kind === 'rejected' && outcome.reason, 'ambiguous-credential')
    }
  })

  const unreadable = [
    ['no PEM', 'x'],
    ['an empty text', ''],
    ['broken percent-encoding', '%'],
    ['percent-encoded bytes that are not UTF-8', '%ff'],
    ['two certificates', percentEncoded(alice.pem + bob.pem)],
    ['text around it', percentEncoded(`x\n${alice.pem}`)],
    ['a revocation list', percentEncoded(revocationList({ issuer: ca }).pem)],
    ['a PEM without a certificate', percentEncoded(toPem('CERTIFICATE', Buffer.from('x')))],
    [
      'a certificate with a byte more',
      percentEncoded(toPem('CERTIFICATE', Buffer.concat([alice.der, Buffer.of(0)]))),
    ],
    ['a text without end', percentEncoded(alice.pem).padEnd(65_537, '%0A')],
  ] as const
  for (const [what, text] of unreadable) {
    it(`refuses ${what} as malformed`, async () => {
      const outcome = await authenticator()(checkInput({ certificate: text }))
      assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-malformed')
    })
  }

  it('refuses a chain of more intermediates than anybody has', async () => {
    const many = Array.from({ length: 11 }, (_, at) => authority(`sub ${at}`))
    const outcome = await authenticator({ source: 'xfcc' })(forwarded(alice, [alice, ...many]))
    assert.deepEqual(outcome, rejected('credential-malformed', 'the chain is too long'))
  })

  it('refuses one of another CA, and one that has expired', async () => {
    const other = certificate({ name: [[cn, 'alice']], issuer: authority('ca') })
    assert.deepEqual(
      await authenticator()(shown(other)),
      rejected('credential-untrusted', 'no chain of certificates leads to a trusted CA'),
    )
    const old = certificate({ name: [[cn, 'a']], issuer: ca, notAfter: new Date('2026-05-31') })
    assert.deepEqual(
      await authenticator()(shown(old)),
      rejected('credential-expired', 'the certificate has expired'),
    )
  })

  it('takes any of several CAs', async () => {
    const clientCA = `a comment\n${authority('other').pem}${ca.pem}`
    assert.equal(await nameOf(authenticator({ clientCA })(shown(alice))), 'alice')
  })

  it('trusts nobody when the CA file is empty', async () => {
    assert.equal((await authenticator({ clientCA: '' })(shown(alice))).kind, 'rejected')
  })
})

describe('clientCertificate() with a revocation list', () => {
  it('refuses who is in it, and takes who is not', async () => {
    const authenticate = authenticator({ crl: crl({ revoked: [5] }) })
    assert.deepEqual(
      await authenticate(shown(alice)),
      rejected('credential-invalid', 'the certificate is revoked'),
    )
    const carol = certificate({ name: [[cn, 'carol']], issuer: ca })
    assert.equal(await nameOf(authenticate(shown(carol))), 'carol')
  })

  const silent = [
    ['is out of date', crl({ nextUpdate: new Date('2026-05-31') })],
    ['is of another CA', revocationList({ issuer: authority('other') }).pem],
    ['is empty', ''],
  ] as const
  for (const [what, list] of silent) {
    it(`cannot say anything when it ${what}`, async () => {
      const authenticate = authenticator({ crl: list })
      await assert.rejects(async () => authenticate(shown(alice)), DependencyError)
    })
  }

  it('asks again when the list ends', async () => {
    const clock = { nowMs }
    const list = crl({ nextUpdate: new Date('2026-06-02') })
    const authenticate = authenticator({ crl: list }, () => clock.nowMs)
    const outcome = await authenticate(shown(alice))
    assert.ok(outcome.kind === 'authenticated')
    assert.equal(outcome.expiresAtMs, Date.parse('2026-06-02'))
    clock.nowMs = Date.parse('2026-06-02T00:00:00.001Z')
    await assert.rejects(async () => authenticate(shown(alice)), DependencyError)
  })
})

describe('clientCertificate() and time', () => {
  it('gives the same object for the same certificate', async () => {
    const authenticate = authenticator()
    assert.equal(await authenticate(shown(alice)), await authenticate(shown(alice)))
    assert.notEqual(await authenticate(shown(alice)), await authenticate(shown(bob)))
  })

  it('forgets a certificate when it ends', async () => {
    const clock = { nowMs }
    const authenticate = authenticator({}, () => clock.nowMs)
    const notAfter = new Date('2026-06-02')
    const short = certificate({ name: [[cn, 'short']], issuer: ca, notAfter })
    assert.equal(await nameOf(authenticate(shown(short))), 'short')
    clock.nowMs = notAfter.getTime()
    assert.equal(await nameOf(authenticate(shown(short))), 'short')
    clock.nowMs += 1
    assert.equal((await authenticate(shown(short))).kind, 'rejected')
  })

  it('forgets a certificate when a CA of its chain ends', async () => {
    const clock = { nowMs }
    const authenticate = authenticator({ source: 'xfcc' }, () => clock.nowMs)
    const brief = authority('brief', { issuer: ca, notAfter: new Date('2026-06-02') })
    const leaf = certificate({ name: [[cn, 'leaf']], issuer: brief })
    assert.equal(await nameOf(authenticate(forwarded(leaf, [leaf, brief]))), 'leaf')
    clock.nowMs = Date.parse('2026-06-03')
    assert.equal((await authenticate(forwarded(leaf, [leaf, brief]))).kind, 'rejected')
  })

  it('looks again at one that was refused', async () => {
    const clock = { nowMs }
    const authenticate = authenticator({}, () => clock.nowMs)
    const notBefore = new Date('2026-06-01T00:00:05Z')
    const early = certificate({ name: [[cn, 'early']], issuer: ca, notBefore })
    assert.equal((await authenticate(shown(early))).kind, 'rejected')
    clock.nowMs += 11_000
    assert.equal(await nameOf(authenticate(shown(early))), 'early')
  })
})
