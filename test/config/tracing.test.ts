import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Environment } from '../../src/config/substitute.ts'
import type { TracingConfig } from '../../src/config/tracing.ts'
import { configOf, folderWith, listenAndRoutes, oneIssuer, problemsOf } from './folder.ts'
import { pem } from './pem.ts'

const off = listenAndRoutes + oneIssuer
const on = `${off}tracing: {}\n`

function tracing(env: Environment): TracingConfig {
  const config = configOf(on, { env }).tracing
  if (config === undefined) throw new TypeError('Cannot use the test: tracing is off')
  return config
}

describe('tracing', () => {
  it('is off without its section, whatever the environment says', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'no URL', OTEL_TRACES_SAMPLER: 'no sampler' }
    assert.equal(configOf(off, { env }).tracing, undefined)
  })

  for (const env of [{ OTEL_SDK_DISABLED: 'True' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
    it(`is switched off by ${JSON.stringify(env)}`, () => {
      assert.equal(configOf(on, { env }).tracing, undefined)
    })
  }

  it('takes empty variables for unset ones', () => {
    const env = { OTEL_SDK_DISABLED: '', OTEL_EXPORTER_OTLP_ENDPOINT: ' ', OTEL_SERVICE_NAME: '' }
    assert.deepEqual(tracing(env), tracing({}))
  })

  it('refuses keys: their place is the environment', () => {
    const problems = problemsOf(`${off}tracing: { endpoint: http://collector:4318 }\n`)
    assert.equal(problems.length, 1)
    assert.match(problems[0] ?? '', /tracing\.endpoint: /)
  })
})

describe('where spans go', () => {
  const endpoints: readonly (readonly [Environment, string])[] = [
    [{}, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/as-it-is?x=1' }, 'http://c/as-it-is?x=1'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:1',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:2/',
      },
      'http://traces:2/',
    ],
  ]
  for (const [env, endpoint] of endpoints) {
    it(`${endpoint} for ${JSON.stringify(env)}`, () => {
      assert.equal(tracing(env).exporter.endpoint.href, endpoint)
    })
  }

  it('joins headers, those for traces over those for everything', () => {
    const { exporter } = tracing({
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Tenant=a%20b, authorization=Basic%20eDp5Og==',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=c,',
    })
    assert.deepEqual(exporter.headers, { 'x-tenant': 'c', authorization: 'Basic eDp5Og==' })
  })

  it('takes the variables for traces before those for everything', () => {
    const { exporter } = tracing({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'GZIP',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
    })
    assert.equal(exporter.encoding, 'http/json')
    assert.equal(exporter.isCompressed, true)
    assert.equal(exporter.timeoutMs, 2000)
  })

  it('has given up a batch before OpenTelemetry does', () => {
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '20000', OTEL_BSP_EXPORT_TIMEOUT: '3000' }
    assert.equal(tracing(env).exporter.timeoutMs, 3000)
  })

  it('reads certificates', () => {
    const folder = folderWith({
      'ca.crt': pem.otherCertificate,
      crt: pem.certificate,
      key: pem.key,
    })
    const { exporter } = tracing({
      OTEL_EXPORTER_OTLP_CERTIFICATE: `${folder}/ca.crt`,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: `${folder}/crt`,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: `${folder}/key`,
    })
    assert.equal(exporter.certificateAuthority, pem.otherCertificate)
    assert.deepEqual(exporter.clientCertificate, { cert: pem.certificate, key: pem.key })
  })
})

describe('which spans there are', () => {
  const samplers: readonly (readonly [Environment, TracingConfig['sampling']])[] = [
    [{}, { ratio: 1, isParentBased: true }],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, { ratio: 1, isParentBased: false }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, { ratio: 0, isParentBased: false }],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { ratio: 0, isParentBased: true }],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, { ratio: 1, isParentBased: false }],
    [
      { OTEL_TRACES_SAMPLER: 'ParentBased_TraceIdRatio', OTEL_TRACES_SAMPLER_ARG: '.25' },
      { ratio: 0.25, isParentBased: true },
    ],
    // Of no use to this sampler, so it is not even looked at.
    [
      { OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: 'x' },
      { ratio: 1, isParentBased: false },
    ],
  ]
  for (const [env, sampling] of samplers) {
    it(`${JSON.stringify(sampling)} for ${JSON.stringify(env)}`, () => {
      assert.deepEqual(tracing(env).sampling, sampling)
    })
  }

  it('names the service', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,k8s.pod.name=attache-0,team=a%2Cb' }
    const rest = { 'k8s.pod.name': 'attache-0', team: 'a,b' }
    assert.deepEqual(tracing(env).resource, { 'service.name': 'x', ...rest })
    const named = { ...env, OTEL_SERVICE_NAME: 'gate' }
    assert.deepEqual(tracing(named).resource, { 'service.name': 'gate', ...rest })
  })

  it('joins no trace where the format of W3C is left out', () => {
    assert.equal(tracing({ OTEL_PROPAGATORS: 'baggage, tracecontext' }).joinsTraces, true)
    assert.equal(tracing({ OTEL_PROPAGATORS: 'none' }).joinsTraces, false)
    assert.equal(tracing({ OTEL_PROPAGATORS: 'b3' }).joinsTraces, false)
  })

  it('sends batches that fit a smaller queue', () => {
    const { batch } = tracing({ OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '200' })
    assert.deepEqual(batch, { queue: 100, size: 100, delayMs: 200 })
  })
})

describe('variables that make no sense', () => {
  const faults: readonly (readonly [Environment, RegExp])[] = [
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      /OTEL_TRACES_SAMPLER must be always_on, .* \(got "jaeger_remote"\)/,
    ],
    ...['7', '-0.1', 'NaN', '1e-2', '0x1', '1.', 'half'].map(
      (ratio) =>
        [
          { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: ratio },
          /OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1 \(got ".*"\)/,
        ] as const,
    ),
    ...['collector:4318', '/v1', 'grpc://c:4317', 'unix:/x', 'http://', 'javascript:alert(1)'].map(
      (url) =>
        [
          { OTEL_EXPORTER_OTLP_ENDPOINT: url },
          /OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL \(got ".*"\)/,
        ] as const,
    ),
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://me:hidden@c/' },
      /TRACES_ENDPOINT must name no user or password: use OTEL_EXPORTER_OTLP_HEADERS \(got "https:\/\/…@c\/"\)/,
    ],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /_PROTOCOL must be http\/protobuf or http\/json/],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, /_COMPRESSION must be none or gzip/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '0' }, /_TIMEOUT must be a whole number from 1 to 600000/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, /_TIMEOUT must be a whole number/],
    [{ OTEL_SDK_DISABLED: 'yes' }, /OTEL_SDK_DISABLED must be true or false/],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER must be otlp or none/],
    [
      { OTEL_PROPAGATORS: 'tracecontext,w3c' },
      /OTEL_PROPAGATORS must list some of .* \(got "w3c"\)/,
    ],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '99999999' }, /OTEL_BSP_MAX_QUEUE_SIZE must be .* to 65536/],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '0' }, /OTEL_BSP_MAX_QUEUE_SIZE/],
    [
      { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4096' },
      /_BATCH_SIZE must be at most OTEL_BSP_MAX_QUEUE_SIZE/,
    ],
    [{ OTEL_BSP_SCHEDULE_DELAY: '-5' }, /OTEL_BSP_SCHEDULE_DELAY/],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'team=a,nonsense' }, /_ATTRIBUTES must be .*: entry 2 is not/],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=%E0%A4%A' }, /OTEL_RESOURCE_ATTRIBUTES/],
    [{ OTEL_RESOURCE_ATTRIBUTES: '=x' }, /OTEL_RESOURCE_ATTRIBUTES/],
    [
      { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca' },
      /_CERTIFICATE must name a file .*: there is no such file/,
    ],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: import.meta.filename }, /_CERTIFICATE must name .* PEM/],
    [{ OTEL_EXPORTER_OTLP_CLIENT_KEY: '/nowhere/key' }, /has no use without .*_CLIENT_CERTIFICATE/],
  ]
  for (const [env, message] of faults) {
    it(`are told: ${JSON.stringify(env)}`, () => {
      const problems = problemsOf(on, { env })
      assert.match(problems.join('\n'), message)
      // The section, where an editor leads to.
      for (const problem of problems) assert.match(problem, /^4:1 tracing: OTEL_/)
    })
  }

  it('are told all at once', () => {
    const env = {
      OTEL_TRACES_SAMPLER: 'x',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'x',
      OTEL_BSP_SCHEDULE_DELAY: 'x',
    }
    assert.equal(problemsOf(on, { env }).length, 3)
  })

  const headers = [
    ['x-key', /entry 1 is not/],
    ['x-key=%zz-hidden', /entry 1 is not/],
    ['a=1,b%20c=hidden', /must not have a header "b c"/],
    ['Host=hidden', /must not have a header "host"/],
    ['content-length=9', /must not have a header "content-length"/],
    ['x-key=hidden%0D%0Aother:1', /must be printable ASCII: the value of "x-key" is not/],
  ] as const
  for (const [value, message] of headers) {
    it(`are told without the value of a header: ${value}`, () => {
      const text = problemsOf(on, { env: { OTEL_EXPORTER_OTLP_HEADERS: value } }).join('\n')
      assert.match(text, message)
      assert.doesNotMatch(text, /hidden/)
    })
  }
})
