/**
 * Loaded before a program by `--import`: the names of Services, which on this machine nobody resolves. A line of
 * the file in ATTACHE_TEST_NAMES is a name that is 127.0.0.1 from then on; any other is not known, as before
 * its Service is created.
 */
import dns, { type LookupOptions } from 'node:dns'
import { existsSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'

type Answer = (
  error: NodeJS.ErrnoException | null,
  address?: string | readonly { readonly address: string; readonly family: number }[],
  family?: number,
) => void

function lookup(name: string, options: LookupOptions, answer: Answer): void {
  const file = process.env['ATTACHE_TEST_NAMES'] ?? ''
  const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  setImmediate(() => {
    if (isIP(name) === 0 && !known.includes(name)) {
      answer(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }))
    } else if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }])
    else answer(null, '127.0.0.1', 4)
  })
}

Object.assign(dns, { lookup })
syncBuiltinESMExports()
