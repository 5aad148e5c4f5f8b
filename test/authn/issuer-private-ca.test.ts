import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { DependencyError } from '../../src/errors.ts'
import { closeAll, local, nameIn, tokenOf, trust } from './trusted-issuers.ts'

afterEach(closeAll)

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}

describe('createIssuers() with a private CA', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'attache-ca-'))
  after(() => rmSync(folder, { recursive: true }))

  /** A CA and a certificate of it for 127.0.0.1. */
  function makeCertificates(name: string): { ca: string; key: string; cert: string } {
    const file = (suffix: string) => path.join(folder, `${name}-${suffix}`)
    const newKeyTo = (suffix: string) => [
      ...[
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        file(suffix),
      ],
    ]
    openssl(
      'req',
      '-x509',
      ...newKeyTo('ca.key'),
      '-out',
      file('ca.crt'),
      '-subj',
      `/CN=${name} CA`,
      '-days',
      '2',
    )
    openssl('req', '-new', ...newKeyTo('tls.key'), '-out', file('tls.csr'), '-subj', '/CN=idp')
    writeFileSync(file('ext'), 'subjectAltName=IP:127.0.0.1\n')
    openssl(
      ...['x509', '-req', '-in', file('tls.csr'), '-CA', file('ca.crt'), '-CAkey', file('ca.key')],
      ...['-CAcreateserial', '-days', '2', '-extfile', file('ext'), '-out', file('tls.crt')],
    )
    const read = (suffix: string) => readFileSync(file(suffix), 'utf8')
    return { ca: read('ca.crt'), key: read('tls.key'), cert: read('tls.crt') }
  }

  const own = makeCertificates('own')
  const foreign = makeCertificates('foreign')

  it('verifies the tokens of an issuer of that CA', async () => {
    const issuer = await local({ tls: own })
    const { issuers } = trust([{ url: issuer.url, certificateAuthority: own.ca, allowHttp: false }])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'alice')
  })

  for (const [what, certificateAuthority] of [
    ['another CA', foreign.ca],
    ["the machine's own roots", undefined],
  ] as const) {
    it(`does not believe it by ${what}`, async () => {
      const issuer = await local({ tls: own })
      const { issuers } = trust([{ url: issuer.url, certificateAuthority, allowHttp: false }])
      await assert.rejects(issuers.authenticateToken(tokenOf(issuer.url)), DependencyError)
      assert.equal(issuer.asked.discovery, 0)
    })
  }
})
