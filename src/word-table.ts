/** A table of what words of the input mean. It holds its own words alone: `constructor` is none of them. */
export const wordTable = <T>(meanings: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null), meanings);

/** One to be filled with words of the input. */
export const emptyTable = <T>(): Record<string, T> => Object.create(null);
