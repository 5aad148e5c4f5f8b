import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { frontProxyCases } from '../authn/certificate/front-proxy-cases.ts'
import { authority, certificate, cn, type Issued } from '../support/certificates.ts'
import { goProgram } from '../support/go-program.ts'
import { part } from '../support/require.ts'
import { chainCases, root } from '../x509/chain-cases.ts'
import { nameCases } from '../x509/name-cases.ts'
import { signatureCases } from '../x509/signature-cases.ts'

/** What requests/main.go is asked. */
interface Question {
  readonly roots: readonly string[]
  readonly certificates: readonly string[]
  readonly headers?: readonly (readonly [string, string])[]
  readonly allowedNames?: readonly string[]
  readonly names?: Readonly<Record<'user' | 'uid' | 'group' | 'extraPrefixes', readonly string[]>>
}

/** What it answers; members that do not apply are empty. */
interface Answer {
  readonly kind: 'user' | 'nobody' | 'refused'
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[] | null
  readonly extra: Readonly<Record<string, readonly string[]>> | null
  readonly error: string
}

const program = await part("kube-apiserver's authenticators of requests", async () =>
  goProgram({ module: fileURLToPath(new URL('requests', import.meta.url)), name: 'requests' }),
)

async function askAll(questions: readonly Question[]): Promise<readonly Answer[]> {
  const child = spawn(program.get(), { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(questions))
  const chunks = await child.stdout.toArray()
  const parse: (text: string) => readonly Answer[] = JSON.parse
  return parse(Buffer.concat(chunks).toString())
}

const pems = (issued: readonly Issued[]) => issued.map(({ pem }) => pem)

/** The tables that Attaché's own tests expect, as questions; each with the answer that stands there. */
const questions: readonly { what: string; question: Question; expected: Partial<Answer> }[] = [
  ...chainCases.map(({ what, leaf, intermediates = [], roots = [root], holds }) => ({
    what: `a chain: ${what}`,
    question: { roots: pems(roots), certificates: pems([leaf, ...intermediates]) },
    expected: { kind: holds ? 'user' : 'refused' } as const,
  })),
  ...signatureCases.map(({ what, keyPair, algorithm, isTaken }) => {
    const ca = authority('ca', { keyPair, algorithm })
    const leaf = certificate({ name: [[cn, 'alice']], issuer: ca, algorithm })
    return {
      what: `a signature: ${what}`,
      question: { roots: pems([ca]), certificates: pems([leaf]) },
      expected: { kind: isTaken ? 'user' : 'refused' } as const,
    }
  }),
  ...nameCases.map(({ what, name, answer }) => ({
    what: `a subject: ${what}`,
    question: { roots: pems([root]), certificates: pems([certificate({ name, issuer: root })]) },
    expected:
      typeof answer === 'object' ? ({ kind: 'user', ...answer } as const) : { kind: answer },
  })),
  ...frontProxyCases.map(({ what, config = {}, lines, answer }) => ({
    what: `a front proxy: ${what}`,
    question: {
      roots: pems([root]),
      certificates: pems([certificate({ name: [[cn, 'proxy']], issuer: root })]),
      headers: lines,
      allowedNames: ['proxy'],
      names: {
        user: config.usernameHeaders ?? ['X-Remote-User'],
        uid: config.uidHeaders ?? ['X-Remote-Uid'],
        group: config.groupHeaders ?? ['X-Remote-Group'],
        extraPrefixes: config.extraHeaderPrefixes ?? ['X-Remote-Extra-'],
      },
    },
    expected:
      answer === undefined ? ({ kind: 'nobody' } as const) : ({ kind: 'user', ...answer } as const),
  })),
]

describe('certificates and front proxies, as kube-apiserver sees them', {
  skip: program.skip,
}, () => {
  let answers: readonly Answer[] = []
  before(async () => {
    answers = await askAll(questions.map(({ question }) => question))
  })

  for (const [at, { what, expected }] of questions.entries()) {
    it(what, () => {
      const answer = answers[at]
      assert.ok(answer)
      assert.equal(answer.kind, expected.kind, answer.error)
      assert.equal(answer.name, expected.name ?? answer.name)
      assert.equal(answer.uid, expected.uid ?? (expected.name === undefined ? answer.uid : ''))
      assert.deepEqual(
        answer.groups ?? [],
        expected.groups ?? (expected.name === undefined ? answer.groups : []) ?? [],
      )
      assert.deepEqual(answer.extra ?? {}, expected.extra ?? answer.extra ?? {})
    })
  }
})
