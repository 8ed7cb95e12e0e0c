export interface BuildOptions {
  /** The line the package manager is at, or what is being waited for. */
  onProgress?: (progress: { stage: 'wait' | 'build'; message: string }) => void;
  signal?: AbortSignal | undefined;
  /** Build again even when it is there. Code that was copied into it stays. */
  force?: boolean;
}
