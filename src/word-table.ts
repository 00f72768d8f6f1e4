/**
 * Makes a table of the meanings of words of the input. It holds its own words alone: `constructor` is none of them.
 */
export const wordTable = <T>(meanings: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null), meanings);

/** Makes an empty table, to be filled with words of the input. */
export const emptyTable = <T>(): Record<string, T> => Object.create(null);
