import { expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';

describeWhere({ programs: ['no-such-program'] }, 'what needs a program', () => {
  const answer: { text: string } = JSON.parse('null');
  const { text } = answer;
  it('works with it', () => expect(text).toBe(''));
});
