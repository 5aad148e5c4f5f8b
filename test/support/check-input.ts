import type { CheckInput } from '../../src/check-input.ts'

/** A GET over gRPC, with what a test wants to differ. */
export function checkInput(
  overrides: Partial<Omit<CheckInput, 'headers'>> & {
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): CheckInput {
  const { headers, ...rest } = overrides
  return {
    transport: 'grpc',
    method: 'GET',
    host: 'app.example.com',
    path: '/',
    source: '127.0.0.1',
    certificate: undefined,
    ...rest,
    headers: new Map(Object.entries(headers ?? {})),
  }
}
