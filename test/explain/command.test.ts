import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type ExplainArguments, explainCommand } from '../../src/explain/command.ts'
import { describeDecision } from '../../src/explain/describe.ts'
import { createGatewayPasses } from '../../src/gateway-pass/gateway-passes.ts'
import { jwksOf, rsaKey, signToken } from '../authn/jwt/signed-token.ts'
import { configOf, type FileSet, folderWith, sessionKeys } from '../config/folder.ts'
import { authenticated } from '../support/user.ts'

const issuer = 'https://dex.example.com'
const nowSeconds = 1_800_000_000
const now = String(nowSeconds)
const key = rsaKey('k1')
const folder = folderWith({ 'keys.json': jwksOf(key), credential: 'canary-of-our-own' })
const jwks = [`${issuer}=${join(folder, 'keys.json')}`]

const ownToken = 'impersonate: { tokenFile: credential, credential: attach }'

/** A configuration with one issuer, whose mapping a test completes. */
function configWith(entry = '', more = '', impersonate = ownToken, files: FileSet = {}) {
  return configOf(
    `listen: { grpc: 127.0.0.1:9090 }
authentication:
  apiVersion: apiserver.config.k8s.io/v1
  kind: AuthenticationConfiguration
  jwt:
  - issuer: { url: "${issuer}", audiences: [platform] }
    claimMappings:
      username: { claim: email, prefix: "oidc:" }
      groups: { claim: groups, prefix: "" }
${entry}
${impersonate}
routes:
- match: { paths: ["/open/*"] }
  access: public
- match: { paths: ["/apis/{group}/*"] }
  identity: impersonate
- match: { paths: ["/pipeline/*"] }
  identity: kubeflow
${more}`,
    { files: { credential: 'canary-of-our-own', ...files } },
  )
}

const claims = {
  iss: issuer,
  aud: 'platform',
  exp: nowSeconds + 60,
  email: 'alice@example.com',
  groups: ['dev', 'ops'],
}

function tokenFile(changes: Readonly<Record<string, unknown>> = {}): string {
  const file = join(folder, `token-${Math.random()}`)
  writeFileSync(file, `${signToken({ ...claims, ...changes }, { key })}\n`)
  return file
}

async function run(given: ExplainArguments, config = configWith()) {
  return explainCommand(config, { offline: true, jwks, now, ...given })
}

describe('attache explain', () => {
  it('says each step of a request that is allowed', async () => {
    const url = 'https://kubernetes.example.com/apis/apps/v1/pods?watch=1'
    const { text, exitCode } = await run({ 'token-file': tokenFile(), url })
    assert.equal(exitCode, 0)
    for (const line of [
      /^request +GET kubernetes\.example\.com\/apis\/apps\/v1\/pods\?…$/m,
      /^route +routes\[1\] \(identity impersonate\), group = "apps"$/m,
      /^token +says iss "https:\/\/dex\.example\.com", aud "platform", exp 2027-01-15T08:01:00\.000Z \(in 60 s\), alg "RS256", kid "k1"$/m,
      /^token +signed by a key of "https:\/\/dex\.example\.com"; audience and times are good$/m,
      /^claims +email = "alice@example\.com", email_verified is absent, groups = \["dev","ops"\]$/m,
      /^username +"oidc:alice@example\.com" by claim "email" with prefix "oidc:"$/m,
      /^groups +\["dev","ops"\] by claim "groups"$/m,
      /^bearer token +good$/m,
      /^user +"oidc:alice@example\.com" by jwt, uid "", groups \["dev","ops"\], extra \{\}$/m,
      /^answer +allowed$/m,
      /^set +impersonate-user: oidc:alice@example\.com$/m,
      /^append +impersonate-group: dev$/m,
      /^append +impersonate-group: ops$/m,
      /^set +authorization: \(not shown\)$/m,
    ]) {
      assert.match(text, line)
    }
  })

  const denied = [
    {
      when: 'the token has expired',
      changes: { exp: nowSeconds - 5 },
      says: /exp 2027-01-15T07:59:55\.000Z \(5 s ago\)[^]*answer +401, credential-expired: claim "exp" is in the past/,
    },
    {
      when: 'the audience is another',
      changes: { aud: 'other' },
      says: /aud "other"[^]*401, credential-invalid: claim "aud" names no audience of this issuer/,
    },
    {
      when: 'the address is not verified',
      changes: { email_verified: false },
      says: /email_verified = false[^]*credential-invalid: claim "email_verified" is not true/,
    },
    {
      when: 'nobody trusts the issuer',
      changes: { iss: 'https://evil.example.com' },
      says: /says iss "https:\/\/evil\.example\.com"[^]*credential-untrusted: no trusted issuer claims the token/,
    },
    {
      when: 'a group fits no header',
      changes: { groups: ['a\nb'] },
      says: /403, identity-unsayable: a group fits no header/,
    },
  ]
  for (const { when, changes, says } of denied) {
    it(`exits 3 and says why when ${when}`, async () => {
      const { text, exitCode } = await run({
        'token-file': tokenFile(changes),
        url: 'https://x/apis/a/b',
      })
      assert.equal(exitCode, 3, text)
      assert.match(text, says)
    })
  }

  it('tells configured extras, of the address that --source says', async () => {
    const extra = '{ example.com/source: source.address, example.com/cluster: "\'blue\'" }'
    const config = configWith('', '', `impersonate: { credential: none, extra: ${extra} }`)
    const url = 'https://x/apis/a/b'
    const { text } = await run({ 'token-file': tokenFile(), url, source: '10.0.0.7' }, config)
    assert.match(text, /^append +impersonate-extra-example\.com%2fsource: 10\.0\.0\.7$/m)
    assert.match(text, /^append +impersonate-extra-example\.com%2fcluster: blue$/m)
    const unknown = await run({ 'token-file': tokenFile(), url }, config)
    assert.equal(unknown.exitCode, 3)
    assert.match(
      unknown.text,
      /identity-unsayable: impersonate\.extra\["example\.com\/source"\] fails/,
    )
    await assert.rejects(run({ url, source: 'x.example.com' }, config), /Cannot use --source/)
  })

  it('says of a request without a credential that it has none', async () => {
    const { text, exitCode } = await run({ url: 'https://x/pipeline/' })
    assert.equal(exitCode, 3)
    assert.match(text, /^bearer token +none that is known$/m)
    assert.match(text, /^answer +401, no-credential/m)
  })

  it('says that no route matches', async () => {
    const { text, exitCode } = await run({ url: 'https://x/other', 'token-file': tokenFile() })
    assert.equal(exitCode, 3)
    assert.match(text, /^route +none matches$/m)
  })

  it('allows a public route without looking at the credential', async () => {
    const { text, exitCode } = await run({
      url: 'https://x/open/',
      header: ['Authorization: Bearer junk'],
    })
    assert.equal(exitCode, 0)
    assert.match(text, /^route +routes\[0\] \(public\)$/m)
  })

  it('exits 4 and says what is missing when keys are not at hand', async () => {
    const given = { 'token-file': tokenFile(), url: 'https://x/pipeline/', jwks: [] }
    const { text, exitCode } = await run(given)
    assert.equal(exitCode, 4)
    assert.match(
      text,
      /^bearer token +cannot be judged: Cannot verify tokens of "https:\/\/dex\.example\.com"/m,
    )
    assert.match(text, /^answer +503, unavailable: Cannot verify tokens of/m)
    assert.match(text, /add --jwks https:\/\/dex\.example\.com=FILE/)
  })

  it('asks nobody offline, not even where a token says that its groups stand elsewhere', async () => {
    const file = tokenFile({
      groups: undefined,
      _claim_names: { groups: 's' },
      _claim_sources: { s: { endpoint: 'https://127.0.0.1:1/', access_token: 'canary' } },
    })
    const { text, exitCode } = await run({ 'token-file': file, url: 'https://x/pipeline/' })
    assert.equal(exitCode, 4)
    assert.match(text, /Cannot fetch groups that stand elsewhere: --offline/)
    assert.ok(!text.includes('canary'))
  })

  it('decides as the service does about a claim that is nested very deep', async () => {
    const file = join(folder, 'deep')
    const payload = JSON.stringify(claims).replace(
      '["dev","ops"]',
      `${'['.repeat(9000)}${']'.repeat(9000)}`,
    )
    writeFileSync(file, signToken(payload, { key }))
    const { text, exitCode } = await run({ 'token-file': file, url: 'https://x/pipeline/' })
    assert.equal(exitCode, 3)
    assert.match(text, /answer +401, credential-invalid: claim "groups" is no list of strings/)
  })

  it('prints neither the token nor a credential of ours, whatever the answer is', async () => {
    const header = ['Cookie: a=canary-cookie', 'Impersonate-User: root']
    for (const url of ['https://x/apis/a/b', 'https://x/pipeline/', 'https://x/other']) {
      for (const changes of [{}, { exp: 1 }, { aud: 'other' }]) {
        const file = tokenFile(changes)
        const { text } = await run({ 'token-file': file, url, header })
        const token = signToken({ ...claims, ...changes }, { key })
        for (const secret of ['canary', ...token.split('.')]) assert.ok(!text.includes(secret))
      }
    }
  })

  it('does not print an ID token either', () => {
    const config = configWith('', 'headers: { idToken: x-id-token }')
    const set = [['x-id-token', 'canary']] as const
    const upstream = { set, append: [], remove: [] }
    const steps = describeDecision(
      { kind: 'allow', id: 'd1', upstream, downstream: [] },
      { event: { kind: 'allowed', id: 'd1', user: undefined, route: undefined }, config },
    )
    assert.deepEqual(
      steps.filter(({ part }) => part === 'set'),
      [{ part: 'set', text: 'x-id-token: (not shown)' }],
    )
  })

  it('says which rule refused, as it is written, and what it read', async () => {
    const rule = `dyn(claims.groups).exists(g, g == 'admins')`
    const config = configWith(
      `    claimValidationRules: [{ expression: "${rule}", message: no admin }]`,
    )
    const { text, exitCode } = await run(
      { 'token-file': tokenFile(), url: 'https://x/pipeline/' },
      config,
    )
    assert.equal(exitCode, 3)
    assert.match(text, /^claims .*groups = \["dev","ops"\]/m)
    assert.ok(text.includes(`claimValidationRules[0]  ${rule} is false\n`), text)
    assert.match(text, /^bearer token +refused: claimValidationRules\[0\] is false: no admin$/m)
  })

  describe('of a gateway pass', () => {
    const review = '{ verb: get, resource: pods, namespace: "{namespace}" }'
    const config = configWith(
      '',
      `- { match: { paths: ["/pods/{namespace}/*"] }, identity: kubeflow, subjectAccessReview: ${review}, authorization: gatewayPass, allowGatewayPass: true }
signIn: { externalURL: "https://a.example", providers: [{ id: dex, issuer: "${issuer}", clientID: platform }] }
session: { keysFile: keys }`,
      ownToken,
      { keys: sessionKeys },
    )
    const nowMs = nowSeconds * 1000
    assert.ok(config.gatewayPass !== undefined)
    const passes = { config: config.gatewayPass, now: () => nowMs, random: randomBytes }
    const reviewed = [{ verb: 'get', resource: 'pods', namespace: 'team' }]
    const pass = createGatewayPasses(passes).seal(authenticated(), reviewed)
    assert.ok(typeof pass === 'string')
    const header = [`Authorization: AttachePass ${pass}`]

    it('says what it is good for, and cannot say what the API server would', async () => {
      const { text, exitCode } = await run({ url: 'https://x/pods/team/1', header }, config)
      assert.equal(exitCode, 4)
      assert.match(text, /^gateway pass +good$/m)
      assert.match(
        text,
        /^user +"alice" by gateway-pass, .* good only to get pods in namespace "team"$/m,
      )
      assert.ok(!text.includes(pass))
    })

    it('says what it is not good for', async () => {
      const { text, exitCode } = await run({ url: 'https://x/pods/other/1', header }, config)
      assert.equal(exitCode, 3)
      assert.match(
        text,
        /403, not-allowed: the gateway pass is not good for get pods in namespace "other"$/m,
      )
    })

    it('says that it has ended', async () => {
      const later = { url: 'https://x/pods/team/1', header, now: String(nowSeconds + 60) }
      const { text, exitCode } = await run(later, config)
      assert.equal(exitCode, 3)
      assert.match(text, /^gateway pass +refused: the gateway pass has ended$/m)
    })
  })

  const misuses: readonly { given: ExplainArguments; says: RegExp }[] = [
    {
      given: { url: '/pipeline' },
      says: /Cannot use --url: write https:\/\/HOST\/PATH/,
    },
    { given: { url: 'https://x/#a' }, says: /Cannot use --url/ },
    { given: { url: 'https://user:canary@x/' }, says: /^Cannot use --url: write [^@]*$/ },
    { given: { header: ['canary'] }, says: /Cannot use --header number 1: write 'NAME: VALUE'$/ },
    { given: { jwks: ['x'] }, says: /Cannot use --jwks "x": write ISSUER=FILE/ },
    { given: { jwks: ['x=/none/at/all'] }, says: /Cannot read "\/none\/at\/all"/ },
    { given: { 'token-file': '/none/at/all' }, says: /Cannot read "\/none\/at\/all"/ },
    { given: { now: 'noon' }, says: /Cannot use --now "noon"/ },
    { given: { offline: false, jwks: undefined, now }, says: /Cannot use --now without --offline/ },
    {
      given: { offline: false, jwks, now: undefined },
      says: /Cannot use --jwks without --offline/,
    },
  ]
  for (const { given, says } of misuses) {
    it(`refuses ${JSON.stringify(given)} and says what to write`, async () => {
      await assert.rejects(run(given), { name: 'SyntaxError', message: says })
    })
  }
})
