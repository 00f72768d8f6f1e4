declare const holdsItsOwnWordsAlone: unique symbol;

/** A table of the meanings of words of the input. It holds its own words alone: `constructor` is none of them. */
export type WordTable<T> = Readonly<Record<string, T>> & { readonly [holdsItsOwnWordsAlone]: true };

/** Makes a table of the meanings of words of the input. */
export const wordTable = <T>(meanings: Readonly<Record<string, T>>): WordTable<T> =>
  Object.assign(Object.create(null), meanings);

/** Makes an empty table, to be filled with words of the input. */
export const emptyTable = <T>(): Record<string, T> => Object.create(null);
