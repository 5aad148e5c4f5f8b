/** The API server gets another certificate, and another CA: nobody is believed whom the CA does not know. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { firstAuthority } from '../support/authorities.ts'
import {
  authority,
  certificate,
  cn,
  extension,
  extensions,
  type Issued,
  serverAuth,
} from '../support/certificates.ts'
import { der, sequence } from '../support/der-writer.ts'
import type { Serving } from '../support/kube-apiserver.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { bot } from './cluster.ts'
import { alice, type KubectlBed, startKubectlBed } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const next = authority('next')

/** For 127.0.0.1, with keys of its own each time. */
function signedBy(issuer: Issued): Serving {
  const address = extension('2.5.29.17', sequence(der(0x87, Buffer.of(127, 0, 0, 1))))
  const { pem, key } = certificate({
    name: [[cn, 'kube-apiserver']],
    issuer,
    extensions: [extensions.usages(serverAuth), address],
  })
  return { ca: issuer.pem, cert: pem, key }
}

describe('an API server that changes its certificate', {
  skip: programs.skip || binary.skip,
}, () => {
  let bed: KubectlBed
  before(async () => {
    bed = await startKubectlBed({
      programs: programs.get(),
      binary: binary.get(),
      sections: { serviceAccounts: { validation: 'tokenReview' } },
      // Envoy's own trust is the operator's to rotate.
      upstreamCA: firstAuthority.ca + next.pem,
    })
    assert.equal((await whoami()).code, 0)
  })
  after(async () => bed.stop())

  /** With a token that Attaché has to have reviewed. */
  async function whoami() {
    const token = await createToken(bed.cluster.api, bot)
    return bed.run(['auth', 'whoami'], { who: alice, token, transport: 'http' })
  }

  it('is believed by nobody when its CA is another, until that is in the file', async () => {
    await bed.cluster.api.halt()
    await bed.cluster.api.resume(signedBy(next))
    const { code, stderr } = await whoami()
    assert.equal(code, 1)
    assert.match(stderr, /^Error from server \(ServiceUnavailable\): Try again in a moment: /)
    assert.match(bed.attache.output(), /gave no usable answer: unable to verify/)
    await writeFile(bed.cluster.kubernetes.certificateAuthorityFile, next.pem)
    // A file that did not help is looked at again after a second.
    await delay(1_000)
    const healed = await whoami()
    assert.deepEqual([healed.code, healed.stderr], [0, ''])
  })

  it('is believed at once when its CA is the same', async () => {
    await bed.cluster.api.halt()
    await bed.cluster.api.resume(signedBy(next))
    const { code, stderr } = await whoami()
    assert.deepEqual([code, stderr], [0, ''])
  })
})
