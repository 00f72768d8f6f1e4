/** The standard input of a command that is written line by line while it runs. */
export interface InputQueue extends AsyncIterable<string> {
  push(text: string): void;
  end(): void;
}

export function inputQueue(): InputQueue {
  const waiting: string[] = [];
  let isEnded = false;
  let wake = () => {};
  return {
    push(text) {
      waiting.push(text);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const text = waiting.splice(0).join('');
        if (text !== '') yield text;
        else if (isEnded) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}
