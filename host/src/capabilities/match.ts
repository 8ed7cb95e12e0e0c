import type { Introspection, StructuralSurface } from '@capstan/protocol';

export type ProtocolMembers = Introspection['adapters'][number]['protocol_members'];

/** Whether a tool has what an adapter's protocol asks for, with everything that is missing. */
export interface MatchVerdict {
  compatible: boolean;
  missing_methods: string[];
  missing_properties: string[];
  param_mismatches: { method: string; protocol_params: string[]; surface_params: string[] }[];
  /** Null when compatible. */
  reason: string | null;
}

/**
 * Structural matching, by names alone: every method and property of the protocol must be in the surface,
 * and a method's parameters must begin with the protocol's. Annotations are never compared. Parameters of the
 * tool that were not recorded cannot disagree.
 */
export function matchAdapter(
  surface: StructuralSurface | null,
  protocol: ProtocolMembers,
): MatchVerdict {
  if (surface === null) {
    return verdict([], [], [], 'the capability has no recorded surface; install it again');
  }
  // another program may have recorded less
  const recorded: Partial<StructuralSurface> = surface;
  const methods = new Map((recorded.methods ?? []).map((method) => [method.name, method]));
  const properties = new Set(recorded.properties);
  const missingMethods = protocol.methods
    .map(({ name }) => name)
    .filter((name) => !methods.has(name));
  const missingProperties = protocol.properties.filter((name) => !properties.has(name));
  const mismatches = protocol.methods.flatMap(({ name, params }) => {
    const found = recordedParams(methods.get(name));
    const agrees = found === null || params.every((param, i) => found[i] === param);
    return agrees ? [] : [{ method: name, protocol_params: params, surface_params: found }];
  });
  return verdict(missingMethods, missingProperties, mismatches, null);
}

/**
 * The parameters of a tool's method, none being a list as well; null where they were not recorded: there is no
 * such method, its recorder knew no parameters, or the method does not tell, as some written in C.
 */
function recordedParams(
  method: Partial<StructuralSurface['methods'][number]> | undefined,
): string[] | null {
  const params = method?.params;
  const tellsNothing = params?.length === 0 && method?.signature === '(...)';
  return params === undefined || tellsNothing ? null : params;
}

function verdict(
  missingMethods: string[],
  missingProperties: string[],
  mismatches: MatchVerdict['param_mismatches'],
  noSurface: string | null,
): MatchVerdict {
  const reasons = [
    ...(noSurface === null ? [] : [noSurface]),
    ...missingMethods.map((name) => `it has no method ${name}()`),
    ...missingProperties.map((name) => `it has no property ${name}`),
    ...mismatches.map(
      ({ method, protocol_params: wanted, surface_params: found }) =>
        `${method}(${found.join(', ')}) does not begin with (${wanted.join(', ')})`,
    ),
  ];
  return {
    compatible: reasons.length === 0,
    missing_methods: missingMethods,
    missing_properties: missingProperties,
    param_mismatches: mismatches,
    reason: reasons.length === 0 ? null : reasons.join('; '),
  };
}
