/** Everything that kubectl keeps open, each once for each transport and each protocol that it speaks. */
import { connect, type Socket } from 'node:net'
import { until } from '../e2e/cluster.ts'
import { alice, type KubectlBed, transports } from '../e2e/kubectl-bed.ts'
import type { RunningKubectl } from '../support/kubectl.ts'
import { createMarks, type Marks, type Stream } from './stream.ts'

const team = '--namespace=team'

const protocols = [
  { protocol: 'WebSocket', env: {} },
  {
    protocol: 'SPDY/3.1',
    env: {
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false',
      KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false',
    },
  },
] as const

/** Opens them, as alice, into the pod `web` of the namespace `team`; resolves when all of them are open. */
export async function openStreams(bed: KubectlBed): Promise<readonly Stream[]> {
  return Promise.all(
    transports.flatMap((transport) => [
      watch(bed, transport),
      followLogs(bed, transport),
      ...protocols.flatMap((over) => [
        exec(bed, { transport, ...over }),
        portForward(bed, { transport, ...over }),
      ]),
    ]),
  )
}

interface Over {
  readonly transport: Stream['transport']
  readonly protocol: Exclude<Stream['protocol'], 'HTTP/2'>
  readonly env: Readonly<Record<string, string>>
}

async function watch(bed: KubectlBed, transport: Stream['transport']): Promise<Stream> {
  const marks = createMarks(() => performance.now())
  const args = ['get', 'configmaps', team, '--watch', '--output=name']
  const kubectl = await bed.start(args, { who: alice, transport })
  kubectl.onLine((line) => marks.arrived(line.replace(/^configmap\//, '')))
  const create = async (name: string) => {
    marks.sent(name)
    const body = { metadata: { name } }
    const path = '/api/v1/namespaces/team/configmaps'
    const { status } = await bed.cluster.api.request('POST', path, { body })
    if (status !== 201) throw new Error(`Cannot create a configmap: ${status}`)
  }
  await create(`opened-${transport}`)
  const about = { name: 'get --watch', transport, protocol: 'HTTP/2' } as const
  return opened({ ...about, marks, kubectl, send: create })
}

async function followLogs(bed: KubectlBed, transport: Stream['transport']): Promise<Stream> {
  const marks = createMarks(() => performance.now())
  const args = ['logs', team, '--follow', '--timestamps', 'web']
  const kubectl = await bed.start(args, { who: alice, transport })
  kubectl.onLine((line) => marks.came(Date.now() - Date.parse(line.split(' ', 1)[0] ?? '')))
  const about = { name: 'logs --follow', transport, protocol: 'HTTP/2' } as const
  return opened({ ...about, marks, kubectl, send: async () => {} })
}

async function exec(bed: KubectlBed, { transport, protocol, env }: Over): Promise<Stream> {
  const marks = createMarks(() => performance.now())
  const args = [
    'exec',
    team,
    '--stdin',
    'web',
    '--',
    'sh',
    '-c',
    'while read x; do echo "$x"; done',
  ]
  const kubectl = await bed.start(args, { who: alice, transport, env })
  kubectl.onLine(marks.arrived)
  const send = async (mark: string) => {
    marks.sent(mark)
    kubectl.write(`${mark}\n`)
  }
  await send('opened')
  return opened({ name: 'exec', transport, protocol, marks, kubectl, send })
}

async function portForward(bed: KubectlBed, { transport, protocol, env }: Over): Promise<Stream> {
  const marks = createMarks(() => performance.now())
  const args = ['port-forward', team, 'pod/web', ':8080']
  const kubectl = await bed.start(args, { who: alice, transport, env })
  const socket = await connectForwarded(kubectl, marks)
  const send = async (mark: string) => {
    marks.sent(mark)
    socket.write(`${mark}\n`)
  }
  await send('opened')
  const stream = await opened({ name: 'port-forward', transport, protocol, marks, kubectl, send })
  return {
    ...stream,
    cut: () => stream.cut() ?? (socket.closed ? 'the forwarded connection has ended' : undefined),
    stop: async () => {
      socket.destroy()
      await stream.stop()
    },
  }
}

/** Connects to the port that kubectl forwards; each line that comes back is a mark. */
async function connectForwarded(kubectl: RunningKubectl, marks: Marks): Promise<Socket> {
  const port = () => /^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(kubectl.stdout())?.[1]
  await until(async () => port() !== undefined)
  const socket = connect({ port: Number(port()), host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) marks.arrived(line)
  })
  return socket
}

interface Opening extends Omit<Stream, 'marks' | 'cut' | 'stop'> {
  readonly marks: Marks
  readonly kubectl: RunningKubectl
}

/** Waits for the first sign of it: kubectl itself takes its time to start. */
async function opened({ marks: started, kubectl, ...stream }: Opening): Promise<Stream> {
  const isOpen = () => started.delaysMs().length > 0
  await until(async () => isOpen() || kubectl.exit() !== undefined)
  if (!isOpen()) throw new Error(`Cannot open "${stream.name}": ${kubectl.stderr()}`)
  started.restart()
  return {
    ...stream,
    marks: started,
    cut: () => {
      const exit = kubectl.exit()
      return exit && `kubectl has ended (${exit.code}): ${kubectl.stderr().trim()}`
    },
    stop: kubectl.stop,
  }
}
