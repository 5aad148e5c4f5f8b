import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, problemsOf } from './folder.ts'

function route(match: string, when: string): string {
  return `listen: { grpc: 127.0.0.1:1 }\nroutes: [{ match: ${match}, identity: kubeflow, when: ${JSON.stringify(when)} }]\n`
}

const plain = '{ paths: [/a] }'
const captured = '[{ paths: ["/{namespace}/*"] }, { hosts: ["{name}-{namespace}.example.com"] }]'

describe('when of a route', () => {
  it('is an expression of the route', () => {
    const [first] = configOf(route(plain, 'user.username == "alice"')).routes
    assert.equal(first?.when?.source, 'user.username == "alice"')
  })

  const good = [
    [plain, '"admins" in user.groups'],
    [plain, 'user.uid != "" && user.extra["a.b/c"].exists(x, x == "y")'],
    [plain, 'request.method == "GET" && request.path.startsWith("/a")'],
    [plain, 'request.host == "a.example.com" && "x-team" in request.headers'],
    [plain, 'request.headers["x-team"] == request.headers[?"x-a"].orValue("b")'],
    [plain, 'cidr("10.0.0.0/8").containsIP("10.0.0.1")'],
    [captured, 'captures.namespace == "a"'],
    [captured, 'captures.?name.orValue("a") in user.groups'],
    [captured, 'has(captures.name) || true'],
  ] as const
  for (const [match, when] of good) {
    it(`takes ${when}`, () => {
      assert.deepEqual(problemsOf(route(match, when)), [])
    })
  }

  const bad = [
    [plain, 'captures.namespace == "a"', /1:9: .*"namespace".* attache.Captures/],
    [captured, 'captures.nmespace == "a"', /1:9: .*"nmespace".* attache.Captures/],
    [captured, 'captures["namespace"] == "a"', /does not compile: /],
    [plain, 'claims.sub == "a"', /1:1: .*"claims"/],
    [plain, 'user.name == "a"', /1:5: .*"name"/],
    [plain, 'request.query == "a"', /1:8: .*"query"/],
    [plain, 'request.path == 5', /does not compile: 1:14: /],
    [plain, 'user.username', /must be of type bool, but is string/],
    [plain, 'request.headers["a"]', /must be of type bool, but is string/],
    [plain, '{}', /must be of type bool, but is map/],
    [plain, '', /routes\[0\].when: must not be empty/],
    [plain, ' ', /does not compile: /],
    [plain, '${A}', /names the environment variable "A", which is not set/],
  ] as const
  for (const [match, when, expected] of bad) {
    it(`refuses ${JSON.stringify(when)}`, () => {
      const problems = problemsOf(route(match, when))
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', /^2:\d+ routes\[0\].when: /)
      assert.match(problems[0] ?? '', expected)
    })
  }

  it('must not stand on a public route', () => {
    assert.match(
      problemsOf('listen: { grpc: 127.0.0.1:1 }\nroutes: [{ access: public, when: "true" }]').join(
        '\n',
      ),
      /^2:28 routes\[0\].when: must not stand on a public route/,
    )
  })

  it('sees only what its own route captures', () => {
    const text = `listen: { grpc: 127.0.0.1:1 }
routes:
- { match: { paths: ["/{a}/x"] }, identity: kubeflow, when: 'captures.b == "1"' }
- { match: { paths: ["/{b}/y"] }, identity: kubeflow, when: 'captures.b == "1"' }
`
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.split(':', 2).join(':').slice(0, 2)),
      ['3:'],
    )
  })
})
