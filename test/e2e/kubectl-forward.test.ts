/** Tokens that the API server knows itself: impersonated or sent on, as the configuration says. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { JsonObject } from '../support/kube-apiserver.ts'
import { bindClusterRole, createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { bot, botName, opaqueToken } from './cluster.ts'
import {
  alice,
  type Caller,
  hosts,
  type KubectlBed,
  startKubectlBed,
  transports,
  userInfoIn,
} from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const impersonator = 'system:serviceaccount:attache:impersonator'
const whoami = ['auth', 'whoami', '--output=json']
const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

function isReview({ requestURI, stage }: JsonObject): boolean {
  return requestURI === reviews && stage === 'ResponseComplete'
}

for (const serviceAccounts of ['impersonate', 'forward'] as const) {
  describe(`the API server's own tokens, with serviceAccounts: ${serviceAccounts}`, {
    skip: programs.skip || binary.skip,
  }, () => {
    let bed: KubectlBed
    let token: string
    before(async () => {
      bed = await startKubectlBed({
        programs: programs.get(),
        binary: binary.get(),
        impersonate: { serviceAccounts },
        sections: {
          serviceAccounts: { validation: 'tokenReview' },
          routes: [
            { match: { hosts: [hosts.acting] }, identity: 'impersonate', allowImpersonation: true },
            { match: { hosts: [hosts.plain] }, identity: 'forward' },
          ],
        },
        auditRules: [{ level: 'Metadata' }],
      })
      token = await createToken(bed.cluster.api, bot)
      await bindClusterRole(bed.cluster.api, 'impersonator', bot)
    })
    after(async () => bed.stop())

    /** Who somebody is for the API server, and what its audit log has of the request. */
    async function seen(caller: Omit<Caller, 'who'> & Partial<Pick<Caller, 'who'>>, args = whoami) {
      const { stdout, stderr } = await bed.run(args, { who: alice, ...caller })
      assert.equal(stderr, '')
      const events = await bed.cluster.api.auditLog()
      const { user, impersonatedUser } = events.findLast(isReview) as Record<string, Audited>
      assert.ok(user)
      const { username } = userInfoIn(stdout) as Audited
      return { is: username, by: user.username, as: impersonatedUser?.username }
    }

    for (const transport of transports) {
      it(`stand beside those of an issuer over ${transport}, which are impersonated`, async () => {
        const over = { transport, host: 'acting' } as const
        assert.deepEqual(await seen({ ...over, token }), {
          is: botName,
          ...(serviceAccounts === 'forward'
            ? { by: botName, as: undefined }
            : { by: impersonator, as: botName }),
        })
        // Not a ServiceAccount's, but the API server's all the same.
        assert.deepEqual(await seen({ ...over, token: opaqueToken }), {
          is: 'carol',
          ...(serviceAccounts === 'forward'
            ? { by: 'carol', as: undefined }
            : { by: impersonator, as: 'carol' }),
        })
        assert.deepEqual(await seen(over), {
          is: alice.email,
          by: impersonator,
          as: alice.email,
        })
      })

      it(`are impersonated over ${transport} to act as somebody else, which no token says`, async () => {
        const over = { transport, host: 'acting', token } as const
        assert.deepEqual(await seen(over, [...whoami, '--as=jane']), {
          is: 'jane',
          by: impersonator,
          as: 'jane',
        })
      })

      it(`go on as they are over ${transport} where the route forwards them`, async () => {
        assert.deepEqual(await seen({ transport, token }), {
          is: botName,
          by: botName,
          as: undefined,
        })
        // Nobody acts as somebody else there: what a client asks for is taken out.
        assert.deepEqual(await seen({ transport, token }, [...whoami, '--as=system:admin']), {
          is: botName,
          by: botName,
          as: undefined,
        })
      })

      it(`is nobody over ${transport} where the API server does not know the token`, async () => {
        const { code, stderr } = await bed.run(['get', '--raw=/version'], { who: alice, transport })
        assert.equal(code, 1)
        assert.equal(stderr, 'error: You must be logged in to the server (Unauthorized)\n')
      })
    }

    it('warn nobody', () => {
      const warnings = bed.attache.logLines().filter(({ level }) => Number(level) > 30)
      assert.deepEqual(warnings, [])
    })
  })
}

interface Audited {
  readonly username: string
}
