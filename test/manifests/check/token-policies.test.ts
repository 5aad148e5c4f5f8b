import {
  describeFaults,
  type FaultCase,
  listedIssuer,
  tokens,
  tokensSentOn,
} from './fault-cases.ts'
import { replace, set, without } from './installed.ts'

const cases: readonly FaultCase[] = [
  {
    when: 'the issuer is another',
    change: replace(tokens, [
      '"issuer":"http://attache.attache.svc.cluster.local:8082"',
      '"issuer":"http://attache"',
    ]),
    what: /has the issuer "http:\/\/attache", and identityToken\.issuer is/,
    effect: /Jwt issuer is not configured/,
  },
  {
    when: 'the keys are elsewhere',
    change: replace(tokens, [':8082/.well-known/jwks.json', ':8080/.well-known/jwks.json']),
    what: /has jwksUri "http:\/\/attache\.attache\.svc\.cluster\.local:8080/,
    effect: /finds no keys/,
  },
  {
    when: 'the keys are nowhere',
    change: set(tokens, ['spec', 'jwtRules', 0, 'jwksUri'], undefined),
    what: /has no jwksUri/,
    effect: /finds no keys/,
  },
  {
    when: 'an audience is missing',
    change: set(tokens, ['spec', 'jwtRules', 0, 'audiences'], ['other']),
    what: /does not list the audience "kubeflow"/,
    effect: /Audiences in Jwt are not allowed/,
  },
  {
    when: 'the token is taken away',
    change: set(tokens, ['spec', 'jwtRules', 0, 'forwardOriginalToken'], false),
    what: /no forwardOriginalToken: true/,
    effect: /no upstream/,
  },
  {
    when: 'the token is looked for elsewhere',
    change: set(tokens, ['spec', 'jwtRules', 0, 'fromHeaders'], [{ name: 'x-token' }]),
    what: /somewhere else than in Authorization/,
    effect: /not looked at/,
  },
  {
    when: 'there is no RequestAuthentication',
    change: without(tokens),
    severity: 'warning',
    what: /has no RequestAuthentication beside it/,
    effect: /never fit/,
  },
  {
    when: 'a former RequestAuthentication writes our header',
    change: listedIssuer({ outputClaimToHeaders: [{ header: 'Kubeflow-Userid', claim: 'email' }] }),
    what: /writes a claim of "http:\/\/dex.*" to the header "Kubeflow-Userid"/,
    effect: /removes the header from every request first/,
  },
  {
    when: 'a payload goes to a header of ours',
    change: listedIssuer({ outputPayloadToHeader: 'x-forwarded-user' }),
    what: /header "x-forwarded-user"/,
    effect: /what Attaché has said is lost/,
  },
  {
    when: 'a token that goes on has an issuer that is not listed',
    // The issuer of the identity token is not listed there either, nor that of ServiceAccounts.
    findings: 3,
    config: tokensSentOn,
    change: set(tokens, ['spec', 'jwtRules'], [{ issuer: 'http://other' }]),
    what: /no RequestAuthentication lists the issuer "http:\/\/dex/,
    effect: /Jwt issuer is not configured/,
  },
]

describeFaults('RequestAuthentications', cases)
