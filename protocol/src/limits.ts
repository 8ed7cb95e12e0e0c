/** Bounds both sides keep, so that neither can fill the other's memory. Every SDK uses the same figures. */
export const limits = {
  /** A result whose JSON is larger than this many bytes is written to a file and travels by reference. */
  inlineResultBytes: 1024 * 1024,
  /** A request body larger than this is refused. */
  requestBytes: 16 * 1024 * 1024,
  /** One line of a stream of frames, in characters: room for an inline result and its wrapping. */
  frameCharacters: 4 * 1024 * 1024,
  /** Values nested deeper than this are refused: some JSON parsers overflow their stack on such input. */
  nesting: 200,
} as const;
