import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * The wanted port of the loopback address if nobody has it, else one that is free. It lies below those
 * that the system hands out by itself, so that nobody gets it in between by chance.
 */
export async function freePort(wanted = randomInt(20_000, 30_000)): Promise<number> {
  const server = createServer()
  server.listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return freePort()
  }
  server.close()
  await once(server, 'close')
  return wanted
}
