import type { CredentialFault, Rejected } from './authenticator.ts'

/** A refusal. `detail` goes to the log: it names the rule, and never quotes the credential. */
export function rejected(reason: CredentialFault, detail: string): Rejected {
  return { kind: 'rejected', reason, detail }
}
