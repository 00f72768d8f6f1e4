import type { Output, OutputKind } from '../outputs.ts';
import type { OutputSection } from './sections.ts';

/** A section that is an output of some kind, and the file that it stands in. */
export interface PastedSection extends OutputSection {
  kind: OutputKind;
  origin: string;
  /** The text of the file, where nothing else is in it. */
  whole: string | null;
}

/** The sections of one kind, joined. */
export interface Joined {
  kind: OutputKind;
  output: Output | null;
  /** Sections of which nothing was taken, and why. */
  left: { section: PastedSection; why: string }[];
}

/** Returns the output of a file that is nothing else, as it is. */
export const asItIs = (section: PastedSection, text: string): Output => ({
  text,
  origin: section.origin,
  ...(section.doubts.length > 0 && { partial: placedDoubts([section]).join('; ') }),
});

export const placedDoubts = (sections: readonly PastedSection[]): string[] => [
  ...new Set(sections.flatMap(({ origin, doubts }) => doubts.map((doubt) => `${origin}: ${doubt}`))),
];

export const filesNamed = (sections: readonly Pick<PastedSection, 'origin'>[]): string =>
  [...new Set(sections.map(({ origin }) => origin))].join(' + ');
