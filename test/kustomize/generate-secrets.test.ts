import assert from 'node:assert/strict'
import { createHash, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, describe, it } from 'node:test'
import { readObjects } from '../support/kube-apply.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { type SecretsBed, startSecretsBed } from './secrets-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const sessionsPage = readFileSync(new URL('../../docs/sessions.md', import.meta.url), 'utf8')
const ours = 'attache/attache-secrets'
const dex = 'auth/dex-oidc-client'
const redis = 'attache/attache-redis'

describe('kustomize/generate-secrets.sh', { skip: programs.skip }, () => {
  let bed: SecretsBed

  before(async () => {
    bed = await startSecretsBed(programs.get())
  })
  beforeEach(() => bed.clear())
  after(() => bed.stop())

  const dataOf = async (path: typeof ours | typeof dex | typeof redis) => {
    const data = await bed.secret(path)
    assert.ok(data, `there is no ${path}`)
    return data
  }

  it('prints what it would make, and makes nothing, where there is not even a namespace', async () => {
    const { code, stdout, stderr } = await bed.run(['--dry-run', '--redis'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      readObjects(stdout).map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name]),
      [
        ['Namespace', undefined, 'attache'],
        ['Secret', 'attache', 'attache-redis'],
        ['Secret', 'attache', 'attache-secrets'],
        ['Namespace', undefined, 'auth'],
        ['Secret', 'auth', 'dex-oidc-client'],
      ],
    )
    assert.equal((await bed.api.request('GET', '/api/v1/namespaces/attache')).status, 404)
  })

  it('makes secrets that the configuration takes, the client secret in two places', async () => {
    const { code, stdout, stderr } = await bed.run()
    assert.equal(code, 0, stderr)
    assert.equal(stdout, '')
    const data = await dataOf(ours)
    assert.deepEqual(Object.keys(data).toSorted(), [
      'dex-client-secret',
      'identity-keys',
      'session-keys',
    ])
    assert.equal(Buffer.from(data['session-keys'] ?? '', 'base64').length, 32)
    assert.match(data['dex-client-secret'] ?? '', /^[0-9a-f]{64}$/)
    const key = createPrivateKey(data['identity-keys'] ?? '')
    assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.deepEqual(await dataOf(dex), {
      OIDC_CLIENT_ID: 'kubeflow-oidc-authservice',
      OIDC_CLIENT_SECRET: data['dex-client-secret'],
    })
    assert.equal(await bed.secret(redis), undefined)
    for (const value of Object.values(data)) assert.ok(!stderr.includes(value))
  })

  it('changes nothing when it runs again', async () => {
    await bed.run(['--redis'])
    const first = [await bed.secret(ours), await bed.secret(dex), await bed.secret(redis)]
    const { code, stderr } = await bed.run(['--redis'])
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /created|added/)
    assert.deepEqual(
      [await bed.secret(ours), await bed.secret(dex), await bed.secret(redis)],
      first,
    )
  })

  it("adds Redis' later, with an address and the hash of its password", async () => {
    await bed.run()
    const earlier = await dataOf(ours)
    assert.equal((await bed.run(['--redis'])).code, 0)
    const { 'redis-url': address = '', ...rest } = await dataOf(ours)
    assert.deepEqual(rest, earlier)
    const { username, password, host } = new URL(address)
    assert.equal(username, 'attache')
    assert.equal(host, 'attache-redis.attache.svc.cluster.local:6379')
    const { 'users.acl': users = '' } = await dataOf(redis)
    assert.ok(users.includes(` #${createHash('sha256').update(password).digest('hex')} `))
    assert.ok(!users.includes(password))
    const [, documented] = /^ACL SETUSER attache on >PASSWORD (.+)$/m.exec(sessionsPage) ?? []
    assert.match(users, new RegExp(`^user default off\\nuser attache on #\\S+ (.+)\\n$`))
    assert.ok(documented !== undefined && users.endsWith(` ${documented}\n`))
  })

  it('leaves the address of a Redis of somebody’s own', async () => {
    await bed.create(ours, { 'redis-url': 'rediss://redis.example.com' })
    assert.equal((await bed.run(['--redis'])).code, 0)
    assert.equal((await dataOf(ours))['redis-url'], 'rediss://redis.example.com')
    assert.equal(await bed.secret(redis), undefined)
  })

  describe('where half of it is there', () => {
    it('takes the client secret that Dex has, without its line end, and leaves it', async () => {
      await bed.create(dex, { OIDC_CLIENT_ID: 'other', OIDC_CLIENT_SECRET: 'of-dex\n' })
      const { code, stderr } = await bed.run()
      assert.equal(code, 0, stderr)
      assert.equal((await dataOf(ours))['dex-client-secret'], 'of-dex')
      assert.equal((await dataOf(dex))['OIDC_CLIENT_SECRET'], 'of-dex\n')
      assert.match(stderr, /OIDC_CLIENT_ID of auth\/dex-oidc-client is "other"/)
      assert.doesNotMatch(stderr, /everybody can read/)
    })

    it('gives Dex the client secret that Attaché has', async () => {
      await bed.create(ours, { 'dex-client-secret': 'of-attache' })
      await bed.create(dex, { OIDC_CLIENT_ID: 'kubeflow-oidc-authservice' })
      assert.equal((await bed.run()).code, 0)
      assert.equal((await dataOf(dex))['OIDC_CLIENT_SECRET'], 'of-attache')
      assert.deepEqual(Object.keys(await dataOf(ours)).toSorted(), [
        'dex-client-secret',
        'identity-keys',
        'session-keys',
      ])
    })

    it('does not choose between two client secrets', async () => {
      await bed.create(ours, { 'dex-client-secret': 'one' })
      await bed.create(dex, { OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'another' })
      const { code, stderr } = await bed.run()
      assert.equal(code, 1)
      assert.match(stderr, /^Cannot go on: .* different client secrets/)
      assert.deepEqual(await bed.secret(ours), { 'dex-client-secret': 'one' })
    })

    it('makes the hash again from the address, and not the other way round', async () => {
      await bed.run(['--redis'])
      const users = (await dataOf(redis))['users.acl']
      await bed.api.request('DELETE', `/api/v1/namespaces/attache/secrets/attache-redis`)
      assert.equal((await bed.run(['--redis'])).code, 0)
      assert.equal((await dataOf(redis))['users.acl'], users)
      await bed.api.request('DELETE', `/api/v1/namespaces/attache/secrets/attache-secrets`)
      const { code, stderr } = await bed.run(['--redis'])
      assert.equal(code, 1)
      assert.match(stderr, /Delete the\nSecret attache\/attache-redis/)
    })

    it('adds nothing on a dry run', async () => {
      await bed.create(ours, { 'session-keys': 'kept' })
      const { code, stdout, stderr } = await bed.run(['--dry-run'])
      assert.equal(code, 0, stderr)
      assert.match(stderr, /would add: identity-keys to secret attache\/attache-secrets/)
      assert.deepEqual(
        readObjects(stdout).map(({ metadata: { name } }) => name),
        ['dex-oidc-client'],
      )
      assert.deepEqual(await bed.secret(ours), { 'session-keys': 'kept' })
    })
  })

  describe('where it cannot work', () => {
    const cases = [
      { when: 'there is no openssl', options: { without: 'openssl' }, says: /there is no openssl/ },
      {
        when: 'there is no kubectl',
        options: { without: 'kubectl' },
        says: /there is no "kubectl"/,
      },
      {
        when: 'the API server cannot be reached',
        options: { server: 'https://127.0.0.1:1' },
        says: /Cannot go on: the API server does not say/,
      },
    ]
    for (const { when, options, says } of cases) {
      it(`says so and makes nothing: ${when}`, async () => {
        const { code, stdout, stderr } = await bed.run([], options)
        assert.equal(code, 1)
        assert.equal(stdout, '')
        assert.match(stderr, says)
        assert.equal(await bed.secret(ours), undefined)
      })
    }

    it('takes no word that it does not know', async () => {
      const { code, stderr } = await bed.run(['--redsi'])
      assert.equal(code, 2)
      assert.match(stderr, /"--redsi"/)
    })
  })
})
