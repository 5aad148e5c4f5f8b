import { describe } from 'node:test'
import { check } from './rules.ts'

describe('listen', () => {
  check(
    [
      ['http alone', '{ http: unix:/run/a }'],
      ['port 0 twice', '{ grpc: 127.0.0.1:0, http: 127.0.0.1:0 }'],
      ['neither grpc nor http', '{ admin: 127.0.0.1:1 }', /^1:1 listen: must name grpc or http/],
      [
        'one address twice',
        '{ grpc: 127.0.0.1:1, admin: 127.0.0.1:1 }',
        /listen.admin: must not be the address of listen.grpc/,
      ],
      [
        'an address without a port',
        '{ grpc: 127.0.0.1 }',
        /^1:17 listen.grpc: must be host:port.*got "127.0.0.1"/,
      ],
      [
        'a prefix without /',
        '{ grpc: 127.0.0.1:1, checkPathPrefix: check }',
        /checkPathPrefix: must be empty, or a path/,
      ],
      [
        'a prefix that ends with /',
        '{ grpc: 127.0.0.1:1, checkPathPrefix: /check/ }',
        /checkPathPrefix/,
      ],
      ['a prefix with ..', '{ grpc: 127.0.0.1:1, checkPathPrefix: /a/../b }', /checkPathPrefix/],
      [
        'a negative number of hops',
        '{ grpc: 127.0.0.1:1, trustedHops: -1 }',
        /trustedHops: must be at least 0 \(got -1\)/,
      ],
      [
        'half a hop',
        '{ grpc: 127.0.0.1:1, trustedHops: 1.5 }',
        /trustedHops: must be a whole number/,
      ],
      [
        'a word for trustNetwork',
        '{ grpc: 127.0.0.1:1, trustNetwork: yes }',
        /trustNetwork: must be true or false \(got "yes"\)/,
      ],
      ['TLS', '{ grpc: 127.0.0.1:1, tls: { certFile: tls.crt, keyFile: tls.key } }'],
      [
        'a key of another certificate',
        '{ grpc: 127.0.0.1:1, tls: { certFile: tls.crt, keyFile: other.key } }',
        /listen.tls.keyFile: .*does not belong to the certificate/,
      ],
      [
        'a key that is none',
        '{ grpc: 127.0.0.1:1, tls: { certFile: tls.crt, keyFile: rsa } }',
        /listen.tls.keyFile: .*private key, PEM/,
      ],
      [
        'a certificate that is none',
        '{ grpc: 127.0.0.1:1, tls: { certFile: rsa, keyFile: tls.key } }',
        /listen.tls.certFile: .*certificate or more, PEM/,
      ],
      [
        'a certificate that is missing',
        '{ grpc: 127.0.0.1:1, tls: { certFile: nope, keyFile: tls.key } }',
        /listen.tls.certFile: .*no such file/,
      ],
      [
        'half of TLS',
        '{ grpc: 127.0.0.1:1, tls: { certFile: tls.crt } }',
        /listen.tls.keyFile: is missing/,
      ],
      ['a caller secret', '{ grpc: 127.0.0.1:1, callerSecretFile: caller }'],
      [
        'a short caller secret',
        '{ grpc: 127.0.0.1:1, callerSecretFile: short }',
        /callerSecretFile: .*16 characters/,
      ],
      [
        'a caller secret with blanks',
        '{ grpc: 127.0.0.1:1, callerSecretFile: blanks }',
        /callerSecretFile: .*without blanks/,
      ],
      [
        'an empty caller secret',
        '{ grpc: 127.0.0.1:1, callerSecretFile: empty }',
        /callerSecretFile: .*it is empty/,
      ],
      [
        'a folder as caller secret',
        '{ grpc: 127.0.0.1:1, callerSecretFile: . }',
        /callerSecretFile: .*not a regular file/,
      ],
    ],
    (text) => `listen: ${text}\nroutes: [{ identity: kubeflow }]\n`,
  )
})
