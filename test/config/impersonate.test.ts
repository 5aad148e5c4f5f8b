import { describe } from 'node:test'
import { check } from './rules.ts'

describe('impersonate', () => {
  const listen = 'listen: { grpc: 127.0.0.1:1 }\n'
  const route = 'routes: [{ identity: impersonate }]\n'
  check(
    [
      [
        'none with the token of somebody else',
        `${listen}${route}impersonate: { credential: none }`,
      ],
      ['attach with a tokenFile', `${listen}${route}impersonate: { tokenFile: token }`],
      [
        'append with a tokenFile',
        `${listen}${route}impersonate: { credential: append, tokenFile: token }`,
      ],
      [
        'attach without a tokenFile',
        `${listen}${route}`,
        /^2:22 routes\[0\].identity: TokenRequest for impersonate.serviceAccount is not available yet: set impersonate.tokenFile, or credential: none/,
      ],
      [
        'append without a tokenFile',
        `${listen}${route}impersonate: { credential: append }`,
        /^3:1 impersonate.tokenFile: TokenRequest/,
      ],
      [
        'append beside listen.http',
        `listen: { grpc: 127.0.0.1:1, http: 127.0.0.1:2 }\n${route}impersonate: { credential: append, tokenFile: token }`,
        /impersonate.credential: must not be append while listen.http/,
      ],
      [
        'a tokenFile that is empty',
        `${listen}${route}impersonate: { tokenFile: empty }`,
        /tokenFile: .*it is empty/,
      ],
      [
        'forward for ServiceAccounts',
        `${listen}${route}serviceAccounts: { validation: jwks }\nimpersonate: { credential: none, serviceAccounts: forward }`,
      ],
      [
        'forward for ServiceAccounts that nobody validates',
        `${listen}${route}impersonate: { credential: none, serviceAccounts: forward }`,
        /impersonate.serviceAccounts: must not be forward while serviceAccounts.validation is off/,
      ],
      [
        'a limit of nothing',
        `${listen}${route}impersonate: { credential: none, maxHeaderLines: 0, maxHeaderBytes: 9999999 }`,
        /maxHeaderLines: must be at least 10/,
        /maxHeaderBytes: must be at most 1048576/,
      ],
    ],
    (text) => text,
  )
})
