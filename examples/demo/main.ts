/**
 * `npm run demo [-- --http] [-- --check]`: a real Envoy that asks Attaché, an identity provider, and an
 * application that shows the headers it got. With `--check` it tries by itself what it would print.
 */
import { parseArgs } from 'node:util'
import { checkDemo } from './check.ts'
import { curlLines, shellLine } from './curl.ts'
import { alice, type Demo, startDemo } from './demo.ts'

const { values } = parseArgs({
  options: {
    http: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})

if (values.check) {
  process.exitCode = await checkDemo(values.http ? ['http'] : ['grpc', 'http'])
} else {
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve)
  })
  console.log('Starting …')
  const demo = await startDemo(values.http ? 'http' : 'grpc')
  console.log(invitation(demo, values.http ? 'HTTP' : 'gRPC'))
  await stopped
  console.log('\nStopping …')
  await demo.stop()
}

function invitation(demo: Demo, transport: string): string {
  const curls = Object.values(curlLines).map(
    (line) => `  # ${line.says}\n  ${shellLine(line, demo)}`,
  )
  return `
Envoy asks Attaché over ${transport} about every request.

  Open        ${demo.url.href}
  Sign in as  ${alice.login}, password ${alice.password}

Or paste:

${curls.join('\n\n')}

Ctrl-C stops everything and leaves nothing behind.`
}
