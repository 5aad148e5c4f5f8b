/** A claim or an expression that gives no identity. Ends the mapping, and never leaves it. */
export class ClaimFault extends Error {
  override readonly name = 'ClaimFault'
}
