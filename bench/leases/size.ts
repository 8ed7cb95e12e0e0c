/** How much is measured, and against what. */
export interface Size {
  rounds: number;
  /** That processes run beside each other for. */
  seconds: number;
  /** A Python that has dos-kernel. */
  against?: string;
}
