import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redactHost, redactTarget } from '../../src/audit/redact.ts'

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'

const kept = [
  '/',
  '/api/v1/pods?limit=500&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0',
  '/api/v1/pods?labelSelector=app%3Dweb,tier%20in%20(a,b)&fieldSelector=status.phase!%3DFailed',
  '/api/v1/pods?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan&timeoutSeconds=30',
  '/api/v1/pods?allowWatchBookmarks=true&sendInitialEvents=true',
  '/api/v1/namespaces/n/pods/p/exec?command=sh&command=-c&container=main&stdin=true&tty=true',
  '/api/v1/namespaces/n/pods/p/log?follow=true&tailLines=10&sinceSeconds=5&previous=true',
  '/api/v1/namespaces/n/configmaps?fieldManager=kubectl&fieldValidation=Strict&dryRun=All&force=true',
  '/api/v1/namespaces/n/secrets/tokens',
  '/a?token',
  '/a?x=1?y=2#z=3',
  '/a?%',
  '/a?mail=a@example.com',
]

const redacted: readonly (readonly [target: string, expected: string])[] = [
  ['/cb?code=S3&state=S3', '/cb?code=REDACTED&state=REDACTED'],
  ['/cb?session_state=S3', '/cb?session_state=REDACTED'],
  ['/a?access_token=S3&x=1', '/a?access_token=REDACTED&x=1'],
  ['/a?ACCESS-TOKEN=S3', '/a?ACCESS-TOKEN=REDACTED'],
  ['/a?id.token=S3&refreshToken=S3', '/a?id.token=REDACTED&refreshToken=REDACTED'],
  ['/a?token=S3;x=1', '/a?token=REDACTED;x=1'],
  ['/a?x=1;client_secret=S3', '/a?x=1;client_secret=REDACTED'],
  ['/a;token=S3/b', '/a;token=REDACTED'],
  ['/a#access_token=S3', '/a#access_token=REDACTED'],
  ['/a?x#y&password=S3', '/a?x#y&password=REDACTED'],
  ['/a?to%6ben=S3', '/a?to%6ben=REDACTED'],
  ['/a?%74%6F%6B%65%6E=S3', '/a?%74%6F%6B%65%6E=REDACTED'],
  ['/a?to%256ben=S3', '/a?to%256ben=REDACTED'],
  ['/a?%token%=S3', '/a?%token%=REDACTED'],
  ['/a?+token+=S3', '/a?+token+=REDACTED'],
  ['/a?token[]=S3', '/a?token[]=REDACTED'],
  ['/a?x=1&&token==S3=S3', '/a?x=1&&token=REDACTED'],
  ['/a?X-Amz-Signature=S3', '/a?X-Amz-Signature=REDACTED'],
  [
    '/a?api_key=S3&key=S3&sig=S3&sid=S3',
    '/a?api_key=REDACTED&key=REDACTED&sig=REDACTED&sid=REDACTED',
  ],
  ['/a?SAMLResponse=S3', '/a?SAMLResponse=REDACTED'],
  ['/a?code_verifier=S3&nonce=S3', '/a?code_verifier=REDACTED&nonce=REDACTED'],
  ['/a?rd=/cb?code=S3', '/a?rd=/cb?code=REDACTED'],
  ['/a?rd=%2Fcb%3Fcode%3DS3', '/a?rd=REDACTED'],
  ['/a?rd=%252Fcb%253Fcode%253DS3', '/a?rd=REDACTED'],
  ['/a?form=code%3DS3', '/a?form=REDACTED'],
  ['/a?rd=%2Fcb%3Fcode%3DS3%', '/a?rd=REDACTED'],
  ['/a?u=https://user:S3@host/', '/a?u=https://REDACTED@host/'],
  ['/a?u=https%3A%2F%2Fuser%3AS3%40host', '/a?u=REDACTED'],
  [`/a?x=${jwt}`, '/a?x=REDACTED'],
  [`/a?x=Bearer%20${jwt}`, '/a?x=REDACTED'],
  [`/a?x=${jwt.replaceAll('.', '%2E')}`, '/a?x=REDACTED'],
  [`/a/${jwt}/b`, '/a/REDACTED/b'],
  [`/a/x-${jwt}`, '/a/x-REDACTED'],
]

describe('redactTarget()', () => {
  for (const target of kept) {
    it(`keeps ${target}`, () => {
      assert.equal(redactTarget(target), target)
    })
  }

  for (const [target, expected] of redacted) {
    it(`hides the secret of ${target}`, () => {
      assert.equal(redactTarget(target), expected)
    })
  }

  const long = 60_000
  const floods = [
    '?eyJ'.repeat(long / 4),
    'eyJ'.repeat(long / 3),
    'eyJ.'.repeat(long / 4),
    `?${'a'.repeat(long)}`,
    '?&;#'.repeat(long / 4),
    '?x=%25'.repeat(long / 6),
    `?x=${'%25'.repeat(long / 3)}`,
    `//${'a'.repeat(long)}`,
    `${'/'.repeat(long)}@`,
  ]
  for (const [index, flood] of floods.entries()) {
    it(`takes no longer than its target is long: flood ${index + 1}`, () => {
      const before = process.cpuUsage()
      redactTarget(flood)
      const { user } = process.cpuUsage(before)
      assert.ok(user < 500_000, `${user} µs`)
    })
  }
})

describe('redactHost()', () => {
  it('keeps a host with its port', () => {
    assert.equal(redactHost('[::1]:8443'), '[::1]:8443')
    assert.equal(redactHost('app.example.com:443'), 'app.example.com:443')
  })

  it('hides user info', () => {
    assert.equal(redactHost('alice:S3@app.example.com'), 'REDACTED@app.example.com')
    assert.equal(redactHost('S3@S3\n@app.example.com'), 'REDACTED@app.example.com')
  })
})
