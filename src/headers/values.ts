/** RFC 9110 §5.5 field-value without obs-fold, and without the edge blanks that HTTP/1.1 trims. */
const controls = /[\u0000-\u001f\u007f]/
const edgeBlank = /^[ \t]|[ \t]$/

/**
 * True when a header carries this text unchanged: no control character (a line break would start a
 * header of the attacker's), no blank at an edge, no lone surrogate that UTF-8 cannot say.
 */
export function isSayable(value: string): boolean {
  return !controls.test(value) && !edgeBlank.test(value) && value.isWellFormed()
}

/** True for a name that can be a user: sayable, and not empty or blank. */
export function isSayableUser(name: string): boolean {
  return name.trim() !== '' && isSayable(name)
}
