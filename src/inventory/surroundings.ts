/** What an inventory may take from the world beside files. */
export interface Surroundings {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Reads standard input to its end, for `-i -`. */
  stdin?: () => Promise<string>;
  /** Takes what is worth knowing and no mistake. */
  warn?: (text: string) => void;
}
