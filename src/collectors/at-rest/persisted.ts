import type { AtRest } from '../../define.ts';
import { servicesIn } from './services.ts';

/** A file that services load when they start. */
export interface Persisted {
  path: string;
  services: readonly string[];
}

/**
 * Reads the first of these files that is there, those that a service loads at boot before others. Where none does, that
 * is reported: a file that nothing loads does no harm, but scripts load files as well.
 */
export function persisted(files: readonly Persisted[]): AtRest {
  return (tree) => {
    const { enabled, hidden } = servicesIn(tree);
    const isLoaded = ({ services }: Persisted) => services.some((name) => enabled.has(name));
    for (const file of files.toSorted((a, b) => Number(isLoaded(b)) - Number(isLoaded(a)))) {
      const text = tree.read(file.path);
      if (!text.ok && text.problem === 'absent') continue;
      if (!text.ok) return text;
      if (text.value.trim() === '') return { ok: false, problem: 'absent', reason: `${file.path} is empty` };
      const why = hidden === null ? `${file.services[0]} is not enabled` : hidden;
      const remark = isLoaded(file) ? {} : { remark: `if it is loaded at boot: ${why}` };
      return { ok: true, value: { text: text.value, origin: file.path, ...remark } };
    }
    return {
      ok: false,
      problem: 'absent',
      reason: `there is none of ${files.map(({ path }) => path).join(', ')}`,
    };
  };
}

/** Answers for what exists only while a kernel runs, and is known not to be in an image. */
export const nothingAtRest: AtRest = () => ({
  ok: false,
  problem: 'absent',
  reason: 'it is in no file of an image',
});
