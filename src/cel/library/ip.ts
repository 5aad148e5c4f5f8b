import type { Library, Overload } from '../library.ts'
import { boolType, intType, stringType, typeType } from '../type.ts'
import { characters } from './cost.ts'
import { declare, global, method } from './define.ts'
import { type Address, addressText } from './net/address.ts'
import { address, readIp } from './net/ip.ts'
import {
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
} from './net/scope.ts'
import { readingWork } from './reading-work.ts'

/**
 * Kubernetes' IP address library.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library Kubernetes, IP address library}
 */
export const ip: Library = {
  constants: [
    {
      name: address.type.name,
      type: typeType(address.type),
      value: { kind: 'type', name: address.type.name },
    },
  ],
  functions: [
    declare(
      'ip',
      global({
        id: 'string_to_ip',
        parameters: [stringType],
        result: address.type,
        call: ([text]) => readIp(text),
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'isIP',
      global({
        id: 'is_ip',
        parameters: [stringType],
        result: boolType,
        call: ([text]) => address.is(readIp(text)),
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'ip.isCanonical',
      global({
        id: 'ip_is_canonical',
        parameters: [stringType],
        result: boolType,
        call: ([text]) => {
          const read = readIp(text)
          return address.is(read) ? addressText(read.data) === text : read
        },
        cost: ([text]) => characters(text, 2),
        work: readingWork,
      }),
    ),
    declare(
      'family',
      method({
        id: 'ip_family',
        parameters: [address.type],
        result: intType,
        call: ([value]) => BigInt(value.data.family),
      }),
    ),
    declare('isUnspecified', test('ip_is_unspecified', isUnspecified)),
    declare('isLoopback', test('ip_is_loopback', isLoopback)),
    declare('isLinkLocalMulticast', test('ip_is_link_local_multicast', isLinkLocalMulticast)),
    declare('isLinkLocalUnicast', test('ip_is_link_local_unicast', isLinkLocalUnicast)),
    declare('isGlobalUnicast', test('ip_is_global_unicast', isGlobalUnicast)),
    declare(
      'string',
      global({
        id: 'ip_to_string',
        parameters: [address.type],
        result: stringType,
        call: ([value]) => addressText(value.data),
      }),
    ),
  ],
}

function test(id: string, holds: (of: Address) => boolean): Overload {
  return method({
    id,
    parameters: [address.type],
    result: boolType,
    call: ([value]) => holds(value.data),
  })
}
