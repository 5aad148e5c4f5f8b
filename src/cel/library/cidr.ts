import type { Library } from '../library.ts'
import { boolType, intType, stringType, typeType } from '../type.ts'
import { type CelError, type CelOpaque, celError } from '../value.ts'
import { characters } from './cost.ts'
import { declare, global, method } from './define.ts'
import { isMapped } from './net/address.ts'
import { address, readIp } from './net/ip.ts'
import {
  containsAddress,
  containsPrefix,
  masked,
  type Prefix,
  parsePrefix,
  prefixText,
} from './net/prefix.ts'
import { opaqueKind } from './opaque.ts'
import { readingWork } from './reading-work.ts'
import { goQuote } from './strings/go-quote.ts'

const network = opaqueKind<Prefix>('net.CIDR', {
  equal: (a, b) =>
    a.length === b.length &&
    a.address.family === b.address.family &&
    a.address.bits === b.address.bits,
  size: ({ length }) => Math.ceil(length / 8),
})

/**
 * Kubernetes' CIDR library.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cidr-library Kubernetes, CIDR library}
 */
export const cidr: Library = {
  constants: [
    {
      name: network.type.name,
      type: typeType(network.type),
      value: { kind: 'type', name: network.type.name },
    },
  ],
  functions: [
    declare(
      'cidr',
      global({
        id: 'string_to_cidr',
        parameters: [stringType],
        result: network.type,
        call: ([text]) => readCidr(text),
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'isCIDR',
      global({
        id: 'is_cidr',
        parameters: [stringType],
        result: boolType,
        call: ([text]) => network.is(readCidr(text)),
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'containsIP',
      method({
        id: 'cidr_contains_ip_string',
        parameters: [network.type, stringType],
        result: boolType,
        call: ([value, text]) => containsIp(value.data, readIp(text)),
        cost: ([value, text]) => characters(value, 2) + characters(text),
        work: readingWork,
        costUnresolved: ([value]) => characters(value, 2),
      }),
      method({
        id: 'cidr_contains_ip_ip',
        parameters: [network.type, address.type],
        result: boolType,
        call: ([value, other]) => containsAddress(value.data, other.data),
        cost: ([value]) => characters(value, 2),
      }),
    ),
    declare(
      'containsCIDR',
      method({
        id: 'cidr_contains_cidr_string',
        parameters: [network.type, stringType],
        result: boolType,
        call: ([value, text]) => containsCidr(value.data, readCidr(text)),
        cost: ([value, text]) => comparison(value) + characters(text),
        work: readingWork,
        costUnresolved: ([value]) => comparison(value),
      }),
      method({
        id: 'cidr_contains_cidr',
        parameters: [network.type, network.type],
        result: boolType,
        call: ([value, other]) => containsPrefix(value.data, other.data),
        cost: ([value]) => comparison(value),
      }),
    ),
    declare(
      'ip',
      method({
        id: 'cidr_ip',
        parameters: [network.type],
        result: address.type,
        call: ([value]) => address.make(value.data.address),
      }),
    ),
    declare(
      'prefixLength',
      method({
        id: 'cidr_prefix_length',
        parameters: [network.type],
        result: intType,
        call: ([value]) => BigInt(value.data.length),
      }),
    ),
    declare(
      'masked',
      method({
        id: 'cidr_masked',
        parameters: [network.type],
        result: network.type,
        call: ([value]) => network.make(masked(value.data)),
      }),
    ),
    declare(
      'string',
      global({
        id: 'cidr_to_string',
        parameters: [network.type],
        result: stringType,
        call: ([value]) => prefixText(value.data),
      }),
    ),
  ],
}

function readCidr(text: string): CelOpaque | CelError {
  const read = parsePrefix(text)
  if ('fault' in read) {
    return celError(`network address parse error during conversion from string: ${read.fault}`)
  }
  if (isMapped(read.address)) {
    return celError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  }
  return network.make(read)
}

function containsIp(prefix: Prefix, other: CelOpaque | CelError): boolean | CelError {
  if (other.kind === 'error') return other
  return address.is(other) && containsAddress(prefix, other.data)
}

function containsCidr(prefix: Prefix, other: CelOpaque | CelError): boolean | CelError {
  if (other.kind === 'error') return other
  return network.is(other) && containsPrefix(prefix, other.data)
}

/** Masking one of the networks, and comparing both. */
function comparison(value: CelOpaque): number {
  return characters(value, 2) + characters(value) + 1
}
